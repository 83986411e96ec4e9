"""Reading log templates: which lines are errors, which are new, and whose pods wrote them. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.shape import number_of, rows, time_of

LOGS = ("search_logs", "read_container_logs")
SEVERE = frozenset({"error", "err", "fatal", "critical", "crit", "panic", "emerg", "emergency", "alert", "severe"})
CALM = frozenset({"trace", "debug", "info", "information", "notice", "warn", "warning"})
SOUNDS_BAD = re.compile(r"\b(?:error|exception|fatal|panic|traceback|failed|failure|refused|cannot|unable)\b", re.I)
LEAD = 120.0  # seconds of lines without an error that make it new within the window
SHARE = 0.1  # of the busiest template; below it a template is beside the point
BULK = 0.8  # of all suspected lines


def is_error(template: Mapping[str, Any]) -> bool:
    """By its level; where the line has none, by its words."""
    level = str(template.get("level") or "").lower()
    if level in SEVERE:
        return True
    return level not in CALM and bool(SOUNDS_BAD.search(str(template.get("template") or "")))


def errors(logs: Seen) -> list[Mapping[str, Any]]:
    """Error templates, most lines first."""
    found = [one for one in rows(logs.facts, "templates") if is_error(one)]
    return sorted(found, key=lambda one: -(number_of(one.get("count")) or 0))


def new_errors(logs: Seen) -> list[Mapping[str, Any]]:
    return [one for one in errors(logs) if one.get("new") is True]


def suspects(logs: Seen) -> list[Mapping[str, Any]]:
    """What the trouble looks like in the logs: the new errors worth naming, or else those that became more.

    Where nothing from before can be compared with (a pod's own logs), every error is a suspect.
    """
    found = new_errors(logs) or [one for one in errors(logs) if one.get("rising") is True]
    if not has_before(logs):
        found = errors(logs)
    most = max((number_of(one.get("count")) or 0 for one in found), default=0)
    return [one for one in found if (number_of(one.get("count")) or 0) >= SHARE * most]


def leading(logs: Seen) -> list[Mapping[str, Any]]:
    """The suspects that make up the bulk of the errors: when and where *they* came says when and where the trouble did.

    A rare error that happens to be missing from the sample of before is new, too, and may be older than the trouble.
    """
    ranked = sorted(suspects(logs), key=lambda one: -(number_of(one.get("count")) or 0))
    total = sum(number_of(one.get("count")) or 0 for one in ranked)
    found: list[Mapping[str, Any]] = []
    for one in ranked:
        if found and sum(number_of(other.get("count")) or 0 for other in found) >= BULK * total:
            break
        found.append(one)
    return found


def has_before(logs: Seen) -> bool:
    """Whether there are lines from before the trouble: in the baseline, or well before it in the window itself."""
    if number_of(logs.facts.get("baseline_total")):
        return True
    every = [at for one in rows(logs.facts, "templates") if (at := time_of(one.get("first_seen")))]
    bad = [at for one in new_errors(logs) if (at := time_of(one.get("first_seen")))]
    return bool(bad) and (min(bad) - min(every)).total_seconds() >= LEAD


def pods_of(templates: list[Mapping[str, Any]]) -> dict[str, int]:
    return _added(templates, "pods")


def hashes_of(templates: list[Mapping[str, Any]]) -> dict[str, int]:
    return _added(templates, "hashes")


def _added(templates: list[Mapping[str, Any]], key: str) -> dict[str, int]:
    total: dict[str, int] = {}
    for template in templates:
        counts = template.get(key)
        for name, count in counts.items() if isinstance(counts, Mapping) else ():
            total[str(name)] = total.get(str(name), 0) + int(number_of(count) or 0)
    return total


def wording(template: Mapping[str, Any]) -> str:
    """The template's own words, for quoting."""
    return str(template.get("template") or template.get("example") or "")
