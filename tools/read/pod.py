"""One pod and its controller: whether the very pod is still there, and how many of the controller's pods are ready."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import observed
from tools.read.shapes.objects import StatefulSet
from tools.read.sources.cluster import Cluster, ClusterSettings, Only

Controller = Literal["ReplicaSet", "StatefulSet"]


class ReadPod(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253, description="Name of the pod, which may be gone")
    controller_kind: Controller = Field(description="Kind of the controller that makes another")
    controller: str = Field(min_length=1, max_length=253, description="Name of that controller")


def read_pod(asked: ReadPod, settings: ClusterSettings, look: Look) -> Observation:
    """facts: pod {kind, namespace, name, uid ("" where it is gone), ending, ready, controller_kind, controller,
    wanted}; ready and wanted are the controller's pods, None where there is no such controller any more."""
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.pods(asked.namespace, Only.named(asked.name))
        wanted, ready = standing(cluster, asked.namespace, asked.controller_kind, asked.controller)
    pod = found.items[0] if found.items else None
    facts = {
        "kind": "Pod",
        "namespace": asked.namespace,
        "name": asked.name,
        "uid": pod.metadata.uid if pod else "",
        "ending": bool(pod and pod.metadata.deletion_timestamp),
        "controller_kind": asked.controller_kind,
        "controller": asked.controller,
        "wanted": wanted,
        "ready": ready,
    }
    query = f"{found.asked} and its {asked.controller_kind} {asked.controller} at {stamp(look.now)}"
    return observed(query, [_line(facts)], {"pod": facts}, found.gaps)


def standing(cluster: Cluster, namespace: str, kind: Controller, name: str) -> tuple[int | None, int | None]:
    """How many pods a controller wants and how many are ready; None where it is no more."""
    if kind == "StatefulSet":
        found = cluster.workload(StatefulSet, namespace, name)
        if not isinstance(found, StatefulSet):
            return None, None
        return _count(found.spec.replicas), found.status.ready_replicas
    sets = cluster.replica_sets(namespace, Only.named(name)).items
    return (_count(sets[0].spec.replicas), sets[0].status.ready_replicas) if sets else (None, None)


def _count(replicas: int | None) -> int:
    return 1 if replicas is None else replicas


def _line(one: Mapping[str, Any]) -> str:
    there = "is not there" if not one["uid"] else "is ending" if one["ending"] else f"is there (uid {one['uid']})"
    of = f"{one['controller_kind']} {one['controller']}"
    stands = f"{one['ready']} of {one['wanted']} pods of {of} are ready" if one["wanted"] is not None else f"no {of}"
    return f"Pod {one['name']} in {one['namespace']} {there}; {stands}"


TOOLS = (
    ReadingTool(
        Spec(
            "read_pod",
            Effect.READ,
            ReadPod,
            "Read whether one pod is still there, and how many pods of its controller are ready.",
            for_model=False,
        ),
        ClusterSettings,
        read_pod,
    ),
)
