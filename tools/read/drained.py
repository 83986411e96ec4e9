"""A node after a drain: whether it is closed, which of the named pods are still there, how their controllers stand."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from bot.core.errors import LookFailed
from bot.core.ledger import stamp
from bot.core.tool import MARK, Effect, Look, Observation, ReadingTool, Spec
from tools.read.pod import Controller, standing
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.sources.cluster import Cluster, ClusterSettings, Only


class Left(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253)
    uid: str = Field(min_length=1, max_length=100)
    controller_kind: Controller
    controller: str = Field(min_length=1, max_length=253)


class ReadDrained(Arguments):
    name: str = Field(min_length=1, max_length=253, description="Name of the node")
    pods: list[Left] = Field(min_length=1, max_length=50, description="The pods that were to leave it")


def read_drained(asked: ReadDrained, settings: ClusterSettings, look: Look) -> Observation:
    """facts: drained {kind, namespace (""), name, uid, unschedulable, execution, asked, left ["namespace/name"],
    controllers [{namespace, kind, name, wanted, ready}]}, or null where there is no such node; wanted is None where
    there is no such controller any more."""
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.nodes(Only.named(asked.name))
        query = f"{found.asked}, its pods and their controllers at {stamp(look.now)}"
        if not found.items:
            return nothing(
                query, f"node {asked.name}", f"There is no node {asked.name}.", {"drained": None}, found.gaps
            )
        left, gaps = _left(cluster, asked.pods)
        controllers = list(_controllers(cluster, asked.pods))
    node = found.items[0]
    facts = {
        "kind": "Node",
        "namespace": "",
        "name": asked.name,
        "uid": node.metadata.uid,
        "unschedulable": node.spec.unschedulable,
        "execution": (node.metadata.annotations or {}).get(MARK),
        "asked": len(asked.pods),
        "left": left,
        "controllers": controllers,
    }
    return observed(query, list(_lines(facts)), {"drained": facts}, (*found.gaps, *gaps))


def _left(cluster: Cluster, pods: Sequence[Left]) -> tuple[list[str], list[Gap]]:
    """Those whose very uid is still there. A list that was cut says nothing about who is gone."""
    there: set[str] = set()
    gaps: list[Gap] = []
    for namespace in sorted({pod.namespace for pod in pods}):
        found = cluster.pods(namespace)
        if found.left_out:
            raise LookFailed(f"not all pods of {namespace} could be read")
        gaps += found.gaps
        there |= {one.metadata.uid for one in found.items}
    return [f"{pod.namespace}/{pod.name}" for pod in pods if pod.uid in there], gaps


def _controllers(cluster: Cluster, pods: Sequence[Left]) -> Iterator[dict[str, Any]]:
    for namespace, kind, name in dict.fromkeys((pod.namespace, pod.controller_kind, pod.controller) for pod in pods):
        wanted, ready = standing(cluster, namespace, kind, name)
        yield {"namespace": namespace, "kind": kind, "name": name, "wanted": wanted, "ready": ready}


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    closed = "closed for new pods" if facts["unschedulable"] else "open for new pods"
    yield f"{facts['name']}: {closed}, {len(facts['left'])} of {facts['asked']} pods still there"
    yield from (f"still there: {name}" for name in facts["left"])
    for one in facts["controllers"]:
        stands = f"{one['ready']} of {one['wanted']} pods ready" if one["wanted"] is not None else "not there any more"
        yield f"{one['kind']} {one['name']} in {one['namespace']}: {stands}"


TOOLS = (
    ReadingTool(
        Spec(
            "read_drained",
            Effect.READ,
            ReadDrained,
            "Read which of a drained node's pods are still there, and how their controllers stand.",
            for_model=False,
        ),
        ClusterSettings,
        read_drained,
    ),
)
