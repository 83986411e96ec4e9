"""Prometheus: the curve of an expression with its baseline and onset, and its value now.

The tools' facts are documented at each; what a curve says is `shapes/series.py`, how a rule is taken apart
`shapes/promql.py`, and the only I/O is `sources/prometheus.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import quote

from pydantic import Field

from bot.core.errors import LookFailed, MidwatchError
from bot.core.events import Outcome
from bot.core.ledger import stamp
from bot.core.measures import Unit, show, unit_of
from bot.core.sources import page_of
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.promql import Rule, Threshold, compares, same, sources_of, take_apart
from tools.read.shapes.series import Curve, Point, gaps, read_curve, step_for
from tools.read.shapes.wording import (
    at_text,
    bounded_labels,
    clip,
    clock,
    digest_of,
    number,
    of_labels,
    plural,
    span_text,
)
from tools.read.sources.prometheus import Prometheus, PrometheusSettings

_MOST_CURVES = 10  # with points; the heaviest departures first
_MOST_VALUES = 50
_MOST_SOURCES = 8


class QueryMetrics(Arguments):
    expression: str = Field(
        min_length=1, max_length=4000, description="PromQL; of an alert rule the left side is drawn"
    )


class QueryInstant(Arguments):
    expression: str = Field(min_length=1, max_length=4000, description="PromQL, evaluated now exactly as written")


# --- query_metrics ------------------------------------------------------------------------------------------------


def query_metrics(asked: QueryMetrics, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: expression, threshold, beside, step_s, series [{labels, points, baseline, now, now_at, peak, peak_at,
    began_at, ended_at, direction, breaching_now, appeared_at}], series_total, warnings."""
    rule = take_apart(asked.expression)
    window = look.window
    step = step_for((window.end - window.baseline_start).total_seconds())
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.range(rule.measured, window.baseline_start, window.end, step)
        return summarise_range(rule, found, prometheus.warnings, look, step, _graph(settings, rule.measured, look))


def summarise_range(
    rule: Rule, found: Sequence[Mapping[str, Any]], warnings: Sequence[str], look: Look, step: int, link: str = ""
) -> Observation:
    window = look.window
    query = f"query_range {rule.measured} from {span_text(window.baseline_start, window.end)} step {step}s"
    curves = []
    for one in found:
        points = points_of(one["values"])
        if points:
            start, end = window.start.timestamp(), window.end.timestamp()
            curves.append(
                (bounded_labels(one.get("metric") or {}), read_curve(points, start, end, step, rule.threshold))
            )
    curves.sort(key=lambda pair: -_heaviness(pair[1]))
    facts = {
        "expression": rule.measured,
        "threshold": _threshold_facts(rule.threshold),
        "beside": rule.beside,
        "step_s": step,
        "series": [_curve_facts(labels, curve, rule.threshold) for labels, curve in curves[:_MOST_CURVES]],
        "series_total": len(found),
        "warnings": list(warnings),
    }
    if not curves:
        return Observation(
            Outcome.NO_DATA, query, f"No samples: nothing matches {clip(rule.measured, 300)}.", facts, link
        )
    said = _Saying.of(rule, [value for _, curve in curves for _, value in curve.points])
    lines = [_head(rule, said, len(found), min(len(curves), _MOST_CURVES), look)]
    lines += [_curve_line(labels, curve, said, step) for labels, curve in curves[:_MOST_CURVES]]
    lines += [f"Prometheus warns: {text}" for text in warnings]
    return Observation(Outcome.OK, query, digest_of(lines), facts, link)


def points_of(values: Sequence[Any]) -> list[Point]:
    """Finite samples only: NaN and infinity say nothing about a level."""
    try:
        samples = [(float(at), float(value)) for at, value in values]
    except (TypeError, ValueError) as error:
        raise LookFailed(f"Prometheus sent a sample that is none: {error!s:.100}") from error
    return [sample for sample in samples if isfinite(sample[1])]


def _heaviness(curve: Curve) -> float:
    if curve.episode is None:
        return 0.0
    away = abs(curve.baseline.away(curve.peak[1])) if curve.baseline and curve.peak else 1.0
    return 1.0 + away


def _threshold_facts(threshold: Threshold | None) -> dict[str, Any] | None:
    return {"op": threshold.op, "value": threshold.value} if threshold else None


