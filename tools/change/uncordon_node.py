"""Uncordons a node: new pods may be placed on it again. Cordoning is the way back."""

from bot.core.tool import ChangingTool, Done, Plan, Preparing
from tools.change.kube.carrying_out import carries
from tools.change.node.closing import Closing, close, closed
from tools.change.node.settings import NodeSettings
from tools.specs.uncordon_node import SPEC, UncordonNode, by_hand


def prepare(arguments: UncordonNode, settings: NodeSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, nothing_to_do, changing_now, not_permitted, dry_run_differs …"""
    wanted = Closing(tool=SPEC.name, undo="cordon_node", close=False, command=by_hand(arguments))
    return closed(arguments.name, wanted, settings, context)


def execute(plan: Plan, execution: str, settings: NodeSettings) -> Done:
    return close(plan, execution, settings, closes=False)


TOOL = ChangingTool(
    spec=SPEC, settings=NodeSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
