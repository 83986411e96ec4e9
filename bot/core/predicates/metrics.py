"""Predicates about curves and values. No samples is never "quiet": a curve that is not there says nothing.

Facts: `query_metrics` (series with baseline, now, began_at, direction …) and `query_instant` (series, quiet).
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.core.case import Seen
from bot.core.measures import Unit, ago, clock, show, unit_of
from bot.core.predicates.shape import (
    EVERY,
    Context,
    Judged,
    Measure,
    Parameter,
    Predicate,
    check,
    duration_of,
    either,
    no,
    number_of,
    quote,
    rows,
    time_of,
    unknown,
    yes,
)

CURVE = ("query_metrics",)
STALE = timedelta(minutes=2)
RANGE = re.compile(r"\[(\d+[smhd])\]")
NEAR = 0.25  # of the way from usual to the rule's threshold still counts as usual
Series = Mapping[str, Any]


def series_of(one: Seen) -> list[Series]:
    return rows(one.facts, "series")


def main_series(one: Seen) -> Series | None:
    """The series that moved most (the tool lists them heaviest first), else the first."""
    found = series_of(one)
    return next((series for series in found if series.get("direction")), found[0] if found else None)


def unit(one: Seen) -> Unit:
    values = [number_of(series.get(key)) or 0.0 for series in series_of(one) for key in ("now", "peak", "value")]
    return unit_of(str(one.facts.get("expression") or ""), max(values, default=None))


def usual_of(series: Series) -> float | None:
    baseline = series.get("baseline")
    return number_of(baseline.get("median")) if isinstance(baseline, Mapping) else None


def threshold_of(one: Seen) -> float | None:
    threshold = one.facts.get("threshold")
    return number_of(threshold.get("value")) if isinstance(threshold, Mapping) else None


def _moved(metric: Seen, way: str) -> Judged:
    found = series_of(metric)
    moved = [series for series in found if series.get("direction") == way and series.get("began_at")]
    verb = "rose" if way == "up" else "fell"
    if moved:
        return yes(f"{metric.name} {verb} {_journey(metric, moved[0])}", metric, quotes=_onset_quote(metric, moved[0]))
    if not any(usual_of(series) is not None for series in found):
        return unknown(f"whether {metric.name} {verb} cannot be told: nothing from before to compare with", metric)
    return no(f"{metric.name} did not {'rise' if way == 'up' else 'fall'}{_standing(metric)}", metric)


def _journey(metric: Seen, series: Series) -> str:
    what = unit(metric)
    usual, peak, at = usual_of(series), number_of(series.get("peak")), time_of(series.get("began_at"))
    start = f"from {show(usual, what)} " if usual is not None else ""
    height = f"to {show(peak, what)} " if peak is not None else ""
    return f"{start}{height}from {clock(at)} on" if at else f"{start}{height}".rstrip()


def _standing(metric: Seen) -> str:
    series = main_series(metric)
    now = number_of(series.get("now")) if series else None
    usual = usual_of(series) if series else None
    if now is None or usual is None:
        return ""
    return f": {show(now, unit(metric))}, usually {show(usual, unit(metric))}"


def _onset_quote(metric: Seen, series: Series) -> tuple[Any, ...]:
    return quote(metric, series.get("began_at"))


def rose(_: Context, metric: Seen) -> Judged:
    """The curve went up and stayed up, against its own usual level."""
    return _moved(metric, "up")


def fell(_: Context, metric: Seen) -> Judged:
    """The curve went down and stayed down, against its own usual level."""
    return _moved(metric, "down")


def _fresh(context: Context, metric: Seen) -> list[float]:
    """The values now; none where the newest sample is too old to speak of now."""
    if metric.tool == "query_metrics" and context.case.now - context.case.window.end > STALE:
        return []
    key = "value" if metric.tool == "query_instant" else "now"
    values = [number_of(series.get(key)) for series in series_of(metric) or rows(metric.facts, "measured")]
    return [value for value in values if value is not None]


def values_by(context: Context, metric: Seen, label: str) -> dict[str, float]:
    """The value now of each series that carries this label, by it; one that is carried twice tells nothing."""
    if metric.tool == "query_metrics" and context.case.now - context.case.window.end > STALE:
        return {}
    key = "value" if metric.tool == "query_instant" else "now"
    found: dict[str, list[float]] = {}
    for series in series_of(metric) or rows(metric.facts, "measured"):
        labels, value = series.get("labels"), number_of(series.get(key))
        told = labels.get(label) if isinstance(labels, Mapping) else None
        if isinstance(told, str) and told and value is not None:
            found.setdefault(told, []).append(value)
    return {told: values[0] for told, values in found.items() if len(values) == 1}


def above(context: Context, metric: Seen, level: float) -> Judged:
    """Some series is above the level now."""
    values = _fresh(context, metric)
    if not values:
        return unknown(f"{metric.name} has no value now", metric)
    return either(max(values) > level, f"{metric.name} is {show(max(values), unit(metric))} now", metric)


def below(context: Context, metric: Seen, level: float) -> Judged:
    """Every series is below the level now."""
    values = _fresh(context, metric)
    if not values:
        return unknown(f"{metric.name} has no value now", metric)
    says = f"{metric.name} is {show(max(values), unit(metric))} now"
    return either(max(values) < level, says, metric, needs_all=EVERY)


def _breaks(context: Context, metric: Seen) -> bool | None:
    if metric.tool == "query_instant":
        quiet_now = metric.facts.get("quiet")
        if isinstance(quiet_now, bool):
            return not quiet_now
        if "quiet" in metric.facts or metric.empty:
            return None
        return bool(series_of(metric))
    if not _fresh(context, metric):
        return None
    said = [series.get("breaching_now") for series in series_of(metric)]
    return True if True in said else False if said and None not in said else None


def breaching(context: Context, metric: Seen) -> Judged:
    """The rule's condition holds now."""
    broken = _breaks(context, metric)
    if broken is None:
        return unknown(f"whether {metric.name} breaks its rule now cannot be told", metric)
    return either(broken, _now_words(context, metric, broken), metric)


