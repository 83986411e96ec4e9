"""What was looked at and is as it should be, and what was trouble and is over: without these nobody may say “well”.

A workload is well when all it wants is ready and nothing of it restarted in the window. A warning of an object that is
well now is over, whenever it was said; so is one that was said before the window and not since.
"""

from collections.abc import Iterator, Sequence

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.objects import DaemonSet, Deployment, Pod, StatefulSet, condition, is_done, is_ready, statuses_of
from tools.read.faults.owners import index_of, workload_of, workloads_in
from tools.read.faults.saying import Found, ended_at, is_troubled, of_object
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.workloadstate import counts_of, kind_of, why_unhealthy

MOST_PAST = 2


def analyze_wellbeing(snapshot: Snapshot) -> Iterator[Sign]:
    index = index_of(snapshot)
    known: set[tuple[str, str]] = set()
    for one in workloads_in(snapshot):
        place = (one.metadata.namespace, one.metadata.name)
        known.add(place)
        pods = index.by_workload.get(place, [])
        as_wanted = why_unhealthy(one) is None and counts_of(one).desired
        if as_wanted and not any(is_troubled(pod, snapshot) for pod in pods):
            yield from _well_workload(one, kind_of(one), pods, snapshot)
    for place, pods in index.by_workload.items():
        living = [pod for pod in pods if not is_done(pod) and pod.status.phase != "Failed"]
        living = [pod for pod in living if not pod.metadata.deletion_timestamp]
        if place not in known and living and not any(is_troubled(pod, snapshot) for pod in living):
            yield from _well_pods(place, living, snapshot)


def _well_workload(
    one: Deployment | StatefulSet | DaemonSet, kind: str, pods: Sequence[Pod], snapshot: Snapshot
) -> Iterator[Sign]:
    meta, counts = one.metadata, counts_of(one)
    says = f"{kind} {meta.name} has {counts.ready} of {counts.desired} {counts.noun} ready and available"
    says += f"{_done(one)}{_restarts(pods, snapshot)}"
    object_ = f"{kind}/{meta.namespace}/{meta.name}"
    yield of_object(Found("workload_well", Role.WELL, says, 0.5), object_, meta.name, meta.namespace)
    told = [*index_of(snapshot).events(kind, meta.namespace, meta.name), *_of_pods(pods, snapshot)]
    yield from _past(told, object_, meta.name, meta.namespace, f"{kind} {meta.name}")


def _done(one: Deployment | StatefulSet | DaemonSet) -> str:
    progress = condition(one.status.conditions, "Progressing")
    done = isinstance(one, Deployment) and progress is not None and progress.reason == "NewReplicaSetAvailable"
    return ", its rollout complete" if done else ""


def _restarts(pods: Sequence[Pod], snapshot: Snapshot) -> str:
    if not pods:
        return ""
    statuses = [status for pod in pods for status in statuses_of(pod)]
    total = sum(status.restart_count for status in statuses)
    if not total:
        return "; none of its containers ever restarted"
    last = max((at for status in statuses if (at := ended_at(status))), default=None)
    if last is not None and last >= snapshot.since:
        return f"; {total} restarts in all, the last at {last:%H:%M:%S} is over: it is ready since"
    return f"; {total} restarts in all, none of them recent"


def _well_pods(place: tuple[str, str], pods: Sequence[Pod], snapshot: Snapshot) -> Iterator[Sign]:
    namespace, name = place
    kind = workload_of(pods[0], snapshot)[0]
    ready = sum(is_ready(pod) for pod in pods)
    says = f"{ready} of {len(pods)} pods of {name} are Running and Ready{_restarts(pods, snapshot)}"
    object_ = f"{kind}/{namespace}/{name}"
    yield of_object(Found("workload_well", Role.WELL, says, 0.5), object_, name, namespace)
    yield from _past(_of_pods(pods, snapshot), object_, name, namespace, name)


def _of_pods(pods: Sequence[Pod], snapshot: Snapshot) -> list[Told]:
    return [told for pod in pods for told in index_of(snapshot).of_pod(pod)]


def _past(told: Sequence[Told], object_: str, service: str, namespace: str, who: str) -> Iterator[Sign]:
    """The newest warnings, each reason once; who they are about is well now."""
    seen: dict[str, Told] = {}
    for one in sorted((one for one in told if one.warning), key=lambda one: one.order, reverse=True):
        seen.setdefault(one.reason, one)
    for one in list(seen.values())[:MOST_PAST]:
        at = f" at {one.last:%H:%M:%S}" if one.last else ""
        says = f"{one.reason}{at} (“{clip(one.message, 160)}”) is over: {who} is well now"
        found = Found(f"past_{one.reason}", Role.PAST, says, 0.4, [one.message], one.first, one.last)
        yield of_object(found, object_, service, namespace)
