"""Whether a service that the errors name is itself in trouble: by its own curve, its own lines, its own Deployment.

Read and calm is false. What was not looked at, or could not be read, is unknown, and then nobody else may be blamed
for sure: see `ranking`.
"""

from datetime import timedelta

from bot.core.case import Seen
from bot.core.measures import clip
from bot.core.predicates.logs import said
from bot.core.predicates.logs_shape import LOGS, has_before, suspects, wording
from bot.core.predicates.metrics import fell, main_series, rose
from bot.core.predicates.neighbours_shape import CURVE, LINES, named, names_in, own_logs, text_of
from bot.core.predicates.onsets import onset
from bot.core.predicates.shape import Context, Judged, Predicate, check, no, quote, rows, unknown, yes
from bot.core.three_valued import Truth

LATER = timedelta(minutes=2)  # what begins this much after ours is a consequence, not a cause


def neighbour_failing(context: Context, logs: Seen) -> Judged:
    """The errors name another service of the namespace whose own errors rose, or that is unhealthy."""
    judged = [judge(context, logs, name) for name in named(context, logs)]
    for truth in (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE):
        found = next((one for one in judged if one.truth is truth), None)
        if found is not None:
            return found
    return no("the errors name no other service of the namespace", logs)


def trouble(context: Context) -> Judged | None:
    """What the named neighbours' own state says, over all of the service's own lines; None where none is named."""
    judged = [neighbour_failing(context, logs) for logs in own_logs(context) if named(context, logs)]
    return min(judged, key=lambda one: (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE).index(one.truth), default=None)


def failing_names(context: Context) -> list[str]:
    """The named neighbours that are in trouble themselves."""
    found = [(logs, name) for logs in own_logs(context) for name in named(context, logs)]
    return list(dict.fromkeys(name for logs, name in found if judge(context, logs, name).truth is Truth.TRUE))


def judge(context: Context, logs: Seen, name: str) -> Judged:
    """The state of one neighbour that ``logs`` name. A curve that was asked for and could not be read stays open."""
    told = [*_deployments(context, name), *_curve(context, logs, name), *_lines(context, logs, name)]
    bad = [one for one in told if one.truth is Truth.TRUE]
    first = next(iter((*bad, *(one for one in told if one.truth is Truth.UNKNOWN), *told)), None)
    line = next((one for one in suspects(logs) if names_in(text_of(one), [name])), None)
    because = f"the errors name {name}"
    if first is None:
        return unknown(f"{because}, whose own state could not be read", logs)
    says = f"{because}, and {first.says}"
    quotes = (*quote(logs, wording(line)[:160] if line else ""), *first.quotes)
    return Judged(first.truth, says, tuple(dict.fromkeys((*logs.ids, *first.evidence))), quotes)


def _deployments(context: Context, name: str) -> list[Judged]:
    """Only what is bad counts: a healthy Deployment may well answer errors."""
    looks = (one for one in context.seen.values() if one.tool == "list_workloads" and one.readable)
    sick = [(one, row) for one in looks for row in rows(one.facts, "workloads") if row.get("name") == name]
    return [
        yes(f"its Deployment is unhealthy: {clip(str(row.get('why')), 120)}", one)
        for one, row in sick
        if row.get("healthy") is False
    ]


def _curve(context: Context, logs: Seen, name: str) -> list[Judged]:
    one = context.seen.get(f"{CURVE}{name}")
    if one is None or one.empty:
        return []
    if not one.readable:
        return [unknown(f"{one.name} could not be read", one)]
    threshold = one.facts.get("threshold")
    below = isinstance(threshold, dict) and str(threshold.get("op", "")).startswith("<")
    moved = (fell if below else rose)(context, one)
    if moved.truth is Truth.UNKNOWN and (main_series(one) or {}).get("breaching_now") is True:
        return [yes(f"{one.name} breaks the same rule", one)]
    if moved.truth is Truth.TRUE and _came_later(context, logs, one):
        return [no(f"{one.name} moved only afterwards", one)]
    return [] if moved.truth is Truth.UNKNOWN else [moved]


def _lines(context: Context, logs: Seen, name: str) -> list[Judged]:
    one = context.seen.get(f"{LINES}{name}")
    if one is None or one.empty or not one.readable or not has_before(one):
        return []
    found = suspects(one)
    if not found:
        return [no(f"{one.name} show no new error", one)]
    if _came_later(context, logs, one):
        return [no(f"{one.name} show errors only afterwards", one)]
    return [yes(f"{one.name} show {said(found[0])}", one, quotes=quote(one, wording(found[0])[:160]))]


def _came_later(context: Context, logs: Seen, neighbour: Seen) -> bool:
    ours, theirs = onset(context, logs), onset(context, neighbour)
    return ours is not None and theirs is not None and theirs > ours + LATER


PREDICATES = (Predicate("neighbour_failing", (check("logs", *LOGS),), neighbour_failing),)
