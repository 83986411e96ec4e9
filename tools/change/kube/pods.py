"""A pod that may be evicted, with its controller and its disruption budgets, and why one may not. Pure but for reading.

Only a pod that somebody makes anew is ended here: a ReplicaSet's or a StatefulSet's.
"""

from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import BlastRadius
from tools.change.kube.blast import budget_room
from tools.change.kube.cluster import Cluster
from tools.change.kube.live import annotations, is_ready, selects
from tools.change.kube.marks import marks_of

MIRROR = "kubernetes.io/config.mirror"
REPLACING = ("ReplicaSet", "StatefulSet")
OVER = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True)
class Owner:
    """The controller of a pod; ``kind`` "" where it has none."""

    kind: str = ""
    name: str = ""


@dataclass(frozen=True)
class LivePod:
    """``budgets`` are those that select it; ``unread`` what could not be read, in words."""

    pod: Json
    budgets: tuple[Json, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    @property
    def owner(self) -> Owner:
        return owner_of(self.pod)


def pod_path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods/{name}"


def eviction_path(namespace: str, name: str) -> str:
    return f"{pod_path(namespace, name)}/eviction"


def eviction(namespace: str, name: str, uid: str) -> Json:
    """The call's body: of this very pod, whatever has its name by then."""
    return {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"namespace": namespace, "name": name},
        "deleteOptions": {"preconditions": {"uid": uid}},
    }


def read_pod(cluster: Cluster, namespace: str, name: str) -> LivePod:
    """Raises `Refused` (not_found, not_permitted) or `Unreachable`."""
    pod = cluster.get(pod_path(namespace, name))
    try:
        budgets = budgets_over(cluster, pod)
    except Refused as refusal:
        return LivePod(pod, unread=(f"The disruption budgets could not be read: {refusal}",))
    return LivePod(pod, budgets)


def marks_behind(cluster: Cluster, live: LivePod) -> tuple[str, ...]:
    """What the owners of its ReplicaSet and Deployment marked. Raises `Refused` where these cannot be read.

    A StatefulSet may not be read by this identity: there only the pod's own labels and the catalogue tell.
    """
    if live.owner.kind != "ReplicaSet":
        return ()
    namespace = live.pod["metadata"]["namespace"]
    replica_set = cluster.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets/{live.owner.name}")
    above = owner_of(replica_set)
    if above.kind != "Deployment":
        return marks_of(replica_set)
    deployment = cluster.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{above.name}")
    return (*marks_of(replica_set), *marks_of(deployment))


def budgets_over(cluster: Cluster, pod: Json) -> tuple[Json, ...]:
    metadata = pod["metadata"]
    labels = metadata.get("labels") or {}
    found = cluster.items(f"/apis/policy/v1/namespaces/{metadata['namespace']}/poddisruptionbudgets")
    return tuple(budget for budget in found if selects((budget.get("spec") or {}).get("selector"), labels))


def owner_of(pod: Json) -> Owner:
    owners = pod["metadata"].get("ownerReferences") or []
    found = next((one for one in owners if one.get("controller")), None)
    return Owner(str(found.get("kind")), str(found.get("name"))) if found else Owner()


def is_mirror(pod: Json) -> bool:
    """A static pod of a node: its kubelet makes it from a file, and the API server's copy is a picture of it."""
    return MIRROR in annotations(pod)


def is_going(pod: Json) -> bool:
    return pod["metadata"].get("deletionTimestamp") is not None


def is_over(pod: Json) -> bool:
    return (pod.get("status") or {}).get("phase") in OVER


def why_left(pod: Json) -> Refused | None:
    """Why this pod is not the bot's to end, or None."""
    owner = owner_of(pod)
    if is_mirror(pod) or owner.kind == "Node":
        return Refused("it is a static pod of its node: only the file there decides about it", why="static_pod")
    if owner.kind == "DaemonSet":
        return Refused(
            f"DaemonSet {owner.name} keeps one on every node and would start it on the same node again",
            why="static_pod",
        )
    if owner.kind == "Job":
        return Refused(
            f"it runs Job {owner.name}: ending it throws away what it has done; re-run its CronJob instead",
            why="job_pod",
        )
    if not owner.kind:
        return Refused("no controller owns it: nobody would bring it back, so it is not ended here", why="bare_pod")
    if owner.kind not in REPLACING:
        return Refused(f"a {owner.kind[:60]} owns it, and whether that brings it back is not known", why="bare_pod")
    return None


def blast(live: LivePod) -> BlastRadius:
    ready = 1 if is_ready(live.pod) else 0
    return BlastRadius(
        pods=1,
        ready=ready,
        unavailable_at_most=ready,
        share_percent=100 * ready,
        budget_room=budget_room(live.budgets),
    )
