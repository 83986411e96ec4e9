"""The card's first line: what people feel, in numbers rendered by code from what the alert measures. Pure."""

from bot.core.case import Case, Seen
from bot.core.measures import FAILING, QUANTILE, Unit, clip, share_words, show
from bot.core.predicates.logs import new, rising
from bot.core.predicates.logs_shape import LOGS
from bot.core.predicates.metrics import fell, main_series, rose, series_of, threshold_of, unit, usual_of
from bot.core.predicates.shape import Context, Judged, number_of
from bot.core.slots import narrowed


def headline(context: Context) -> str:
    """What is wrong, as well as could be read."""
    case = context.case
    curve = alert_curve(context)
    value = _value(curve, is_over(context)) if curve else None
    if curve is None or value is None:
        return clip(case.summary or f"{case.alertname or 'An alert'} for {case.service or 'no named service'}", 150)
    kind = unit(curve)
    usual = usual_of(main_series(curve) or {})
    who = case.service or case.alertname or "something"
    over = is_over(context)
    if kind in (Unit.RATIO, Unit.PERCENT) and _is_failing(case, curve):
        share = share_words(value if kind is Unit.RATIO else value / 100)
        return (
            f"{who} failed for {share} requests, and no longer does"
            if over
            else f"{who} is failing for {share} requests"
        )
    if kind in (Unit.SECONDS, Unit.MILLISECONDS):
        return f"{who} {'was' if over else 'is'} slow: {_quantile(curve)}{show(value, kind)}{_usually(usual, kind)}"
    if kind is Unit.PLAIN and case.summary:
        # a bare number means little; whoever wrote the rule said what it is about
        return f"{clip(case.summary, 130)}{' (over now)' if over else ''}"
    return f"{case.alertname or who}: {who} is at {show(value, kind)}{_usually(usual, kind)}"


def healthy_headline(context: Context) -> str:
    who = context.case.service or context.case.alertname
    return f"Nothing is wrong now with {who}" if who else "Nothing is wrong now"


def alert_curve(context: Context) -> Seen | None:
    """The readable curve of what the alert measures."""
    expression = context.case.expression
    looks = (one for one in context.seen.values() if one.tool == "query_metrics" and one.readable and series_of(one))
    return next((one for one in looks if expression and one.arguments.get("expression") == expression), None)


def _value(curve: Seen, over: bool) -> float | None:
    """The value now while it is broken, else the peak: what people felt."""
    series = main_series(curve) or {}
    now, peak = number_of(series.get("now")), number_of(series.get("peak"))
    return now if now is not None and series.get("breaching_now") and not over else peak if peak is not None else now


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


def is_over(context: Context) -> bool:
    """Whether the rule over its newest quarter was read and is quiet: it burnt, and does no more."""
    recent = narrowed(context.case.expression)
    looks = (one for one in context.seen.values() if one.tool == "query_instant" and one.readable)
    return any(recent and one.arguments.get("expression") == recent and one.facts.get("quiet") is True for one in looks)


def striking(context: Context) -> list[Judged]:
    """What anybody would mention first, whatever the cause: the alert's curve, and new errors."""
    curve = alert_curve(context)
    found = [rose(context, curve), fell(context, curve)] if curve else []
    logs = next((one for one in context.seen.values() if one.tool in LOGS and one.readable), None)
    return [*found, *([new(context, logs), rising(context, logs)] if logs else [])]
