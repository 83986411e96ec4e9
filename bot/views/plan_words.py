"""What a plan takes away or starts, and what will be checked after it, in words; one line for each kind of either."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from bot.core.tool import Arranges, BlastRadius, Plan, Starts
from bot.core.verifying import mends_alert
from bot.views import text as t
from bot.views.story import Story

RUNNING = {"CronJob": ("Job that runs", "Jobs that run")}  # by what is changed; pods, where it says nothing else
PODS = ("pod that runs", "pods that run")


def touches_words(plan: Plan, now: bool = True) -> str:
    """“6 of 6 pods ready now · at most 1 unavailable at a time (17 %)”, or what it starts and what that touches.

    Not ``now`` on a card that is over: then it is what was measured before.
    """
    match plan.blast:
        case Starts() as blast:
            return " · ".join(_started(blast, plan, now))
        case Arranges() as blast:
            return " · ".join(_arranged(blast, plan, now))
        case BlastRadius() as blast:
            return " · ".join(_taken(blast, _replaces(plan), now))


def _replaces(plan: Plan) -> bool:
    """Whether a new pod comes for each that goes; where pods are only made fewer, none does."""
    workload = plan.expects.get("workload")
    return (
        "pod" in plan.expects
        or "drained" in plan.expects
        or (isinstance(workload, Mapping) and "replicas" not in workload)
    )


def _arranged(blast: Arranges, plan: Plan, now: bool) -> Iterator[str]:
    running = t.counted(blast.running, *RUNNING.get(plan.target.kind, PODS))
    going = f"; {running}{' now' if now else ''} {'goes' if blast.running == 1 else 'go'} on" if blast.running else ""
    yield f"starts and takes nothing now{going}"
    yield from (t.said(one, 150) for one in blast.later[:6])


def _started(blast: Starts, plan: Plan, now: bool) -> Iterator[str]:
    running = t.counted(blast.running, *RUNNING.get(plan.target.kind, PODS))
    beside = f", beside {running}{' now' if now else ''}" if blast.running else ""
    yield f"starts {t.counted(blast.pods, 'pod')} at once{beside}, takes none away"
    yield from (t.said(one, 150) for one in blast.touches[:6])


def _taken(blast: BlastRadius, replaced: bool, now: bool) -> Iterator[str]:
    yield f"{blast.ready} of {t.counted(blast.pods, 'pod')} ready{' now' if now else ' before'}"
    if replaced:
        spared = ", new pods start first" if blast.unavailable_at_most == 0 and blast.ready else ""
        yield f"at most {blast.unavailable_at_most} unavailable at a time ({blast.share_percent} %){spared}"
    else:
        yield f"at most {blast.unavailable_at_most} of the ready ones end for good ({blast.share_percent} %)"
    if blast.budget_room is not None:
        yield f"disruption budget has room for {blast.budget_room}"
    if blast.downstream:
        yield f"downstream: {', '.join(t.said(name, 60) for name in blast.downstream[:6])}"


def share_taken(blast: BlastRadius | Starts | Arranges) -> int:
    """How many percent of the ready pods may be unavailable."""
    return blast.share_percent if isinstance(blast, BlastRadius) else 0


def under_way(plan: Plan | None) -> str:
    """What happens between sending the change and the first check."""
    if plan is not None and "pod" in plan.expects:
        return "its controller makes another"
    if plan is not None and "drained" in plan.expects:
        return "their controllers make others elsewhere"
    if plan is None or _replaces(plan):
        return "rolling out"
    if "job" in plan.expects:
        return "the Job is running"
    return "scaling" if "workload" in plan.expects else "taking effect"


def then_words(story: Story, plan: Plan) -> str:
    checks = []
    if plan.expects.get("expression") and mends_alert(plan.expects):
        names = list(dict.fromkeys(told.alert.name for told in story.alerts))
        checks.append(f"{t.said(names[0], 80)} is quiet" if names else "the alert's own expression is quiet")
    for subject, words in EXPECTED.items():
        expected = plan.expects.get(subject)
        checks += words(expected) if isinstance(expected, Mapping) else ()
    what = " and ".join(checks) or "the target's own state"
    return f"checks that {what}, and no new critical alert; again {t.lasted(story.house.recheck)} later"


def _ready(expected: Mapping[str, Any]) -> Iterator[str]:
    ready = expected.get("ready_replicas")
    if isinstance(ready, int):
        yield f"{t.counted(ready, 'pod is', 'pods are')} ready"


def _complete(expected: Mapping[str, Any]) -> Iterator[str]:
    seconds = expected.get("within_seconds")
    within = f" within {t.lasted(timedelta(seconds=seconds))}" if isinstance(seconds, int) else ""
    yield f"the Job completes{within}"


def _schedule(expected: Mapping[str, Any]) -> Iterator[str]:
    yield f"its schedule is {'suspended' if expected.get('suspended') else 'not suspended'}"


def _bounds(expected: Mapping[str, Any]) -> Iterator[str]:
    least, most = expected.get("min_replicas"), expected.get("max_replicas")
    if isinstance(least, int) and isinstance(most, int):
        yield f"the autoscaler keeps {least} to {most} pods"


def _silenced(_: Mapping[str, Any]) -> Iterator[str]:
    yield "the silence is in force until its end"


def _heard(_: Mapping[str, Any]) -> Iterator[str]:
    yield "the silence is over"


def _flag(expected: Mapping[str, Any]) -> Iterator[str]:
    yield f"the flag is {'on' if expected.get('enabled') else 'off'}"


def _replaced(expected: Mapping[str, Any]) -> Iterator[str]:
    yield f"{expected.get('controller_kind')} {expected.get('controller')} has as many pods ready as it wants"


def _open_or_not(expected: Mapping[str, Any]) -> Iterator[str]:
    yield f"the node {'is closed for' if expected.get('unschedulable') else 'takes'} new pods"


def _left_it(expected: Mapping[str, Any]) -> Iterator[str]:
    yield f"the node is closed, {t.counted(len(expected.get('pods') or ()), 'pod')} left it, and each was replaced"


EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "workload": _ready,
    "job": _complete,
    "cron_job": _schedule,
    "autoscaler": _bounds,
    "silence": _silenced,
    "silence_ended": _heard,
    "flag": _flag,
    "pod": _replaced,
    "node": _open_or_not,
    "drained": _left_it,
}
