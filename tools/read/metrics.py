"""Prometheus: the curve of an expression with its baseline and onset. Its value now is `instant.py`.

What a curve says is `shapes/series.py`, how a rule is taken apart
`shapes/promql.py`, and the only I/O is `sources/prometheus.py`.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from pydantic import Field

from bot.core.errors import LookFailed
from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.promql import Rule, Threshold, take_apart
from tools.read.shapes.saying import Saying
from tools.read.shapes.series import Curve, Point, gaps, read_curve, step_for
from tools.read.shapes.wording import (
    at_text,
    bounded_labels,
    clip,
    clock,
    of_labels,
    plural,
    span_text,
)
from tools.read.sources.prometheus import Prometheus, PrometheusSettings, cut_at_limit, graph_page

_MOST_CURVES = 10  # with points; the heaviest departures first
_MOST_KEPT = 200  # what they are now and usually


class QueryMetrics(Arguments):
    expression: str = Field(
        min_length=1, max_length=4000, description="PromQL; of an alert rule the left side is drawn"
    )


def query_metrics(asked: QueryMetrics, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: expression, threshold, beside, step_s, series [{labels, points, baseline, now, now_at, peak, peak_at,
    began_at, ended_at, direction, breaching_now, appeared_at}], series_total, warnings."""
    rule = take_apart(asked.expression)
    window = look.window
    step = step_for((window.end - window.baseline_start).total_seconds())
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.range(rule.measured, window.baseline_start, window.end, step)
        return summarise_range(rule, found, prometheus.warnings, look, step, graph_page(settings, rule.measured, look))


def summarise_range(
    rule: Rule, found: Sequence[Mapping[str, Any]], warnings: Sequence[str], look: Look, step: int, link: str = ""
) -> Observation:
    window = look.window
    query = f"query_range {rule.measured} from {span_text(window.baseline_start, window.end)} step {step}s"
    start, end = window.start.timestamp(), window.end.timestamp()
    curves = [
        (bounded_labels(one.get("metric") or {}), read_curve(points, start, end, step, rule.threshold))
        for one in found
        if (points := points_of(one.get("values") or []))
    ]
    curves.sort(key=lambda pair: -_heaviness(pair[1]))
    rows = [_curve_facts(labels, curve, rule.threshold) for labels, curve in curves[:_MOST_KEPT]]
    facts = {
        "expression": rule.measured,
        "threshold": _threshold_facts(rule.threshold),
        "beside": rule.beside,
        "step_s": step,
        "series": [*rows[:_MOST_CURVES], *({**row, "points": []} for row in rows[_MOST_CURVES:])],
        "series_total": len(found),
        "warnings": list(warnings),
    }
    if not found:
        what = f"a sample of {clip(rule.measured, 300)}"
        return nothing(query, what, f"No samples: nothing matches {clip(rule.measured, 300)}.", facts, link=link)
    without = _without_numbers(len(found) - len(curves), found)
    if not curves:
        return observed(query, [without], facts, link=link)
    said = Saying.of(rule, [value for _, curve in curves for _, value in curve.points])
    lines = [_head(rule, said, len(found), min(len(curves), _MOST_CURVES), look)]
    lines += [_curve_line(labels, curve, said, step) for labels, curve in curves[:_MOST_CURVES]]
    lines += [*([without] if without else []), *(f"Prometheus warns: {text}" for text in warnings)]
    return observed(query, lines, facts, (*cut_at_limit(found), *_not_kept(curves)), link)


def _without_numbers(count: int, found: Sequence[Mapping[str, Any]]) -> str:
    """There are samples, which is not "no samples", though no level can be read from them."""
    histograms = any("histograms" in one for one in found)
    why = "native histograms, or NaN or infinite" if histograms else "NaN or infinite at every step"
    return f"{count} series without a finite number: {why}" if count else ""


def _not_kept(curves: Sequence[object]) -> tuple[Gap, ...]:
    more = len(curves) > _MOST_KEPT
    return (Gap(f"the {_MOST_KEPT} of {len(curves)} series that moved most are kept"),) if more else ()


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


def _head(rule: Rule, said: Saying, total: int, shown: int, look: Look) -> str:
    """What was asked stands beside every digest, so the expression is not repeated here."""
    threshold = f"; the rule is {said.rule()}" if said.threshold else ""
    beside = f" and also asks: {clip(rule.beside, 120)}" if rule.beside else ""
    some = f", the {shown} that moved most" if total > shown else ""
    return f"{total} series{some}{threshold}{beside}; times in UTC, until {stamp(look.window.end)}"


def _curve_line(labels: Mapping[str, str], curve: Curve, said: Saying, step: int) -> str:
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


def _now_words(curve: Curve, said: Saying) -> str:
    if curve.now is None:
        return f"no sample after {clock(curve.points[-1][0])}"
    breaking = ""
    if said.threshold:
        breaking = ", breaks the rule" if said.threshold.broken_by(curve.now[1]) else ", within the rule"
    return f"{said.value(curve.now[1])} at {clock(curve.now[0])}{breaking}"


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
)
