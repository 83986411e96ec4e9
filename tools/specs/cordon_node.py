"""Cordon a node: what may be asked for. How it is done is `tools/change/cordon_node.py`."""

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.nodes import OfNode


class CordonNode(OfNode):
    pass


def by_hand(asked: CordonNode) -> str:
    return f"kubectl cordon {asked.name}"


SPEC = Spec(
    name="cordon_node",
    effect=Effect.CHANGE,
    arguments=CordonNode,
    says="Close a node for new pods; what runs on it goes on.",
    button="Cordon",
    by_hand=by_hand,
    asked=Asked(verbs=("cordon", "cordon node"), kind="Node", look=""),
    scope="cluster",
    for_model=False,
)
