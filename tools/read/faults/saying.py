"""Signs about pods in one form: whose they are, since when, with the events that say so. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.core.redact import redact
from bot.core.signs import MOST_QUOTED, MOST_SAID, Role, Sign, Source
from tools.read.faults.events import Told
from tools.read.faults.objects import ContainerStatus, Pod, is_done, is_ready, statuses_of, when
from tools.read.faults.owners import workload_of
from tools.read.faults.snapshot import Snapshot

STILL_LOOPING = timedelta(minutes=15)
AGAIN = 2  # restarts: from here on it is no single event
WAITING_WELL = frozenset({"", "ContainerCreating", "PodInitializing"})


@dataclass(frozen=True)
class Found:
    """What an analyzer has to say, before it is said of somebody. ``same``: signs of one workload with the same are
    told as one."""

    kind: str
    role: Role
    says: str
    weight: float
    quotes: Sequence[str] = ()
    began: datetime | None = None
    last: datetime | None = None
    blames: Sequence[str] = ()
    mends: str = ""
    prevents: str = ""
    same: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def of_pod(found: Found, pod: Pod, snapshot: Snapshot) -> Sign:
    kind, name = workload_of(pod, snapshot)
    meta = pod.metadata
    facts = {**found.facts, "workload": f"{kind}/{meta.namespace}/{name}", "same": found.same or found.kind}
    return of_object(found, f"Pod/{meta.namespace}/{meta.name}", name, meta.namespace, facts)


def of_object(found: Found, object_: str, service: str, namespace: str, facts: dict[str, Any] | None = None) -> Sign:
    return Sign(
        kind=found.kind,
        role=found.role,
        source=Source.KUBERNETES,
        says=redact(found.says)[:MOST_SAID],
        object=object_,
        service=service,
        namespace=namespace,
        weight=found.weight,
        began=found.began,
        last=found.last,
        quotes=tuple(redact(one)[:MOST_QUOTED] for one in found.quotes if one),
        blames=tuple(found.blames),
        mends=found.mends,
        prevents=found.prevents,
        facts=facts if facts is not None else found.facts,
    )


def is_troubled(pod: Pod, snapshot: Snapshot) -> bool:
    """In trouble now: not ready, held up, or restarted in the incident's window; never one that ended as it should,
    or that is being taken away: what its containers do then is their end."""
    if is_done(pod) or pod.metadata.deletion_timestamp:
        return False
    return not is_ready(pod) or any(_is_held(one) or restarted(one, snapshot) for one in statuses_of(pod))


def _is_held(status: ContainerStatus) -> bool:
    return bool(status.state and status.state.waiting and status.state.waiting.reason not in WAITING_WELL)


def restarted(status: ContainerStatus, snapshot: Snapshot) -> bool:
    """Whether its last end lies in the window and is not over: one that is ready again for a while, and did not end
    again and again, came back; one that tells no time counts while it is not ready."""
    ended = status.last_state.terminated if status.last_state else None
    if ended is None or not status.restart_count:
        return False
    at = ended_at(status)
    if at is None:
        return not status.ready
    if at < snapshot.since:
        return False
    ago = snapshot.now - at
    return not status.ready or (status.restart_count >= AGAIN and ago < STILL_LOOPING)


def ended_at(status: ContainerStatus) -> datetime | None:
    """When its last run ended; where that is not told, when the next one began."""
    ended = status.last_state.terminated if status.last_state else None
    if ended is None:
        return None
    running = status.state.running if status.state else None
    return when(ended.finished_at) or (when(running.started_at) if running else None)


def matching(told: Iterable[Told], *reasons: str, recent: bool = True) -> list[Told]:
    return [one for one in told if one.reason in reasons and (one.recent or not recent)]


def span_of(told: Sequence[Told]) -> tuple[datetime | None, datetime | None]:
    firsts = [one.first for one in told if one.first]
    lasts = [one.last for one in told if one.last]
    return min(firsts, default=None), max(lasts, default=None)


def named(pod: Pod) -> str:
    return f"pod {pod.metadata.name}"
