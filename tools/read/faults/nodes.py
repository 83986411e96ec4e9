"""Nodes: not ready, under pressure, closed, in their own words. What they drag down is told by the pods."""

from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.objects import Condition, Node, Pod, condition, each, is_done, is_ready, when
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, of_object
from tools.read.faults.snapshot import Snapshot

PRESSURES = {
    "MemoryPressure": ("node_memory_pressure", "is short of memory (MemoryPressure)", "Move what fills its memory"),
    "DiskPressure": ("node_disk_pressure", "is short of disk (DiskPressure)", "Free its disk: images, logs"),
    "PIDPressure": ("node_pid_pressure", "is short of process ids (PIDPressure)", "Find what forks so much"),
    "NetworkUnavailable": ("node_network_unavailable", "has no network", "Mend its network plug-in"),
    "ReadonlyFilesystem": ("node_read_only_file_system", "has a read-only file system", "Repair or replace its disk"),
    "KernelDeadlock": ("node_kernel_deadlock", "hangs in its kernel", "Restart the node"),
}  # fmt: skip
TROUBLES = frozenset({"SystemOOM", "EvictionThresholdMet", "Rebooted", "FreeDiskSpaceFailed", "ImageGCFailed"})


def analyze_nodes(snapshot: Snapshot) -> Iterator[Sign]:
    nodes = snapshot.of(Node)
    well = [one for one in nodes if not list(_faults(one, snapshot))]
    for node in nodes:
        yield from _faults(node, snapshot)
    yield from (sign for node in well for sign in _past(node, snapshot))
    if well:
        names = ", ".join(one.metadata.name for one in well[:3])
        names += "…" if len(well) > 3 else ""
        says = f"{len(well)} of {len(nodes)} nodes are Ready without memory, disk or PID pressure ({names})"
        yield of_object(Found("nodes_well", Role.WELL, says, 0.3), "", "", "")


def _faults(node: Node, snapshot: Snapshot) -> Iterator[Sign]:
    ready = condition(node.status.conditions, "Ready")
    if ready is not None and ready.status != "True":
        state = "does not answer (its kubelet stopped posting status)" if ready.status == "Unknown" else "is NotReady"
        yield _sign(
            node, "node_not_ready", f"{state}{_said(ready)}", 0.9, ready, snapshot, "Restart its kubelet or replace it"
        )
    for one in each(node.status.conditions):
        if one.type in PRESSURES and one.status == "True":
            kind, words, mends = PRESSURES[one.type]
            yield _sign(node, kind, f"{words}{_said(one)}", 0.85, one, snapshot, mends)
    if node.spec.unschedulable:
        waiting = [pod for pod in snapshot.of(Pod) if not pod.spec.node_name and pod.status.phase == "Pending"]
        weight = 0.6 if waiting else 0.25
        yield _sign(
            node, "node_cordoned", "is cordoned: no new pod is placed on it", weight, None, snapshot, "Uncordon it"
        )


def _said(one: Condition) -> str:
    words = ": ".join(part for part in (one.reason, one.message) if part)
    return f" (“{clip(words, 200)}”)" if words else ""


def _sign(
    node: Node, kind: str, words: str, weight: float, told: Condition | None, snapshot: Snapshot, mends: str
) -> Sign:
    name = node.metadata.name
    there = [pod for pod in snapshot.of(Pod) if pod.spec.node_name == name and not is_done(pod)]
    ill = sum(not is_ready(pod) for pod in there)
    beside = f"; {ill} of {len(there)} pods on it are not ready" if there else ""
    events = [one for one in index_of(snapshot).events("Node", "", name) if one.recent and one.reason in TROUBLES]
    beside += f"; {events[0].reason}: “{clip(events[0].message, 120)}”" if events else ""
    at = when(told.last_transition_time) if told else None
    role = Role.SYMPTOM if kind == "node_cordoned" and weight < 0.5 else Role.CAUSE
    return of_object(
        Found(kind, role, f"Node {name} {words}{beside}", weight, [told.message if told else ""], at, mends=mends),
        f"Node//{name}", "", "",
    )  # fmt: skip


def _past(node: Node, snapshot: Snapshot) -> Iterator[Sign]:
    """What a node went through and is over: it is ready now, without pressure."""
    told = [one for one in index_of(snapshot).events("Node", "", node.metadata.name) if one.warning][:2]
    for one in told:
        says = f"Node {node.metadata.name} is Ready now; before that {one.reason}: “{clip(one.message, 160)}”"
        yield of_object(
            Found(f"past_{one.reason}", Role.PAST, says, 0.3, [one.message], one.first, one.last),
            f"Node//{node.metadata.name}", "", "",
        )  # fmt: skip