def quiet(context: Context, metric: Seen) -> Judged:
    """The rule's condition could be evaluated, and does not hold now."""
    broken = _breaks(context, metric)
    if broken is None:
        return unknown(f"whether {metric.name} is quiet cannot be told", metric)
    return either(not broken, _now_words(context, metric, broken), metric, needs_all=EVERY)


def _now_words(context: Context, metric: Seen, broken: bool) -> str:
    values = _fresh(context, metric)
    measured = f" ({show(max(values), unit(metric))})" if values else ""
    if span := _narrowed_to(context, metric):
        return f"in the last {ago(span)} the rule {'held' if broken else 'was quiet'}{measured}"
    return f"{metric.name} {'breaks its rule now' if broken else 'is quiet now'}{measured}"


def _narrowed_to(context: Context, metric: Seen) -> float | None:
    """Over how many seconds it was asked, where that is the alert's own rule over a shorter time."""
    asked, own = str(metric.arguments.get("expression") or ""), context.case.expression
    if not own or asked == own or RANGE.sub("[]", asked) != RANGE.sub("[]", own):
        return None
    spans = [span.total_seconds() for found in RANGE.findall(asked) if (span := duration_of(found))]
    return max(spans, default=None)


def at_usual_level(context: Context, metric: Seen) -> Judged:
    """The curve is now where it usually is (or so near that the rule would not notice)."""
    series = main_series(metric)
    usual = usual_of(series) if series else None
    values = _fresh(context, metric)
    if series is None or usual is None or not values:
        return unknown(f"whether {metric.name} is at its usual level cannot be told", metric)
    at_usual = all(_is_usual(metric, one) for one in series_of(metric))
    return either(at_usual, f"{metric.name} is {_standing(metric).removeprefix(': ')}", metric, needs_all=EVERY)


def _is_usual(metric: Seen, series: Series) -> bool:
    now, usual = number_of(series.get("now")), usual_of(series)
    if now is None or usual is None:
        return now is None  # a series that ended is nothing that burns; one without a past cannot be called usual
    spread = number_of((series.get("baseline") or {}).get("mad")) or 0.0
    threshold = threshold_of(metric)
    near = NEAR * abs(threshold - usual) if threshold is not None else 0.0
    return abs(now - usual) <= max(4 * 1.4826 * spread, 0.1 * abs(usual), near)


def recovered(context: Context, metric: Seen) -> Judged:
    """The curve departed from its usual level in this incident, and came back by itself."""
    if not series_of(metric):
        return unknown(f"{metric.name} has no samples", metric)
    moved = [series for series in series_of(metric) if series.get("direction")]
    back = at_usual_level(context, metric)
    if not moved:
        return no(f"{metric.name} never left its usual level", metric)
    journey = _journey(metric, moved[0])
    return Judged(
        back.truth, f"{metric.name} went {journey}; {back.says}", back.evidence, _onset_quote(metric, moved[0])
    )


def falling(context: Context, metric: Seen) -> Judged:
    """The curve is well past its peak and still going back (less than half of the way up is left)."""
    if not series_of(metric):
        return unknown(f"{metric.name} has no samples", metric)
    series = next((one for one in series_of(metric) if one.get("direction") == "up"), None)
    if series is None:
        return no(f"{metric.name} is not up", metric)
    now, peak, usual = number_of(series.get("now")), number_of(series.get("peak")), usual_of(series)
    if now is None or peak is None or usual is None or not _fresh(context, metric):
        return unknown(f"whether {metric.name} is going back cannot be told", metric)
    going = peak > usual and (now - usual) < 0.5 * (peak - usual)
    says = f"{metric.name} is {show(now, unit(metric))} now, after a peak of {show(peak, unit(metric))}"
    return either(going, says, metric)


def _value_now(context: Context, metric: Seen) -> float | None:
    """The largest value now."""
    return max(_fresh(context, metric), default=None)


def _peak(_: Context, metric: Seen) -> float | None:
    """The peak of the series that moved most."""
    series = main_series(metric)
    return number_of(series.get("peak")) if series else None


def _usual(_: Context, metric: Seen) -> float | None:
    """The usual level (median before the incident) of the series that moved most."""
    series = main_series(metric)
    return usual_of(series) if series else None


_EITHER = check("metric", "query_metrics", "query_instant")
_CURVE = check("metric", *CURVE)
PREDICATES = (
    Predicate("rose", (_CURVE,), rose),
    Predicate("fell", (_CURVE,), fell),
    Predicate("above", (_EITHER, Parameter("level", "number")), above),
    Predicate("below", (_EITHER, Parameter("level", "number")), below),
    Predicate("breaching", (_EITHER,), breaching),
    Predicate("quiet", (_EITHER,), quiet),
    Predicate("at_usual_level", (_CURVE,), at_usual_level),
    Predicate("recovered", (_CURVE,), recovered),
    Predicate("falling", (_CURVE,), falling),
)
MEASURES = (
    Measure("now", (_EITHER,), _value_now),
    Measure("peak", (_CURVE,), _peak, grows=False),
    Measure("usual", (_CURVE,), _usual, grows=False),
)
