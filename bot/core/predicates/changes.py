"""Predicates about rollouts, workloads, events, other alerts, and about what began when.

An event list without entries is an answer (events are kept an hour and the API was read): false. No Deployment found
is unknown: nothing can be said about rollouts of something that was not found.
"""

from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from bot.core.case import Seen
from bot.core.measures import TOGETHER, ago, clip, clock, count_of, listed
from bot.core.predicates.logs_shape import LOGS, suspects, wording
from bot.core.predicates.neighbours_shape import names_in, text_of
from bot.core.predicates.onsets import onset, slack
from bot.core.predicates.rollouts_shape import current_rollout, previous_rollout, revision_name
from bot.core.predicates.shape import (
    COMPARED,
    Context,
    Judged,
    Measure,
    Parameter,
    Predicate,
    check,
    either,
    no,
    number_of,
    quote,
    rows,
    time_of,
    unknown,
    yes,
)
from bot.core.predicates.workloads_shape import WORKLOADS, kind_of, workloads
from bot.core.three_valued import negate

DATED = ("query_metrics", *LOGS, "rollout_history", "list_pods", "list_events", "read_alerts")
CARRIERS = ("service", "app", "job", "deployment", "workload", "container", "app_kubernetes_io_name")


def rolled_out(_: Context, rollouts: Seen, within: timedelta) -> Judged:
    """The current revision was rolled out at most this long before the alert."""
    rollout = current_rollout(rollouts)
    before = number_of((rollout or {}).get("seconds_before_alert"))
    if rollout is None or before is None:
        return unknown("when the current revision was rolled out cannot be told", rollouts)
    when = f"{ago(before)} {'before' if before >= 0 else 'after'} the alert"
    says = f"{revision_name(rollout)} of {rollout.get('workload')} was rolled out {when}"
    recent = 0 <= before <= within.total_seconds()
    return either(recent, says, rollouts, quotes=quote(rollouts, rollout.get("at")) if recent else ())


def has_previous(_: Context, rollouts: Seen) -> Judged:
    """There is an earlier revision to go back to."""
    previous = previous_rollout(rollouts)
    if rollouts.empty or current_rollout(rollouts) is None:
        return unknown("the revisions could not be told", rollouts)
    return either(
        previous is not None, f"{revision_name(previous)} is kept" if previous else "no earlier one is kept", rollouts
    )


def began_within(context: Context, a: Seen, b: Seen, span: timedelta) -> Judged:
    """``a`` began after ``b`` did, at most this much later."""
    apart, says = _apart(context, a, b)
    if apart is None:
        return unknown(says, a, b)
    within = -slack(a, b) <= apart <= span.total_seconds()
    return either(within, says, a, b, quotes=_marks(a, b), needs_all=COMPARED)


def began_before(context: Context, a: Seen, b: Seen) -> Judged:
    """``a`` began before ``b`` did."""
    apart, says = _apart(context, a, b)
    if apart is None:
        return unknown(says, a, b)
    return either(apart < -slack(a, b), says, a, b, needs_all=COMPARED)


def _apart(context: Context, a: Seen, b: Seen) -> tuple[float | None, str]:
    """How many seconds after ``b`` began ``a`` did, and that in words."""
    later, earlier = onset(context, a), onset(context, b)
    if later is None or earlier is None:
        return None, f"when {(a if later is None else b).name} began cannot be told"
    apart = (later - earlier).total_seconds()
    if abs(apart) < TOGETHER:
        return apart, f"{a.name} began with {_named(b)} ({clock(earlier)})"
    relation = f"{ago(apart)} {'after' if apart >= 0 else 'before'}"
    return apart, f"{a.name} began {relation} {_named(b)}"


def _named(one: Seen) -> str:
    return revision_name(current_rollout(one)) if one.tool == "rollout_history" else one.name


def _marks(*looks: Seen) -> tuple[Any, ...]:
    """The onset of each as its facts spell it."""
    marks: list[Any] = []
    for one in looks:
        if one.tool == "query_metrics":
            moved = next((series for series in rows(one.facts, "series") if series.get("began_at")), {})
            marks += quote(one, moved.get("began_at"))
        elif one.tool == "rollout_history":
            marks += quote(one, (current_rollout(one) or {}).get("at"))
    return tuple(marks)


def workload_unhealthy(_: Context, workload: Seen) -> Judged:
    """A Deployment, StatefulSet or DaemonSet is not as wanted."""
    found = workloads(workload)
    if not found:
        return unknown(f"no workload was found under {workload.name}", workload)
    bad = [one for one in found if one.get("healthy") is False]
    if bad:
        return yes(f"{kind_of(bad[0])} {bad[0].get('name')}: {clip(str(bad[0].get('why')), 120)}", workload)
    ready = ", ".join(f"{one.get('ready')} of {one.get('desired')} ready" for one in found[:2])
    kinds = {kind_of(one) for one in found}
    what = count_of(len(found), kinds.pop() if len(kinds) == 1 else "workload")
    return no(f"{what} healthy: {listed([str(one.get('name')) for one in found])} ({ready})", workload)


def workload_healthy(context: Context, workload: Seen) -> Judged:
    """Every workload looked at is as wanted."""
    bad = workload_unhealthy(context, workload)
    return Judged(negate(bad.truth), bad.says, bad.evidence)


