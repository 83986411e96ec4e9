"""The nodes: which are not ready, under pressure or closed for new pods, and how many pods each carries."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot.core.errors import Denied
from bot.core.ledger import stamp
from bot.core.tool import MARK, Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import nothing, observed
from tools.read.shapes.objects import Node
from tools.read.shapes.wording import plural
from tools.read.sources.cluster import Cluster, ClusterSettings, Listed, Only

_MOST_NODES = 200
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


class ListNodes(Arguments):
    pass


class ReadNode(Arguments):
    name: str = Field(min_length=1, max_length=253, description="Name of the node")


def list_nodes(_: ListNodes, settings: ClusterSettings, look: Look) -> Observation:
    """facts: nodes [{name, ready, pressures, unschedulable, pods}] troubled ones first, total; pods is null where
    pods of all namespaces may not be listed."""
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.nodes()
        carried = _carried(cluster)
    return summarise_nodes(found, carried, look)


def read_node(asked: ReadNode, settings: ClusterSettings, look: Look) -> Observation:
    """facts: node {kind, namespace (""), name, uid, ready, unschedulable, execution}, or null where there is none;
    execution is the mark Midwatch left on it."""
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.nodes(Only.named(asked.name))
    query = f"{found.asked} at {stamp(look.now)}"
    if not found.items:
        return nothing(query, f"node {asked.name}", f"There is no node {asked.name}.", {"node": None}, found.gaps)
    node = found.items[0]
    mark = (node.metadata.annotations or {}).get(MARK)
    facts = {"kind": "Node", "namespace": "", "uid": node.metadata.uid, **_facts(node, None), "execution": mark}
    return observed(query, [_line(facts)], {"node": facts}, found.gaps)


def summarise_nodes(found: Listed[Node], carried: Mapping[str, int] | None, look: Look) -> Observation:
    nodes = [_facts(node, carried) for node in found.items]
    nodes.sort(key=lambda one: (one["ready"] and not one["pressures"] and not one["unschedulable"], one["name"]))
    facts = {"nodes": nodes[:_MOST_NODES], "total": len(nodes), "left_out": found.left_out}
    query = f"{found.asked} at {stamp(look.now)}"
    if not nodes:
        return nothing(query, "a node", "The cluster lists no node.", facts, found.gaps)
    troubled = [one for one in nodes if not one["ready"] or one["pressures"]]
    lines = [f"{plural(len(nodes), 'node')}, {len(troubled)} not ready or under pressure"]
    lines += [_line(one) for one in nodes[:_MOST_NODES]]
    # Those in trouble come first, so nothing is wrongly ruled out by the ones that are not kept.
    return observed(query, lines, {**facts, "dropped": max(0, len(nodes) - _MOST_NODES)}, found.gaps)


def _carried(cluster: Cluster) -> Mapping[str, int] | None:
    try:
        found = cluster.all_pods()
    except Denied:
        return None
    if found.left_out:
        return None  # a partial count would look like an uneven cluster
    return Counter(pod.spec.node_name for pod in found.items if pod.status.phase not in ("Succeeded", "Failed"))


def _facts(node: Node, carried: Mapping[str, int] | None) -> dict[str, Any]:
    conditions = {one.type: one.status for one in node.status.conditions or []}
    return {
        "name": node.metadata.name,
        "ready": conditions.get("Ready") == "True",
        "pressures": [name for name in _PRESSURES if conditions.get(name) == "True"],
        "unschedulable": node.spec.unschedulable,
        "pods": carried.get(node.metadata.name, 0) if carried is not None else None,
    }


def _line(one: Mapping[str, Any]) -> str:
    parts = ["ready" if one["ready"] else "NOT ready", *one["pressures"]]
    if one["unschedulable"]:
        parts.append("closed for new pods")
    if one["pods"] is not None:
        parts.append(plural(one["pods"], "pod"))
    return f"{one['name']}: {', '.join(parts)}"


TOOLS = (
    ReadingTool(
        Spec(
            "list_nodes", Effect.READ, ListNodes, "List the nodes: not ready, under pressure, closed, and their pods."
        ),
        ClusterSettings,
        list_nodes,
    ),
    ReadingTool(
        Spec("read_node", Effect.READ, ReadNode, "Read whether one node takes new pods.", for_model=False),
        ClusterSettings,
        read_node,
    ),
)
