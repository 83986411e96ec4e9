"""From a frozen incident to a brief: every analyzer reads what the case holds of its kind. The same ones as live.

Each sign is given an evidence id where its importer gave none: the kind of record it was read from, and a number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core.fusion.changing import judged
from bot.core.fusion.values import Brief
from bot.core.service_map import ServiceMap
from bot.core.signs import Role, Sign, Source
from bot.evaluation.frozen import Frozen
from tools.read.curves.judging import judge
from tools.read.curves.signs import signs_of
from tools.read.faults.analyzing import analyze
from tools.read.faults.lines import deciding
from tools.read.faults.reading import snapshot_of
from tools.read.mining.distilling import distil
from tools.read.mining.distilling import signs_of as novelties
from tools.read.mining.known_errors import signs_of_errors
from tools.read.spans.study import study

RARE, DOUBTED = 2, 0.4
MATTERS = 0.4
DECIDING = 0.5
TOGETHER = 300.0  # seconds
JUDGED_BY_THEMSELVES = frozenset({"opensre"})  # their importer reads their curves with analyzers of its own


def brief_of(frozen: Frozen) -> Brief:
    """Everything that can be read of it, for fusion."""
    window = frozen.case.window
    studied = study(frozen.spans, window)
    logged = [*signs_of_errors(frozen.lines, window), *_novel(frozen)]
    measured = signs_of(judge(frozen.curves, window)) if frozen.suite not in JUDGED_BY_THEMSELVES else ()
    found = [*frozen.signs, *_of_objects(frozen), *_doubted(logged, frozen.signs), *studied.signs, *measured]
    signs = tuple(_with_evidence([*found, *_of_other_logs(frozen, found)]))
    service_map = ServiceMap().with_edges((*frozen.edges, *studied.edges))
    brief = Brief(frozen.case, signs, map=service_map, unlooked=frozen.unlooked, quiet=frozen.quiet)
    return judged(brief, frozen.changes)


def _novel(frozen: Frozen) -> Iterator[Sign]:
    """New errors whose words nobody knows, and that nothing is new; known words are told by themselves."""
    found = novelties(distil(frozen.lines, frozen.case.window)) if frozen.lines else ()
    return (sign for sign in found if sign.kind in ("log_new_error", "logs_calm"))


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


def _of_other_logs(frozen: Frozen, found: list[Sign]) -> Iterator[Sign]:
    """The deciding line of a container whose pod no object tells of, or of which nothing else was found."""
    told = {one.service for one in found if one.role is Role.CAUSE}
    for (namespace, pod, _), lines in frozen.container_logs.items():
        mine = bool(frozen.case.service) and pod.startswith(f"{frozen.case.service}-")
        service = frozen.case.service if mine else pod
        line, known = deciding(lines)
        if not line or service in told:
            continue
        told.add(service)
        means = f": {known.says}" if known else ""
        yield Sign(
            f"log_{known.kind}" if known else "log_deciding_line",
            known.role if known else Role.SYMPTOM,
            Source.LOGS,
            f"The log of {pod} says “{line[:260]}”{means}",
            f"Pod/{namespace}/{pod}",
            service,
            namespace,
            known.weight * 0.9 if known else DECIDING,
            quotes=(line[:300],),
            blames=known.blames if known else (),
        )


def _with_evidence(found: list[Sign]) -> Iterator[Sign]:
    for number, sign in enumerate(found, 1):
        yield sign if sign.evidence else replace(sign, evidence=(f"{sign.source.value}-{number}",))
