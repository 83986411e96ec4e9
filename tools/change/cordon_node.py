"""Cordons a node: no new pod is placed on it, and what runs there goes on. Uncordoning is the way back."""

from bot.core.tool import ChangingTool, Done, Plan, Preparing
from tools.change.kube.carrying_out import carries
from tools.change.node.closing import Closing, close, closed
from tools.change.node.settings import NodeSettings
from tools.specs.cordon_node import SPEC, CordonNode, by_hand


def prepare(arguments: CordonNode, settings: NodeSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, nothing_to_do, changing_now, not_permitted, dry_run_differs …"""
    wanted = Closing(tool=SPEC.name, undo="uncordon_node", close=True, command=by_hand(arguments))
    return closed(arguments.name, wanted, settings, context)


def execute(plan: Plan, execution: str, settings: NodeSettings) -> Done:
    return close(plan, execution, settings, closes=True)


TOOL = ChangingTool(
    spec=SPEC, settings=NodeSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
