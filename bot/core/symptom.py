"""The card's first line: what people feel, in numbers rendered by code from what the alert measures. Pure."""

from bot.core.case import Case, Seen
from bot.core.measures import FAILING, QUANTILE, Unit, clip, count_of, share_words, show
from bot.core.predicates.metrics import main_series, series_of, threshold_of, unit, usual_of
from bot.core.predicates.shape import Context, number_of


def headline(context: Context) -> str:
    """What is wrong, as well as could be read."""
    case = context.case
    curve = alert_curve(context)
    value = _value(curve) if curve else None
    if curve is None or value is None:
        return clip(case.summary or f"{case.alertname or 'An alert'} for {case.service or 'no named service'}", 150)
    kind = unit(curve)
    usual = usual_of(main_series(curve) or {})
    who = case.service or case.alertname or "something"
    if kind in (Unit.RATIO, Unit.PERCENT) and _is_failing(case, curve):
        share = value if kind is Unit.RATIO else value / 100
        return f"{who} is failing for {share_words(share)} requests"
    if kind in (Unit.SECONDS, Unit.MILLISECONDS):
        return f"{who} is slow: {_quantile(curve)}{show(value, kind)}{_usually(usual, kind)}"
    return f"{case.alertname or who}: {who} is at {show(value, kind)}{_usually(usual, kind)}"


def healthy_headline(context: Context) -> str:
    who = context.case.service or context.case.alertname
    return f"Nothing is wrong now with {who}" if who else "Nothing is wrong now"


def alert_curve(context: Context) -> Seen | None:
    """The readable curve of what the alert measures."""
    expression = context.case.expression
    looks = (one for one in context.seen.values() if one.tool == "query_metrics" and one.readable and series_of(one))
    return next((one for one in looks if expression and one.arguments.get("expression") == expression), None)


def _value(curve: Seen) -> float | None:
    """The value now while it is broken, else the peak: what people felt."""
    series = main_series(curve) or {}
    now, peak = number_of(series.get("now")), number_of(series.get("peak"))
    return now if now is not None and series.get("breaching_now") else peak if peak is not None else now


def _is_failing(case: Case, curve: Seen) -> bool:
    """A ratio of failures, not of successes: the rule fires above a level and speaks of errors."""
    threshold = curve.facts.get("threshold")
    above = not isinstance(threshold, dict) or str(threshold.get("op", ">")).startswith(">")
    words = f"{case.expression} {case.alertname} {case.summary}"
    return above and bool(FAILING.search(words)) and (threshold_of(curve) or 0) < 100


def _quantile(curve: Seen) -> str:
    found = QUANTILE.search(str(curve.facts.get("expression") or ""))
    return f"p{float(found[1]) * 100:g} " if found else ""


def _usually(usual: float | None, kind: Unit) -> str:
    return f", usually {show(usual, kind)}" if usual is not None else ""


def looks_words(count: int) -> str:
    return count_of(count, "look")
