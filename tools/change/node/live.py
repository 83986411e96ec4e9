"""A node as it is now, with what runs on it. Pure but for reading."""

from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.tool import Plan, Precondition
from tools.change.kube.cluster import Cluster
from tools.change.kube.pods import is_going, is_over

WORDS = {
    "uid": "it was deleted and made again",
    "unschedulable": "somebody closed it for new pods or opened it again",
}


@dataclass(frozen=True)
class LiveNode:
    """``pods`` are those on it that run; ``others`` how many other nodes take new pods."""

    node: Json
    pods: tuple[Json, ...]
    others: int

    @property
    def uid(self) -> str:
        return str(self.node["metadata"]["uid"])

    @property
    def closed(self) -> bool:
        return is_closed(self.node)


def node_path(name: str) -> str:
    return f"/api/v1/nodes/{name}"


def read_object(cluster: Cluster, _: str, name: str) -> Json:
    """The node alone: what the preconditions and the write itself need. It lives in no namespace."""
    return cluster.get(node_path(name))


def read_node(cluster: Cluster, name: str) -> LiveNode:
    """Raises `Refused` (not_found, not_permitted) or `Unreachable`."""
    node = read_object(cluster, "", name)
    pods = cluster.items("/api/v1/pods", fields=f"spec.nodeName={name}")
    others = [one for one in cluster.items("/api/v1/nodes") if one["metadata"]["name"] != name and not is_closed(one)]
    return LiveNode(node, tuple(pod for pod in pods if not is_over(pod) and not is_going(pod)), len(others))


def is_closed(node: Json) -> bool:
    return bool((node.get("spec") or {}).get("unschedulable"))


def captured(node: Json) -> tuple[Precondition, ...]:
    return tuple(Precondition(what=what, expected=seen) for what, seen in _facts(node).items())


def why_changed(plan: Plan, node: Json) -> str | None:
    """The first precondition that no longer holds, in words, or None; a name nobody knows never holds."""
    seen = _facts(node)
    for condition in plan.preconditions:
        if seen.get(condition.what) != condition.expected:
            return WORDS.get(condition.what, "it changed")
    return None


def _facts(node: Json) -> dict[str, str]:
    return {"uid": str(node["metadata"]["uid"]), "unschedulable": "yes" if is_closed(node) else "no"}
