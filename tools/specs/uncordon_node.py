"""Uncordon a node: what may be asked for. How it is done is `tools/change/uncordon_node.py`."""

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.nodes import OfNode


class UncordonNode(OfNode):
    pass


def by_hand(asked: UncordonNode) -> str:
    return f"kubectl uncordon {asked.name}"


SPEC = Spec(
    name="uncordon_node",
    effect=Effect.CHANGE,
    arguments=UncordonNode,
    says="Let a node take new pods again.",
    button="Uncordon",
    by_hand=by_hand,
    asked=Asked(verbs=("uncordon", "uncordon node"), kind="Node", look=""),
    scope="cluster",
    for_model=False,
)
