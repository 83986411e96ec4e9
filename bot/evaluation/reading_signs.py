"""From a frozen incident to a brief: every analyzer reads what the case holds of its kind. The same ones as live.

Each sign is given an evidence id where its importer gave none: the kind of record it was read from, and a number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.core.fusion.values import Brief
from bot.core.service_map import ServiceMap
from bot.core.signs import Role, Sign
from bot.evaluation.frozen import Frozen
from tools.read.faults.analyzing import analyze
from tools.read.faults.reading import snapshot_of
from tools.read.mining.known_errors import signs_of_errors
from tools.read.spans.study import study

RARE, DOUBTED = 2, 0.4


def brief_of(frozen: Frozen) -> Brief:
    """Everything that can be read of it, for fusion."""
    window = frozen.case.window
    studied = study(frozen.spans, window)
    logged = signs_of_errors(frozen.lines, window)
    found = [*frozen.signs, *_of_objects(frozen), *_doubted(logged, frozen.signs), *studied.signs]
    signs = tuple(_with_evidence(found))
    service_map = ServiceMap().with_edges((*frozen.edges, *studied.edges))
    return Brief(frozen.case, signs, map=service_map, unlooked=frozen.unlooked, quiet=frozen.quiet)


def onset_of(signs: tuple[Sign, ...]) -> datetime | None:
    """When trouble shows first."""
    begins = [sign.began for sign in signs if sign.began and sign.role in (Role.CAUSE, Role.SYMPTOM)]
    return min(begins, default=None)


def _doubted(logged: Iterable[Sign], told: Iterable[Sign]) -> Iterator[Sign]:
    """An error that was logged once or twice, while every monitor of the service is calm, is no incident."""
    calm = any(one.kind == "monitors_ok" and one.facts.get("every") for one in told)
    for one in logged:
        rare = one.role is Role.SYMPTOM and one.facts.get("count", RARE + 1) <= RARE
        yield replace(one, weight=one.weight * DOUBTED) if calm and rare else one


def _of_objects(frozen: Frozen) -> Iterator[Sign]:
    if frozen.objects or frozen.container_logs:
        case = frozen.case
        yield from analyze(
            snapshot_of(frozen.objects, case.now, case.window.start, logs=frozen.container_logs, unread=frozen.unread)
        )


def _with_evidence(found: list[Sign]) -> Iterator[Sign]:
    for number, sign in enumerate(found, 1):
        yield sign if sign.evidence else replace(sign, evidence=(f"{sign.source.value}-{number}",))
