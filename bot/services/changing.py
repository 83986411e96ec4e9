"""From arguments to a plan that may be proposed: place, arguments, preparation, policy. Shared by both ends.

`preparation` asks before proposing, `execution` asks again with fresh facts just before starting. The same code at
both ends is what makes "checked again" mean the same check.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.core.catalogue import Catalogue, people
from bot.core.errors import Refused, Unreachable
from bot.core.hands import why_by_hand
from bot.core.objectives import Meter, promises
from bot.core.policy import Allowed, Facts, Forbidden, Policy, Rules, Tier, why_not_here
from bot.core.redact import redact_json
from bot.core.stepping import GoOn
from bot.core.tool import Done, Plan, Preparing
from bot.core.weighing import Circumstances, services_of, taken_from, weighed

LONGEST_TARGET = 200


class Changes(Protocol):
    """The changing tools of the act process."""

    def names(self) -> frozenset[str]:
        """Those that are offered (their settings are there)."""

    def idempotent(self, tool: str) -> bool:
        """Whether a second run of one execution has no second effect."""

    def cluster_wide(self, tool: str) -> bool:
        """Whether what it changes lives in no namespace, by its spec: never by what arguments say or leave out."""

    def why_not_offered(self, tool: str) -> str:
        """What its settings lack, in words; "" for a tool nobody knows."""

    def prepare(self, tool: str, arguments: Mapping[str, Any], context: Preparing) -> Plan:
        """Reads and dry-runs only. Raises `BadInput` (arguments), `Refused`, or `Unreachable`."""

    def execute(self, plan: Plan, execution: str, go_on: GoOn) -> Done:
        """`Refused`: certainly nothing changed; `Stopped`: a part was done, and which is known. Anything else raised
        leaves the outcome open. What takes several steps asks ``go_on`` before each."""

    def carries(self, plan: Plan, execution: str) -> bool:
        """Whether the target carries this execution's mark; only reads."""


@dataclass(frozen=True)
class Judging:
    """What this installation allows: the policy's files, their settings, who owns what, and what measures SLOs."""

    policy: Policy
    rules: Rules = field(default_factory=Rules)
    catalogue: Catalogue = field(default_factory=Catalogue)
    meter: Meter | None = None


@dataclass(frozen=True)
class DrawnUp:
    """A plan the policy allows, as it will be stored, and the facts it was judged by."""

    plan: Plan
    allowed: Allowed
    facts: Facts


def draw_up(
    changes: Changes,
    judging: Judging,
    tool: str,
    arguments: Mapping[str, Any],
    context: Preparing,
    around: Circumstances,
) -> DrawnUp:
    """The plan. Raises `Refused` with the policy's or the tool's reason, `BadInput`, `Unreachable`."""
    if tool not in changes.names():
        lacking = changes.why_not_offered(tool)
        raise Refused(f"there is no tool {tool} here{f': {lacking}' if lacking else ''}", why="unknown_tool")
    wide = changes.cluster_wide(tool)
    if not wide and (elsewhere := why_not_here(_namespace(arguments), judging.rules)) is not None:
        raise _refusal(elsewhere)
    try:
        live = changes.prepare(tool, arguments, context)
        plan = storable(live)
    except Refused as refusal:
        if refusal.why == "busy":
            raise Unreachable(str(refusal)) from refusal
        raise
    if bool(live.target.namespace) is wide:
        raise Refused(f"{tool} is not for {live.target.id}", why="missing_fact")
    for place in sorted({namespace for namespace, _ in taken_from(live)}):
        if (elsewhere := why_not_here(place, judging.rules)) is not None:
            raise _refusal(elsewhere)
    held = tuple(mark for service in services_of(judging.catalogue, live) for mark in service.hands_only)
    if (hands := why_by_hand(live, held)) is not None:
        raise _refusal(hands)
    slos = [one.slo for one in services_of(judging.catalogue, live) if one.slo is not None]
    kept = promises(slos, judging.meter, context.now)
    facts = weighed(live, around, judging.catalogue, idempotent=changes.idempotent(tool), promises=kept)
    if isinstance(facts, Forbidden):
        raise _refusal(facts)
    ruling = judging.policy.decide(facts, judging.rules)
    if isinstance(ruling, Forbidden):
        raise _refusal(ruling)
    return DrawnUp(plan, ruling, facts)


def theirs(judging: Judging, requester: str | None, drawn: DrawnUp) -> bool:
    """Whether whoever asked may approve it themselves: it has a way back, and it is their own service.

    By people's ids alone: this process has no Slack to ask who is in a group.
    """
    owners = [people(service.owners) for service in services_of(judging.catalogue, drawn.plan)]
    return drawn.allowed.tier is Tier.ROUTINE and bool(owners) and all(requester in each for each in owners)


def _refusal(forbidden: Forbidden) -> Refused:
    """With every rule's sentence, the first one first."""
    says = "; ".join(dict.fromkeys(one.says for one in forbidden.because)) or forbidden.says
    return Refused(says, why=forbidden.why)


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


def _namespace(arguments: Mapping[str, Any]) -> str | None:
    namespace = arguments.get("namespace")
    return namespace if isinstance(namespace, str) else None
