"""The usual suspects that it is not (memory, quota, room, image, probe, crash), each only where it was looked at.

Beside a rollout that is stuck it says who still serves; where no pod is in trouble now, it says that.
"""

from collections.abc import Iterator, Sequence

from bot.core.signs import Role, Sign, Source
from tools.read.faults.events import Told
from tools.read.faults.objects import ContainerStatus, Ended, Pod, is_done, is_ready, statuses_of, when
from tools.read.faults.owners import index_of, workload_of
from tools.read.faults.saying import is_troubled, restarted
from tools.read.faults.snapshot import Snapshot

IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
OUT_OF_MEMORY = frozenset({"OOMKilling", "OOMKilled", "SystemOOM"})
MOST_NAMED = 3


def analyze_ruled_out(snapshot: Snapshot) -> Iterator[Sign]:
    pods = [pod for pod in snapshot.of(Pod) if not is_done(pod) and not pod.metadata.deletion_timestamp]
    if not pods:
        return
    events = [one for told in index_of(snapshot).told.values() for one in told if one.recent]
    heard = "Event" not in snapshot.unread  # without events nobody knows what they would have said
    told = (
        ("resources_ruled_out", (_memory(pods, events), _quota(events) if heard else "", _room(pods))),
        ("starts_ruled_out", (_images(pods), _probes(events) if heard else "", _crashes(pods, snapshot))),
    )
    for number, (kind, each) in enumerate(told):
        if any(each):
            yield _well(kind, ". ".join(one for one in each if one), 0.5 - number / 100)
    yield from _still_serving(pods, snapshot)
    if not any(is_troubled(pod, snapshot) for pod in pods):
        says = f"No active failure of pods: all {len(pods)} are now Running and Ready ({_named(pods)})"
        yield _well("pods_well", says, 0.6)


def _memory(pods: Sequence[Pod], events: Sequence[Told]) -> str:
    ends = [end for pod in pods for one in statuses_of(pod) for end in _ends(one)]
    killed = any(end.reason == "OOMKilled" or end.exit_code == 137 for end in ends)
    if killed or any(one.reason in OUT_OF_MEMORY or "OOM" in one.message for one in events):
        return ""
    codes = sorted({end.exit_code for end in ends if end.exit_code is not None})
    seen = f" (seen: {', '.join(f'exit code {code}' for code in codes)})" if codes else ""
    return f"Not OOM: not an OOM kill, no container of {len(pods)} pods ended as OOMKilled{seen}"


def _ends(status: ContainerStatus) -> Iterator[Ended]:
    for state in (status.state, status.last_state):
        if state is not None and state.terminated is not None:
            yield state.terminated


def _quota(events: Sequence[Told]) -> str:
    named = any("quota" in one.message.lower() for one in events)
    return "" if named else "Not quota: no event names an exceeded quota"


def _room(pods: Sequence[Pod]) -> str:
    placed = all(pod.spec.node_name for pod in pods)
    return f"Not insufficient capacity: all {len(pods)} pods have a node" if placed else ""


def _images(pods: Sequence[Pod]) -> str:
    waiting = [one.state.waiting for pod in pods for one in statuses_of(pod) if one.state and one.state.waiting]
    held = any(one.reason in IMAGE for one in waiting)
    return "" if held else "Not an image pull: no container waits for its image"


def _probes(events: Sequence[Told]) -> str:
    failing = any(one.reason == "Unhealthy" or "probe" in one.message for one in events)
    return "" if failing else "Not a probe: no event tells of a liveness or readiness probe that fails"


def _crashes(pods: Sequence[Pod], snapshot: Snapshot) -> str:
    looping = any(_loops(one) or restarted(one, snapshot) for pod in pods for one in statuses_of(pod))
    return "" if looping else "Not a crash: no container restarted in this time"


def _loops(status: ContainerStatus) -> bool:
    states = [status.state] if status.state else []
    waits = any(one.waiting is not None and one.waiting.reason == "CrashLoopBackOff" for one in states)
    return waits or any(one.terminated is not None and one.terminated.exit_code for one in states)


def _still_serving(pods: Sequence[Pod], snapshot: Snapshot) -> Iterator[Sign]:
    """Of a workload whose newest ReplicaSet is in trouble, the older one that still serves."""
    sets: dict[tuple[str, str], dict[str, list[Pod]]] = {}
    for pod in pods:
        owner = next((one.name for one in pod.metadata.owner_references or () if one.kind == "ReplicaSet"), "")
        if owner:
            place = (pod.metadata.namespace, workload_of(pod, snapshot)[1])
            sets.setdefault(place, {}).setdefault(owner, []).append(pod)
    for (namespace, workload), by_set in sets.items():
        newest, *older = sorted(by_set, key=lambda name: -_created(by_set[name]))
        if not older or all(is_ready(pod) for pod in by_set[newest]):
            continue
        for name in older:
            ready = sum(is_ready(pod) for pod in by_set[name])
            if ready:
                says = (
                    f"The old ReplicaSet {name} of Deployment {workload} still serves: {ready} of {len(by_set[name])} "
                    f"of its pods are Ready; only the rollout to the new ReplicaSet {newest} is stuck"
                )
                yield Sign(
                    "old_replica_set_serves", Role.WELL, Source.KUBERNETES, says,
                    f"ReplicaSet/{namespace}/{name}", workload, namespace, weight=0.62,
                )  # fmt: skip


def _created(pods: Sequence[Pod]) -> float:
    times = [at.timestamp() for pod in pods if (at := when(pod.metadata.creation_timestamp or pod.status.start_time))]
    return max(times, default=0.0)


def _named(pods: Sequence[Pod]) -> str:
    more = f" and {len(pods) - MOST_NAMED} more" if len(pods) > MOST_NAMED else ""
    return ", ".join(pod.metadata.name for pod in pods[:MOST_NAMED]) + more


def _well(kind: str, says: str, weight: float) -> Sign:
    return Sign(kind, Role.WELL, Source.KUBERNETES, says, weight=weight)
