"""Pods in states of their own: evicted, preempted, stuck while they end, waiting without a word, on a lost node."""

from collections.abc import Iterator
from datetime import timedelta

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.objects import Pod, condition, is_done, is_ready, statuses_of, when
from tools.read.faults.owners import index_of, workload_of, workloads_in
from tools.read.faults.saying import Found, is_troubled, matching, named, of_pod, span_of
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.workloadstate import counts_of

ENDING = timedelta(minutes=5)
LONG_ENDING = timedelta(hours=1)  # of a pod that is replaced, nothing waits for its end
WAITING = timedelta(minutes=3)
LOST = frozenset(
    {
        "NodeLost", "NodeShutdown", "Shutdown", "NodeAffinity", "UnexpectedAdmissionError", "OutOfcpu", "OutOfmemory",
        "OutOfpods", "Terminated",
    }
)  # fmt: skip


def analyze_odd_pods(snapshot: Snapshot) -> Iterator[Sign]:
    for pod in snapshot.of(Pod):
        found = (
            _ended_by_others(pod, snapshot)
            or _stuck_ending(pod, snapshot)
            or _without_a_word(pod, snapshot)
            or _unknown(pod)
        )
        if found is not None:
            yield of_pod(found, pod, snapshot)


def _ended_by_others(pod: Pod, snapshot: Snapshot) -> Found | None:
    """Evicted by the kubelet, preempted by a more important pod, or refused by its node."""
    events = index_of(snapshot).of_pod(pod)
    preempted = matching(events, "Preempted")
    reason = pod.status.reason
    if not preempted and reason not in LOST | {"Evicted", "Preempting"}:
        return None
    replaced = _replaced(pod, snapshot)
    role = Role.PAST if replaced else Role.CAUSE
    words = pod.status.message or next((one.message for one in events if one.reason in ("Evicted", "Preempted")), "")
    what, mends = "was ended by its node", "Look at the node"
    kind = "pod_ended_by_node"
    if preempted or reason == "Preempting":
        kind, what = "preempted_by_priority", "was preempted: a pod of higher priority took its place"
        mends = "Add capacity, or correct the priorities"
    elif reason == "Evicted":
        kind, what = "pod_evicted", "was evicted by the kubelet"
        mends = "Give it requests that fit what it uses, or free the node"
    began, last = span_of(preempted)
    at = when(next((one.last_transition_time for one in pod.status.conditions or []), None))
    says = f"{named(pod).capitalize()} {what}{f' ({reason})' if reason else ''}"
    says += f": “{clip(words, 200)}”" if words else ""
    says += "; its workload is whole again" if replaced else ""
    return Found(kind, role, says, 0.4 if replaced else 0.8, [words], began or at, last or at, mends=mends, same=kind)


def _replaced(pod: Pod, snapshot: Snapshot) -> bool:
    """Whether its workload is whole without it: as many pods ready as it wants, and none of the others is not."""
    name = workload_of(pod, snapshot)[1]
    for one in workloads_in(snapshot):
        if (one.metadata.namespace, one.metadata.name) == (pod.metadata.namespace, name):
            counts = counts_of(one)
            if counts.ready < counts.desired:
                return False
    mates = index_of(snapshot).by_workload.get((pod.metadata.namespace, name), [])
    others = [one for one in mates if one is not pod and one.status.phase != "Failed" and not is_done(one)]
    return bool(others) and all(is_ready(one) for one in others)


def _stuck_ending(pod: Pod, snapshot: Snapshot) -> Found | None:
    asked = when(pod.metadata.deletion_timestamp)
    if asked is None or snapshot.now - asked < ENDING:
        return None
    minutes = int((snapshot.now - asked).total_seconds() // 60)
    says = f"{named(pod).capitalize()} has been Terminating for {minutes} min: its containers, a finalizer or its node "
    says += "do not let it go"
    if _replaced(pod, snapshot) and snapshot.now - asked < LONG_ENDING:
        says = f"{named(pod).capitalize()} is terminating since {asked:%H:%M}, its workload is whole without it: "
        return Found("pod_terminating", Role.PAST, f"{says}not a current failure", 0.45, [], asked)
    mends = "Look at its finalizers and its node; only then force its deletion"
    return Found("pod_stuck_terminating", Role.CAUSE, says, 0.6, [], asked, mends=mends)


def _without_a_word(pod: Pod, snapshot: Snapshot) -> Found | None:
    """Pending for minutes, and nobody said why."""
    born = when(pod.metadata.creation_timestamp) or when(pod.status.start_time)
    placed = condition(pod.status.conditions, "PodScheduled")
    spoken = any(one.warning and one.recent for one in index_of(snapshot).of_pod(pod))
    held = [s.state.waiting for s in statuses_of(pod) if s.state and s.state.waiting]
    reasons = {one.reason for one in held if one.reason not in ("ContainerCreating", "PodInitializing", "")}
    if (
        pod.status.phase != "Pending"
        or spoken
        or reasons
        or (placed and placed.message)
        or not is_troubled(pod, snapshot)
    ):
        return None
    if born is None or snapshot.now - born < WAITING:
        return None
    minutes = int((snapshot.now - born).total_seconds() // 60)
    where = f"on node {pod.spec.node_name}" if pod.spec.node_name else "without a node"
    says = f"{named(pod).capitalize()} has been Pending for {minutes} min {where}, and no event says why"
    return Found("pod_pending", Role.SYMPTOM, says, 0.5, [], born)


def _unknown(pod: Pod) -> Found | None:
    if pod.status.phase != "Unknown":
        return None
    says = f"The state of {named(pod)} is Unknown: its node {pod.spec.node_name or ''} does not report".replace(
        "  ", " "
    )
    return Found("pod_unknown", Role.SYMPTOM, says, 0.6, blames=[pod.spec.node_name] if pod.spec.node_name else [])
