"""What a plan takes away or starts, and what will be checked after it, in words; one line for each kind of either."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from bot.core.tool import BlastRadius, Plan, Starts
from bot.views import text as t
from bot.views.story import Story


def blast_words(blast: BlastRadius | Starts, now: bool = True) -> str:
    """“6 of 6 pods ready now · at most 1 unavailable at a time (17 %)”, or what it starts and what that touches.

    Not ``now`` on a card that is over: then it is what was measured before.
    """
    match blast:
        case Starts():
            return " · ".join(_started(blast, now))
        case BlastRadius():
            return " · ".join(_taken(blast, now))


def _started(blast: Starts, now: bool) -> Iterator[str]:
    running = t.counted(blast.running, "Job that runs", "Jobs that run")
    beside = f", beside {running}{' now' if now else ''}" if blast.running else ""
    yield f"starts {t.counted(blast.pods, 'pod')} at once{beside}, takes none away"
    yield from (t.said(one, 150) for one in blast.touches[:6])


def _taken(blast: BlastRadius, now: bool) -> Iterator[str]:
    spared = ", new pods start first" if blast.unavailable_at_most == 0 and blast.ready else ""
    yield f"{blast.ready} of {t.counted(blast.pods, 'pod')} ready{' now' if now else ' before'}"
    yield f"at most {blast.unavailable_at_most} unavailable at a time ({blast.share_percent} %){spared}"
    if blast.budget_room is not None:
        yield f"disruption budget has room for {blast.budget_room}"
    if blast.downstream:
        yield f"downstream: {', '.join(t.said(name, 60) for name in blast.downstream[:6])}"


def share_taken(blast: BlastRadius | Starts) -> int:
    """How many percent of the ready pods may be unavailable."""
    return blast.share_percent if isinstance(blast, BlastRadius) else 0


def under_way(plan: Plan | None) -> str:
    """What happens between sending the change and the first check."""
    return "the Job is running" if plan is not None and isinstance(plan.blast, Starts) else "rolling out"


def then_words(story: Story, plan: Plan) -> str:
    checks = []
    if plan.expects.get("expression"):
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


EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {"workload": _ready, "job": _complete}