def event(_: Context, events: Seen, reasons: str) -> Judged:
    """A recent event with one of these reasons (globs, `a|b`), about something that is unhealthy now."""
    wanted = [reason.strip() for reason in reasons.split("|")]
    named = [one for one in rows(events.facts, "events") if any(fnmatchcase(str(one.get("reason")), w) for w in wanted)]
    recent = [one for one in named if one.get("recent")]
    sick = [one for one in recent if one.get("object_unhealthy") is True]
    if sick:
        says = f"{sick[0].get('reason')} on {sick[0].get('object')}: {clip(str(sick[0].get('message')), 140)}"
        return yes(says, events, quotes=quote(events, str(sick[0].get("message"))[:160]))
    if any(one.get("object_unhealthy") is None for one in recent):
        return unknown(f"{recent[0].get('reason')} on {recent[0].get('object')}, whose state is not known", events)
    old = f" that matters now ({count_of(len(named), 'old or healed one')})" if named else ""
    return no(f"no event {listed(wanted)}{old}", events)


def _elsewhere(context: Context, alerts: Seen) -> list[Mapping[str, Any]]:
    mine = context.case.service
    return [
        one
        for one in rows(alerts.facts, "alerts")
        if one.get("state") == "firing"
        and not (mine and mine in _carried(one))
        and _labels(one).get("alertname") not in ("", context.case.alertname)
    ]


def _labels(one: Mapping[str, Any]) -> Mapping[str, Any]:
    labels = one.get("labels")
    return labels if isinstance(labels, Mapping) else {}


def _carried(one: Mapping[str, Any]) -> set[str]:
    return {str(_labels(one)[name]) for name in CARRIERS if _labels(one).get(name)}


def firing_elsewhere(context: Context, alerts: Seen) -> Judged:
    """Alerts of other services fire too (whatever their severity; pending ones do not count)."""
    found = _elsewhere(context, alerts)
    said = listed(
        [f"{_labels(one).get('alertname')} ({', '.join(sorted(_carried(one))) or 'no service'})" for one in found]
    )
    return either(bool(found), f"also firing: {said}" if found else "no alert fires elsewhere", alerts)


def firing_more(context: Context, alerts: Seen) -> Judged:
    """Other alerts of this same service fire too."""
    mine = context.case.service
    found = [
        one
        for one in rows(alerts.facts, "alerts")
        if one.get("state") == "firing"
        and mine
        and mine in _carried(one)
        and _labels(one).get("alertname") != context.case.alertname
    ]
    said = listed([str(_labels(one).get("alertname")) for one in found])
    return either(bool(found), f"also firing for {mine}: {said}" if found else "no other alert of it fires", alerts)


def names_troubled(context: Context, logs: Seen, others: Seen) -> Judged:
    """The errors name another service that is itself in trouble: its alert fires, or its workload is unhealthy."""
    sick = {name for one in _elsewhere(context, others) for name in _carried(one)}
    sick |= {str(one.get("name")) for one in workloads(others) if one.get("healthy") is False}
    sick -= {context.case.service}
    if logs.empty:
        return unknown(f"{logs.name} has no lines", logs)
    for template in suspects(logs):
        named = names_in(text_of(template), sick)
        if named:
            says = f"the errors name {listed(named)}, which is in trouble itself: “{clip(wording(template), 120)}”"
            return yes(says, logs, others, quotes=quote(logs, wording(template)[:160]))
    return no("the errors name no other service in trouble", logs, others)


def _count(_: Context, seen: Seen, path: str) -> float | None:
    """A number, or the length of a list, in the facts of a check ("unready", "workload.desired")."""
    value: Any = seen.facts
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return float(len(value)) if isinstance(value, list | tuple) else number_of(value)


def _firing(_: Context, alerts: Seen) -> float | None:
    """How many alerts fire."""
    return float(sum(1 for one in rows(alerts.facts, "alerts") if one.get("state") == "firing"))


_ROLLOUTS = check("rollouts", "rollout_history")
_WORKLOAD = check("workload", "read_workload", WORKLOADS)
_ALERTS = check("alerts", "read_alerts")
_SPAN = Parameter("within", "duration")
PREDICATES = (
    Predicate("rolled_out", (_ROLLOUTS, _SPAN), rolled_out),
    Predicate("has_previous", (_ROLLOUTS,), has_previous),
    Predicate("began_within", (check("a", *DATED), check("b", *DATED), _SPAN), began_within),
    Predicate("began_before", (check("a", *DATED), check("b", *DATED)), began_before),
    Predicate("workload_unhealthy", (_WORKLOAD,), workload_unhealthy),
    Predicate("workload_healthy", (_WORKLOAD,), workload_healthy),
    Predicate("event", (check("events", "list_events"), Parameter("reasons", "text")), event),
    Predicate("firing_elsewhere", (_ALERTS,), firing_elsewhere),
    Predicate("firing_more", (_ALERTS,), firing_more),
    Predicate(
        "names_troubled",
        (check("logs", *LOGS), check("others", "read_alerts", WORKLOADS)),
        names_troubled,
    ),
)
MEASURES = (
    Measure("count", (check("check"), Parameter("path", "text")), _count),
    Measure("firing", (_ALERTS,), _firing),
)
__all__ = ["MEASURES", "PREDICATES", "time_of"]
