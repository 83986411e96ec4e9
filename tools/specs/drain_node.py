"""Drain a node: what may be asked for. How it is done is `tools/change/drain_node.py`."""

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.nodes import OfNode


class DrainNode(OfNode):
    pass


def by_hand(asked: DrainNode) -> str:
    """Without --force and --delete-emptydir-data, kubectl refuses what these would lose; a person adds them."""
    return f"kubectl drain {asked.name} --ignore-daemonsets"


SPEC = Spec(
    name="drain_node",
    effect=Effect.CHANGE,
    arguments=DrainNode,
    says="Close a node for new pods and evict its pods one by one, as their disruption budgets let them go.",
    button="Drain",
    by_hand=by_hand,
    asked=Asked(verbs=("drain", "drain node"), kind="Node", look=""),
    scope="cluster",
    for_model=False,
)