def _curve_facts(labels: Mapping[str, str], curve: Curve, threshold: Threshold | None) -> dict[str, Any]:
    base, episode = curve.baseline, curve.episode
    return {
        "labels": dict(labels),
        "points": [[at, value] for at, value in curve.points],
        "baseline": {"median": base.median, "mad": base.mad, "n": base.n} if base else None,
        "now": curve.now[1] if curve.now else None,
        "now_at": at_text(curve.now[0]) if curve.now else None,
        "peak": curve.peak[1] if curve.peak else None,
        "peak_at": at_text(curve.peak[0]) if curve.peak else None,
        "began_at": at_text(episode.began_at) if episode else None,
        "ended_at": at_text(episode.ended_at) if episode and episode.ended_at else None,
        "direction": episode.direction if episode else None,
        "breaching_now": threshold.broken_by(curve.now[1]) if threshold and curve.now else None,
        "appeared_at": at_text(curve.appeared_at) if curve.appeared_at else None,
    }


@dataclass(frozen=True)
class _Saying:
    """How values of one expression are written: with the unit its own words tell, and beside its rule."""

    unit: Unit
    threshold: Threshold | None

    @classmethod
    def of(cls, rule: Rule, values: Iterable[float]) -> "_Saying":
        return cls(unit_of(rule.measured, max((abs(value) for value in values), default=None)), rule.threshold)

    def value(self, value: float) -> str:
        return number(value) if self.unit is Unit.PLAIN else show(value, self.unit)

    def rule(self) -> str:
        return f"{self.threshold.op} {self.value(self.threshold.value)}" if self.threshold else ""


def _head(rule: Rule, said: _Saying, total: int, shown: int, look: Look) -> str:
    """What was asked stands beside every digest, so the expression is not repeated here."""
    threshold = f"; the rule is {said.rule()}" if said.threshold else ""
    beside = f" and also asks: {clip(rule.beside, 120)}" if rule.beside else ""
    some = f", the {shown} that moved most" if total > shown else ""
    return f"{total} series{some}{threshold}{beside}; times in UTC, until {stamp(look.window.end)}"


def _curve_line(labels: Mapping[str, str], curve: Curve, said: _Saying, step: int) -> str:
    base, episode = curve.baseline, curve.episode
    parts = [_now_words(curve, said)]
    parts.append(f"usually {said.value(base.median)} ({plural(base.n, 'point')})" if base else "no baseline")
    if curve.appeared_at:
        parts.append(f"no samples before {clock(curve.appeared_at)}")
    if episode and curve.peak:
        way = "above" if episode.direction == "up" else "below"
        until = f" to {clock(episode.ended_at)}, then back" if episode.ended_at else ""
        peak = f"peak {said.value(curve.peak[1])} at {clock(curve.peak[0])}"
        parts.append(f"{way} usual since {clock(episode.began_at)}{until}, {peak}")
    elif base:
        parts.append("nothing unusual")
    if missing := gaps(curve.points, step):
        parts.append(plural(missing, "gap"))
    return f"{of_labels(labels)}{'; '.join(parts)}"


def _now_words(curve: Curve, said: _Saying) -> str:
    if curve.now is None:
        return f"no sample after {clock(curve.points[-1][0])}"
    breaking = ""
    if said.threshold:
        breaking = ", breaks the rule" if said.threshold.broken_by(curve.now[1]) else ", within the rule"
    return f"{said.value(curve.now[1])} at {clock(curve.now[0])}{breaking}"


def _graph(settings: PrometheusSettings, expression: str, look: Look) -> str:
    """The graph page of exactly this query and range."""
    seconds = int((look.window.end - look.window.baseline_start).total_seconds())
    end = look.window.end.strftime("%Y-%m-%d %H:%M:%S")
    page = f"/graph?g0.expr={quote(expression)}&g0.tab=0&g0.range_input={seconds}s&g0.end_input={quote(end)}"
    return page_of("prometheus", settings.external_url, page)


# --- query_instant ------------------------------------------------------------------------------------------------


