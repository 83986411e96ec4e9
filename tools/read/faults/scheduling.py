"""Why a pod finds no node: the scheduler's message taken apart, each part weighed by how many nodes it rules out.

`0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint {gpu: true}. preemption: …`
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.objects import Node, Pod, condition, containers_of, when
from tools.read.faults.owners import index_of
from tools.read.faults.quantities import quantity
from tools.read.faults.saying import Found, is_troubled, matching, named, of_pod, span_of
from tools.read.faults.snapshot import Snapshot

_OF = re.compile(r"(\d+)/(\d+) nodes are available")
_PART = re.compile(r"(?:(?P<count>\d+) )?(?P<text>[^\d,:.][^,]*?(?:\{[^}]*\}[^,]*?)*)(?=,|\. |\.$|$)")
_ALWAYS = re.compile(r"node-role\.kubernetes\.io/(control-plane|master)|CriticalAddonsOnly")
# the first that fits decides
PARTS = (
    (r"persistentvolumeclaim \"?[^\s\"]+\"? (not found|is being deleted)", "pvc_missing",
     "Create the PersistentVolumeClaim or correct its name"),
    (r"unbound immediate PersistentVolumeClaims|unbound PersistentVolume", "pvc_unbound",
     "Look at why the PersistentVolumeClaim is not bound"),
    (r"volume node affinity conflict|no available (persistent )?volume|volume zone", "volume_elsewhere",
     "Its volume lives on other nodes or in another zone: let it run there"),
    (r"were unschedulable|node\.kubernetes\.io/unschedulable", "node_cordoned", "Uncordon the node, or add nodes"),
    (r"node\.kubernetes\.io/(not-ready|unreachable)", "node_not_ready", "Bring the node back, or add nodes"),
    (r"node\.kubernetes\.io/(memory|disk|pid)-pressure", "node_pressure", "Relieve the node, or add nodes"),
    (r"taint", "taint_untolerated", "Tolerate the taint, remove it, or add nodes without it"),
    (r"pod anti-affinity|anti-affinity rules", "pod_anti_affinity", "Relax the anti-affinity, or add nodes"),
    (r"pod affinity rules", "pod_affinity", "Correct the affinity, or start what it wants to be near"),
    (r"topology spread", "topology_spread", "Relax the spread constraint, or add nodes"),
    (r"node affinity|node selector|node\(s\) didn't match", "node_selector_mismatch",
     "Correct the selector or affinity, or label a node"),
    (r"Insufficient|Too many pods|exceed(s|ed)? (max|node)", "cpu_or_memory_capacity",
     "Lower the requests, free capacity, or add nodes"),
    (r"free ports", "host_port_taken", "Another pod has this host port: choose another one"),
    (r"no nodes available", "no_nodes", "Add nodes"),
)  # fmt: skip
NEVER_ENOUGH = 0.4


@dataclass(frozen=True)
class Part:
    count: int
    text: str
    kind: str
    mends: str


def analyze_scheduling(snapshot: Snapshot) -> Iterator[Sign]:
    for pod in snapshot.of(Pod):
        placed = condition(pod.status.conditions, "PodScheduled")
        if pod.spec.node_name or not is_troubled(pod, snapshot) or (placed and placed.status == "True"):
            continue
        if pod.status.phase not in ("Pending", ""):
            continue
        told = matching(index_of(snapshot).of_pod(pod), "FailedScheduling")
        message = (placed.message if placed else "") or (told[0].message if told else "")
        if message:
            yield from _signs(message, told, pod, snapshot)


def parts_of(message: str) -> list[Part]:
    """What rules nodes out, the most nodes first; what is always ruled out (a control plane) last."""
    reasons = message.partition(": ")[2] if _OF.search(message) else message
    reasons = re.split(r"\.? preemption:", reasons)[0]
    found: list[Part] = []
    for one in _PART.finditer(reasons):
        text = one.group("text").strip()
        kind = next(((kind, mends) for rule, kind, mends in PARTS if re.search(rule, text, re.I)), None)
        if kind is not None:
            found.append(Part(int(one.group("count") or 1), text, *kind))
    return sorted(found, key=lambda part: (bool(_ALWAYS.search(part.text)), -part.count))


def _signs(message: str, told: Sequence[Told], pod: Pod, snapshot: Snapshot) -> Iterator[Sign]:
    parts = parts_of(message) or [Part(1, message, "unschedulable", "Read the scheduler's message")]
    began = when(pod.metadata.creation_timestamp) or span_of(told)[0]
    for number, part in enumerate(parts[:4]):
        kind, more = _kind(part, pod), _beside(part, pod, snapshot)
        says = (
            f"FailedScheduling: {named(pod)} is Pending, no node takes it: {part.text}{more} (“{clip(message, 200)}”)"
        )
        weight = 0.9 if number == 0 else 0.75 if part.count >= parts[0].count else 0.6
        if _ALWAYS.search(part.text) and len(parts) > 1:
            weight = NEVER_ENOUGH
        role = Role.SYMPTOM if part.kind == "pvc_unbound" else Role.CAUSE
        found = Found(
            kind, role, says, weight, [message], began, span_of(told)[1], mends=part.mends,
            same=f"{kind} {part.text}", blames=_blamed(part),
        )  # fmt: skip
        yield of_pod(found, pod, snapshot)


def _kind(part: Part, pod: Pod) -> str:
    """The scheduler says “node affinity/selector” for both; the pod says which it has."""
    affinity = (pod.spec.affinity or {}).get("nodeAffinity")
    if part.kind == "node_selector_mismatch" and affinity and not pod.spec.node_selector:
        return "node_affinity_mismatch"
    return part.kind


def _blamed(part: Part) -> list[str]:
    claim = re.search(r'persistentvolumeclaim "?([^\s"]+)"?', part.text)
    return [claim.group(1)] if claim else []


def _beside(part: Part, pod: Pod, snapshot: Snapshot) -> str:
    """What the pod asks for, next to what there is."""
    if part.kind == "node_selector_mismatch" and pod.spec.node_selector:
        asked = ", ".join(f"{name}={value}" for name, value in sorted(pod.spec.node_selector.items()))
        return f"; it wants {asked}{_labelled(pod, snapshot)}"
    if part.kind == "cpu_or_memory_capacity":
        return _capacity(part, pod, snapshot)
    return ""


def _labelled(pod: Pod, snapshot: Snapshot) -> str:
    if not snapshot.was_read(Node):
        return ""
    wanted = pod.spec.node_selector or {}
    nodes = snapshot.of(Node)
    near = [
        f"{key}={(one.metadata.labels or {})[key]}"
        for one in nodes
        for key in wanted
        if key in (one.metadata.labels or {})
    ]
    return (
        f", and no node has it (there is {', '.join(sorted(set(near))[:4])})"
        if near
        else ", and no node has such a label"
    )


def _capacity(part: Part, pod: Pod, snapshot: Snapshot) -> str:
    name = part.text.rpartition(" ")[2]
    asked = sum(quantity((one.resources.requests or {}).get(name)) or 0.0 for one in containers_of(pod))
    written = [
        str((one.resources.requests or {})[name])
        for one in containers_of(pod)
        if name in (one.resources.requests or {})
    ]
    if not asked or not written:
        return ""
    most = max((quantity((one.status.allocatable or {}).get(name)) or 0.0 for one in snapshot.of(Node)), default=0.0)
    short = f", more than the largest node has ({most:g})" if most and asked > most else ""
    return f"; it requests {name} {' + '.join(written)}{short}"
