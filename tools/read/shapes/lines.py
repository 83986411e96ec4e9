"""Log lines to templates with counts: how often now, how often before, since when, from which pods. Pure.

A line may stand for several (``weight``) when a store gave a sample of a slice; counts are then estimates and say so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, sqrt
from typing import Any

from bot.core.redact import redact
from tools.read.shapes.templates import template_of
from tools.read.shapes.wording import at_text, clip, listed, number

MOST_TEMPLATES = 40
_MOST_CARRIERS = 30
_RISING = 3.0  # times the rate of before
_SURELY_SEEN = 3
_MOST_EXAMPLE = 600
_SEVERITY = {"fatal": 0, "critical": 0, "error": 0, "warning": 1}


@dataclass(frozen=True)
class Line:
    at: float
    message: str
    level: str = ""
    pod: str = ""
    template_hash: str = ""
    service: str = ""
    weight: float = 1.0


@dataclass
class _Group:
    """Counts of one template while they are being made."""

    example: Line
    count: float = 0.0
    before: float = 0.0
    lines: int = 0
    lines_before: int = 0
    first: float = float("inf")
    last: float = 0.0
    pods: Counter[str] = field(default_factory=Counter)
    hashes: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)


def templates_of(
    during: Iterable[Line], before: Sequence[Line] | None, window_s: float, baseline_s: float, whole: bool = True
) -> list[dict[str, Any]]:
    """Templates, new and severe ones first. ``before`` None: there is no baseline, so nothing can be called new.

    Not ``whole``: a part of the store did not answer, for both times alike, so that what is here is a sample.
    """
    # The level is part of what a line says: `GET … 200` and `GET … 500` differ in a number that is masked.
    groups: dict[tuple[str, str], _Group] = {}
    for line in during:
        _add(groups.setdefault((template_of(line.message), line.level), _Group(line)), line)
    for line in before or ():
        group = groups.setdefault((template_of(line.message), line.level), _Group(line))
        group.before += line.weight
        group.lines_before += 1
    against = _Against(window_s, baseline_s, _coverage(before), whole) if before is not None else None
    found = [_facts(name, group, against) for (name, _), group in groups.items()]
    return sorted(found, key=_importance)


def _add(group: _Group, line: Line) -> None:
    group.count += line.weight
    group.lines += 1
    group.first = min(group.first, line.at)
    if line.at >= group.last:
        group.last, group.example = line.at, line
    group.pods[line.pod] += line.weight  # type: ignore[assignment]
    group.hashes[line.template_hash] += line.weight  # type: ignore[assignment]
    group.services[line.service] += line.weight  # type: ignore[assignment]


@dataclass(frozen=True)
class _Against:
    """The time before, to compare with. ``coverage`` is the part of each level's lines that was really seen."""

    window_s: float
    baseline_s: float
    coverage: Mapping[str, float]
    whole: bool = True

    def is_new(self, group: _Group) -> bool:
        """Not seen before; of a sample only when at the rate of now it would have been seen at least three times."""
        if group.lines_before or not group.lines:
            return False
        share = self.coverage.get(group.example.level, 1.0)
        expected = group.count * self.baseline_s / max(self.window_s, 1.0) * share
        return (self.whole and share >= 1) or expected >= _SURELY_SEEN

    def is_rising(self, group: _Group) -> bool:
        """Three times the rate of before, and by more than the chance of counting few lines explains."""
        if not group.lines_before or group.lines < _SURELY_SEEN:
            return False
        ratio = (group.count / max(self.window_s, 1.0)) / (group.before / max(self.baseline_s, 1.0))
        least = ratio * exp(-2 * sqrt(1 / group.lines + 1 / group.lines_before))
        return ratio >= _RISING and least >= _RISING / 2


def _coverage(before: Sequence[Line]) -> dict[str, float]:
    seen: Counter[str] = Counter(line.level for line in before)
    stood_for: dict[str, float] = {}
    for line in before:
        stood_for[line.level] = stood_for.get(line.level, 0.0) + line.weight
    return {level: count / stood_for[level] for level, count in seen.items()}


def _facts(template: str, group: _Group, against: _Against | None) -> dict[str, Any]:
    count, before = round(group.count), round(group.before)
    return {
        "template": clip(redact(template), 300),
        "example": clip(redact(group.example.message[:4000]), _MOST_EXAMPLE),
        "count": count,
        "baseline_count": before if against else None,
        "new": against is not None and against.is_new(group),
        "rising": against is not None and against.is_rising(group),
        "level": group.example.level,
        "first_seen": at_text(group.first) if count else None,
        "last_seen": at_text(group.last) if count else None,
        "pods": _carriers(group.pods),
        "hashes": _carriers(group.hashes),
        "services": _carriers(group.services),
    }


def _carriers(counts: Mapping[str, float]) -> dict[str, int]:
    largest = sorted(counts.items(), key=lambda pair: -pair[1])[:_MOST_CARRIERS]
    return {clip(name, 253): max(1, round(count)) for name, count in largest if name}


def _importance(facts: Mapping[str, Any]) -> tuple[bool, int, bool, int]:
    return (
        not facts["count"],
        _SEVERITY.get(facts["level"], 2),
        not (facts["new"] or facts["rising"]),
        -facts["count"],
    )


def template_line(facts: Mapping[str, Any], estimated: bool) -> str:
    about = "about " if estimated else ""
    before = facts["baseline_count"]
    none = ", none in the sample of before" if estimated else ", none before"
    earlier = "" if before is None else f", {about}{before:,} before" if before else none
    mark = " NEW" if facts["new"] else " RISING" if facts["rising"] else ""
    where = ""
    if facts["hashes"]:
        where = f"; templates {_shares(facts['hashes'])}"
    if facts["pods"]:
        where += f"; pods {_shares(facts['pods'])}"
    span = f", {facts['first_seen']} to {facts['last_seen']}" if facts["first_seen"] else ""
    counted = f"[{facts['level'] or 'no level'}{mark}] {about}{_times(facts['count'])}{earlier}{span}"
    return f"{counted}: {facts['example']}{where}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _shares(counts: Mapping[str, int]) -> str:
    return listed((f"{name} {count:,}" for name, count in counts.items()), 4)


def rate_text(count: int, seconds: float) -> str:
    return f"{number(count / max(seconds, 1.0) * 60)} a minute"


def may_hold_errors(left: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of these templates is severe, or says no level by which it could be told that it is not."""
    return any(facts["count"] and (not facts["level"] or not _SEVERITY.get(facts["level"], 1)) for facts in left)


def most_important(templates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [facts for facts in templates if facts["count"]][:MOST_TEMPLATES]
