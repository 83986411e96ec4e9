"""The changes of a brief, judged: which services fail and since when is read from the signs. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.causality.judging import judge_changes
from bot.core.changed import Change
from bot.core.fusion.values import Brief
from bot.core.service_map import ServiceMap
from bot.core.signs import Role, Sign

MATTERS = 0.4
NOTICED = 0.3  # lighter signs do not say when trouble began
TOGETHER = 300.0  # seconds: what began so close together began together


def judged(brief: Brief, changes: Sequence[Change]) -> Brief:
    """The brief with its verdict over the changes."""
    failing = failing_of(brief.signs, brief.case.service, brief.map)
    onset = onset_of(brief.signs)
    return replace(brief, changes=judge_changes(changes, brief.signs, brief.map, onset, brief.case.window, failing))


def failing_of(signs: Iterable[Sign], alerting: str, service_map: ServiceMap) -> tuple[str, ...]:
    """The services in trouble, the first to fail first: by when each shows it, and of those that began together the
    one on which most of the others stand. Those that do not say when come last."""
    first: dict[str, float] = {}
    for sign in signs:
        if sign.service and sign.role in (Role.CAUSE, Role.SYMPTOM) and sign.weight >= MATTERS:
            at = sign.began.timestamp() if sign.began else float("inf")
            first[sign.service] = min(first.get(sign.service, float("inf")), at)
    if alerting:
        first.setdefault(alerting, float("inf"))
    earliest = min(first.values(), default=0.0)

    def order(name: str) -> tuple[bool, int, float, str]:
        together = first[name] - earliest <= TOGETHER
        carried = len(set(service_map.reach(name)) & first.keys()) if together else 0
        return not together, -carried, first[name], name

    return tuple(sorted(first, key=order))


def onset_of(signs: Iterable[Sign]) -> datetime | None:
    """When trouble shows first."""
    troubled = (one for one in signs if one.role in (Role.CAUSE, Role.SYMPTOM) and one.weight >= NOTICED)
    begins = [one.began for one in troubled if one.began]
    return min(begins, default=None)
