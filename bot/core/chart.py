"""What the picture of an incident shows, worked out from recorded evidence alone. Pure; drawing is an adapter's.

A chart is the alert's own expression over the incident and the clean time before it, with the alert's start, the
rollouts and the rule marked. Every word in it stands here, so that the picture and its text for people who do not see
it (`alt`) say the same. Times are seconds since 1970, UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import Base64Bytes, BaseModel, ConfigDict

from bot.core import measures
from bot.core.case import Case, Seen
from bot.core.measures import Unit
from bot.core.predicates.shape import number_of, rows, time_of

MOST_LINES = 4
MOST_ROLLOUTS = 4
MOST_ALT = 1000
CURVES, ROLLOUTS = "query_metrics", "rollout_history"
ASKS = {">": "above {}", ">=": "{} or more", "<": "below {}", "<=": "{} or less", "==": "exactly {}", "!=": "not {}"}
FAR = 6.0  # a rule so many times above everything seen would press the curve flat: said, not drawn


@dataclass(frozen=True)
class Line:
    """One series; ``gap`` is the distance in seconds from which two points are not joined."""

    name: str
    points: tuple[tuple[float, float], ...]
    gap: float

    @property
    def last(self) -> tuple[float, float]:
        return self.points[-1]


@dataclass(frozen=True)
class Mark:
    """A moment with a name: the alert, a rollout."""

    at: float
    words: str


@dataclass(frozen=True)
class Rollout:
    """``workload`` is empty for the service the incident is about."""

    at: datetime
    revision: str
    workload: str = ""

    @property
    def label(self) -> str:
        return f"{self.workload or 'revision'} {self.revision} {_hour(self.at)}"

    @property
    def name(self) -> str:
        return f"Revision {self.revision}{f' of {self.workload}' if self.workload else ''}"


@dataclass(frozen=True)
class Level:
    """A value with a name: what the rule asks."""

    value: float
    words: str


@dataclass(frozen=True)
class Chart:
    """``lines`` the one that moved most first; ``since`` is its onset. ``evidence`` is what it was drawn from."""

    evidence: str
    title: str
    says: str
    alt: str
    unit: Unit
    start: float
    end: float
    lines: tuple[Line, ...]
    alert: Mark
    rollouts: tuple[Mark, ...] = ()
    rule: Level | None = None
    since: float | None = None


class ChartKept(BaseModel):
    """A chart as its payload: bytes are kept as base64, because the store is JSON."""

    model_config = ConfigDict(frozen=True)

    title: str
    says: str
    alt: str
    evidence: str = ""
    png: Base64Bytes


def chart_of(case: Case, looks: Sequence[Seen]) -> Chart | None:
    """The picture of this case; None where no look gave a curve."""
    look = _curve(case, looks)
    if look is None:
        return None
    series = [one for one in rows(look.facts, "series") if _points(one)][:MOST_LINES]
    unit = measures.unit_of(str(look.facts.get("expression", "")), _largest(series))
    rollouts = _rollouts(case, looks)
    rule = _rule(look, unit)
    lines = _lines(series, number_of(look.facts.get("step_s")) or 30.0)
    onset = time_of(series[0].get("began_at"))
    drawn = rule if rule is not None and not _far(rule.value, _largest(series)) else None
    return Chart(
        evidence=look.evidence or "",
        title=" · ".join(part for part in (case.alertname or "What was measured", case.service) if part),
        says=_says(series[0], unit, rule),
        alt=_alt(case, series[0], unit, rule, rollouts),
        unit=unit,
        start=min(case.window.baseline_start.timestamp(), *(line.points[0][0] for line in lines)),
        end=max(case.window.end.timestamp(), *(line.last[0] for line in lines)),
        lines=lines,
        alert=Mark(case.window.alert_at.timestamp(), f"alert {_hour(case.window.alert_at)}"),
        rollouts=tuple(Mark(one.at.timestamp(), one.label) for one in rollouts),
        rule=drawn,
        since=onset.timestamp() if onset else None,
    )


# --- what there is to draw


def _curve(case: Case, looks: Sequence[Seen]) -> Seen | None:
    """The look at the alert's own expression, else the first that gave a curve."""
    drawable = [
        one
        for one in looks
        if one.tool == CURVES and one.readable and any(_points(series) for series in rows(one.facts, "series"))
    ]
    own = [one for one in drawable if case.expression and one.arguments.get("expression") == case.expression]
    return next(iter([*own, *drawable]), None)


def _points(series: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    found = series.get("points")
    pairs = [pair for pair in found if isinstance(pair, list | tuple) and len(pair) == 2] if found else []
    read = [(number_of(at), number_of(value)) for at, value in pairs]
    return tuple(sorted((at, value) for at, value in read if at is not None and value is not None))


def _largest(series: Sequence[Mapping[str, Any]]) -> float:
    return max((value for one in series for _, value in _points(one)), default=0.0)


def _lines(series: Sequence[Mapping[str, Any]], step: float) -> tuple[Line, ...]:
    labels = [_labels(one) for one in series]
    keys = sorted({key for each in labels for key in each})
    telling = [key for key in keys if len({each.get(key) for each in labels}) > 1]
    names = _apart([" ".join(each.get(key, "") for key in telling) for each in labels])
    return tuple(Line(name, _points(one), step * 2.5) for name, one in zip(names, series, strict=True))


def _labels(series: Mapping[str, Any]) -> dict[str, str]:
    found = series.get("labels")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}