def query_instant(asked: QueryInstant, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: expression, series [{labels, value}], series_total, quiet (null: cannot say), measured, rule (what
    Prometheus says of an alerting rule with this expression, asked only where it cannot be told), warnings."""
    rule = take_apart(asked.expression)
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.instant(asked.expression, look.now)
        # No series can mean quiet, or that what the rule measures is gone: only a probe can tell the two apart.
        below = prometheus.instant(rule.probe, look.now) if rule.probe and not found else []
        blind = not found and not below
        probe = _probe_of_sources(asked.expression) if blind else ""
        sees = bool(probe and prometheus.instant(probe, look.now))
        state = _state_of(asked.expression, prometheus) if blind and not sees else None
        link = _graph(settings, asked.expression, look)
        read = Instant(tuple(found), tuple(below), sees, state, tuple(prometheus.warnings))
    return summarise_instant(asked.expression, rule, read, look, link)


@dataclass(frozen=True)
class Instant:
    """What was read of one expression. ``below`` is the rule's probe where the rule as written gave nothing; ``sees``
    that what it reads is there although it gives nothing; ``state`` what Prometheus's own rule of it is in."""

    found: Sequence[Mapping[str, Any]]
    below: Sequence[Mapping[str, Any]] = ()
    sees: bool = False
    state: str | None = None
    warnings: Sequence[str] = ()


def _probe_of_sources(expression: str) -> str:
    """Only of a rule is silence an answer: an expression that compares nothing has no data where it gives none."""
    if not compares(expression):
        return ""
    return " or ".join(f"count({one})" for one in sources_of(expression)[:_MOST_SOURCES])


def _state_of(expression: str, prometheus: Prometheus) -> str | None:
    """“inactive” where Prometheus evaluates such a rule without trouble and it is; None where nobody says."""
    try:
        rules = [one for one in prometheus.alert_rules() if same(str(one.get("query", "")), expression)]
    except MidwatchError:
        return None  # a kind of Prometheus without this address: then it stays untold
    well = all(one.get("health") == "ok" for one in rules)
    states = {str(one.get("state")) for one in rules}
    return states.pop() if rules and well and len(states) == 1 else None


def summarise_instant(expression: str, rule: Rule, read: Instant, look: Look, link: str = "") -> Observation:
    query = f"query {expression} at {stamp(look.now)}"
    series = [_value_facts(one) for one in read.found]
    measured = [_value_facts(one) for one in read.below][:_MOST_VALUES]
    told = rule.probe and (series or measured)
    facts = {
        "expression": expression,
        "series": series[:_MOST_VALUES],
        "series_total": len(series),
        "quiet": not series if told else True if read.sees else None,
        "measured": measured,
        "rule": read.state,
        "warnings": list(read.warnings),
    }
    if read.sees:
        says = f"The rule is quiet at {stamp(look.now)}: what it reads is there, and none of it meets the rule."
        return Observation(Outcome.OK, query, says, facts, link)
    if not series and not measured:
        none = f"No samples: nothing matches {clip(rule.measured, 300)}."
        state = f" Prometheus's own rule of it is {read.state}." if read.state else ""
        return Observation(Outcome.NO_DATA, query, none + state, facts, link)
    lines = [f"{len(series)} series at {stamp(look.now)}"]
    if not series:
        lines[0] += ": the rule is quiet; what it measures is"
    elif rule.threshold:
        lines[0] += f": the rule ({_Saying.of(rule, _finite(series)).rule()}) holds for"
    shown = series[:_MOST_VALUES] or measured
    said = _Saying.of(rule, _finite(shown))
    lines += [f"{of_labels(one['labels'])}{_said_value(one, said)}" for one in shown]
    lines += [f"Prometheus warns: {text}" for text in read.warnings]
    return Observation(Outcome.OK, query, digest_of(lines), facts, link)


def _finite(shown: Iterable[Mapping[str, Any]]) -> list[float]:
    return [one["value"] for one in shown if one["value"] is not None]


def _said_value(one: Mapping[str, Any], said: _Saying) -> str:
    return str(one["text"]) if one["value"] is None else said.value(one["value"])


def _value_facts(one: Mapping[str, Any]) -> dict[str, Any]:
    value = float(one["value"][1])
    shown = number(value) if isfinite(value) else str(value)
    return {
        "labels": bounded_labels(one.get("metric") or {}),
        "value": value if isfinite(value) else None,
        "text": shown,
    }


TOOLS = (
    ReadingTool(
        Spec(
            "query_metrics",
            Effect.READ,
            QueryMetrics,
            "Read the curve of a PromQL expression over the incident, with its usual level, onset, peak and value now.",
        ),
        PrometheusSettings,
        query_metrics,
    ),
    ReadingTool(
        Spec("query_instant", Effect.READ, QueryInstant, "Evaluate a PromQL expression now, exactly as written."),
        PrometheusSettings,
        query_instant,
    ),
)
