"""From arguments to a plan that may be proposed: place, arguments, preparation, policy. Shared by both ends.

`preparation` asks before proposing, `execution` asks again with fresh facts just before starting. The same code at
both ends is what makes "checked again" mean the same check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.canonical import Json
from bot.core.errors import Refused, Unreachable
from bot.core.policy import Allowed, Forbidden, PolicyRequest, Rules, decide, why_not_here
from bot.core.redact import redact_json
from bot.core.tool import Done, Inverse, Plan, Preparing

LONGEST_TARGET = 200


class Changes(Protocol):
    """The changing tools of the act process."""

    def names(self) -> frozenset[str]:
        """Those that are offered (their settings are there)."""

    def prepare(self, tool: str, arguments: Mapping[str, Any], context: Preparing) -> Plan:
        """Reads and dry-runs only. Raises `BadInput` (arguments), `Refused`, or `Unreachable`."""

    def execute(self, plan: Plan, execution: str) -> Done:
        """`Refused`: certainly nothing changed. Anything else raised leaves the outcome open."""

    def carries(self, plan: Plan, execution: str) -> bool:
        """Whether the target carries this execution's mark; only reads."""


@dataclass(frozen=True)
class DrawnUp:
    """A plan the policy allows, as it will be stored."""

    plan: Plan
    allowed: Allowed


def draw_up(changes: Changes, rules: Rules, tool: str, arguments: Mapping[str, Any], context: Preparing) -> DrawnUp:
    """The plan. Raises `Refused` with the policy's or the tool's reason, `BadInput`, `Unreachable`."""
    if tool not in changes.names():
        raise Refused(f"there is no tool {tool} here", why="unknown_tool")
    if (elsewhere := why_not_here(_namespace(arguments), rules)) is not None:
        raise Refused(elsewhere.says, why=elsewhere.why)
    try:
        plan = storable(changes.prepare(tool, arguments, context))
    except Refused as refusal:
        if refusal.why == "busy":
            raise Unreachable(str(refusal)) from refusal
        raise
    ruling = decide(_request(changes, rules, plan))
    if isinstance(ruling, Forbidden):
        raise Refused(ruling.says, why=ruling.why)
    return DrawnUp(plan, ruling)


def storable(plan: Plan) -> Plan:
    """The plan as the payload store will give it back, secrets taken out of its texts beforehand.

    Where hiding would alter what is done or checked, there is no plan: its digest would not be of what is shown.
    """
    shown = Plan.model_validate(redact_json(plan.model_dump(mode="json")))
    if _binding(shown) != _binding(plan):
        raise Refused("a name in this change looks like a secret, so it cannot be put on record", why="unstorable")
    if len(shown.target.id) > LONGEST_TARGET:
        raise Refused("the name of its target is too long to be put on record", why="unstorable")
    return shown


def why_another(approved: Plan, fresh: Plan) -> str | None:
    """How what would be done now differs from what was approved, in words, or None.

    Measured values (ready pods, the diff's context) may move while people decide; policy judges the fresh ones.
    """
    for words, one, other in (
        ("it is another object now", approved.target.uid, fresh.target.uid),
        ("the call that would be made is another", approved.request, fresh.request),
        ("the fields that would change are others", approved.changes, fresh.changes),
        ("what the card said is not what would be done", _told(approved), _told(fresh)),
        ("the way back is another", approved.inverse, fresh.inverse),
        ("other preconditions apply", _names(approved), _names(fresh)),
    ):
        if one != other:
            return words
    return None


def _binding(plan: Plan) -> tuple[Any, ...]:
    return (plan.tool, plan.arguments, plan.target, plan.request, plan.preconditions, plan.inverse, plan.prepared_at)


def _told(plan: Plan) -> tuple[Any, ...]:
    return (plan.tool, plan.arguments, plan.title, plan.command, plan.target.id, plan.dry_run, plan.runs_as)


def _names(plan: Plan) -> frozenset[str]:
    return frozenset(condition.what for condition in plan.preconditions)


def _request(changes: Changes, rules: Rules, plan: Plan) -> PolicyRequest:
    return PolicyRequest(
        tool=plan.tool,
        known_tools=changes.names(),
        namespace=plan.target.namespace,
        replicas=_replicas(plan.expects),
        blast=plan.blast,
        reversible=isinstance(plan.inverse, Inverse),
        rules=rules,
    )


def _replicas(expects: Json) -> int | None:
    """What the object that pods are taken from asks for: a workload says it, or the autoscaler of one."""
    workload, autoscaler = expects.get("workload"), expects.get("autoscaler")
    replicas = workload.get("ready_replicas") if isinstance(workload, dict) else None
    if isinstance(autoscaler, dict):
        replicas = autoscaler.get("replicas")
    return replicas if isinstance(replicas, int) else None


def _namespace(arguments: Mapping[str, Any]) -> str | None:
    namespace = arguments.get("namespace")
    return namespace if isinstance(namespace, str) else None