def _apart(names: list[str]) -> list[str]:
    """Without what all of them begin with, up to a separator: room is short."""
    if len(names) < 2:
        return ["" for _ in names]
    first = names[0]
    ends = [number + 1 for number, sign in enumerate(first) if sign in " -_./"]
    shared = max((end for end in ends if all(name.startswith(first[:end]) for name in names)), default=0)
    return [name[shared:] or name for name in names]


def _rule(look: Seen, unit: Unit) -> Level | None:
    threshold = look.facts.get("threshold")
    value = number_of(threshold.get("value")) if isinstance(threshold, Mapping) else None
    if value is None or not isinstance(threshold, Mapping):
        return None
    return Level(value, f"rule: {ASKS.get(str(threshold.get('op')), 'near {}').format(shown(value, unit))}")


def _far(rule: float, largest: float) -> bool:
    return largest > 0 and rule > FAR * largest


def _rollouts(case: Case, looks: Sequence[Seen]) -> list[Rollout]:
    """Those in the time that is drawn, the nearest to the alert where there are too many; oldest first."""
    found: dict[Rollout, None] = {}
    for look in looks:
        if look.tool != ROLLOUTS or not look.readable:
            continue
        for row in rows(look.facts, "rollouts"):
            at, revision = time_of(row.get("at")), row.get("revision")
            if at is not None and case.window.baseline_start <= at <= case.window.end and revision is not None:
                whose = str(row.get("workload") or "")
                found[Rollout(at, str(revision), "" if whose == case.service else whose)] = None
    nearest = sorted(found, key=lambda one: abs(one.at - case.window.alert_at))[:MOST_ROLLOUTS]
    return sorted(nearest, key=lambda one: one.at)


# --- what it says


def _says(series: Mapping[str, Any], unit: Unit, rule: Level | None) -> str:
    """The line under the title: the newest value, usually, since when. Nobody looks at a picture only 'now'."""
    return ", ".join(_parts(series, unit, rule)) or "no value at its end"


def _parts(series: Mapping[str, Any], unit: Unit, rule: Level | None) -> list[str]:
    now, base = number_of(series.get("now")), series.get("baseline")
    usual = number_of(base.get("median")) if isinstance(base, Mapping) else None
    began, ended = time_of(series.get("began_at")), time_of(series.get("ended_at"))
    at = time_of(series.get("now_at")) or _newest(series)
    parts = [f"{shown(now, unit)}{f' at {_hour(at)}' if at else ''}"] if now is not None else []
    parts += [f"usually {shown(usual, unit)}"] if usual is not None else []
    if began is not None:
        way = "higher" if series.get("direction") != "down" else "lower"
        parts.append(f"{way} {_hour(began)} to {_hour(ended)}" if ended else f"{way} since {_hour(began)}")
    if rule is not None and len(parts) < 3:
        parts.append(rule.words)
    return parts


def _newest(series: Mapping[str, Any]) -> datetime | None:
    points = _points(series)
    return datetime.fromtimestamp(points[-1][0], UTC) if points else None


def _alt(case: Case, series: Mapping[str, Any], unit: Unit, rule: Level | None, rollouts: Sequence[Rollout]) -> str:
    """The conclusion in words, for whoever does not see the picture; at most 1,000 characters."""
    whose = f" for {case.service}" if case.service else ""
    window = case.window
    said = [f"Chart of {case.alertname or 'the measured value'}{whose}, {_hour(window.baseline_start)} to"]
    said[0] += f" {_hour(window.end)} UTC: {_says(series, unit, None)}."
    peak, peak_at = number_of(series.get("peak")), time_of(series.get("peak_at"))
    if peak is not None and peak_at is not None and series.get("began_at"):
        said.append(f"Its peak is {shown(peak, unit)} at {_hour(peak_at)}.")
    said.append(f"The alert began at {_hour(window.alert_at)}{f'; {rule.words}' if rule else ''}.")
    began = time_of(series.get("began_at"))
    said += [f"{one.name} was rolled out at {_hour(one.at)}{_before(one.at, began)}." for one in rollouts]
    if not rollouts:
        said.append("No rollout is marked in this time.")
    return measures.clip(" ".join(said), MOST_ALT)


def _before(at: datetime, began: datetime | None) -> str:
    if began is None:
        return ""
    seconds = (began - at).total_seconds()
    return f", {measures.ago(seconds)} {'before' if seconds >= 0 else 'after'} it began"


def shown(value: float, unit: Unit) -> str:
    """As short as it can be said: “5 %”, not “5.0 %”."""
    return measures.show(value, unit).replace(".0 ", " ")


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M")
