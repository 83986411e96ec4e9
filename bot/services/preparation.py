"""The act process's first half: an intent becomes a plan people can decide, or a refusal they are told.

It changes nothing, and may be killed anywhere and run again: what counts is one append (`ActionPrepared` and
`ActionProposed` together, or `ActionRefused`), made only while the intent is still open. A plan stored, or an id
indexed, by a run that died is left behind and never referred to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.approval import Approval
from bot.core.chain import Turn, goes_on, turn
from bot.core.errors import BadInput, NotFound, Refused, Unreachable
from bot.core.events import ActionPrepared, ActionProposed, ActionRefused, AlsoAsked, Fact, Ref, WayBack
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident, Intent
from bot.core.joined import may_be_joined
from bot.core.ledger import WORKSPACE, stamp
from bot.core.outcomes import Reason, Spoke, Weighed
from bot.core.ports import ApprovalIndex, Doorbell, Ledgers, Payloads
from bot.core.tool import NotReversible, Plan, Preparing
from bot.core.weighing import circumstances
from bot.core.workspace import fold_workspace
from bot.services.alert_content import expression_of, types_of
from bot.services.changing import Changes, DrawnUp, Judging, draw_up, theirs, why_another
from bot.services.deciding import decide
from bot.services.left_before import REVISION, beware
from bot.services.plans import read_plan

BY = "process:act"
GIVE_UP = timedelta(minutes=2)


@dataclass(frozen=True)
class Proposing:
    """How this installation proposes. ``new_id`` gives 128 random bits as 32 hex digits."""

    new_id: Callable[[], str]
    approval_for: timedelta = timedelta(minutes=15)
    runs_as: str = ""
    cluster: str = ""


class Joined(Exception):
    """The very same change waits for a decision already; ``intent`` is that one's."""

    def __init__(self, intent: str) -> None:
        super().__init__("the same change waits for a decision here already: one card stands for both")
        self.intent = intent


class Preparation:
    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        index: ApprovalIndex,
        bell: Doorbell,
        changes: Changes,
        judging: Judging,
        proposing: Proposing,
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._index = index
        self._bell = bell
        self._changes = changes
        self._judging = judging
        self._proposing = proposing

    def run(self, incident_id: str, intent_id: str) -> None:
        """Bring one open intent to a proposal or a refusal. Raises `Unreachable` to be tried again a little later."""
        incident = fold(incident_id, self._ledgers.read(incident_id))
        intent = incident.intents.get(intent_id)
        if intent is None:
            raise NotFound(f"{incident_id} has no intent {intent_id}")
        if intent.state != "open" or incident.resolved_at is not None:
            return
        if turn(incident, intent) is Turn.LATER:
            return
        try:
            _why_out_of_turn(incident, intent)
            drawn = self._draw_up(incident, intent)
            self._why_not_beside(incident_id, drawn.plan)
            named = REVISION in self._arguments(incident_id, intent)
            plan = beware(self._ledgers, self._payloads, intent, named, drawn.plan)
            if goes_on(incident, intent):  # the alert is the last step's: this one is judged by what it changes
                plan = plan.model_copy(update={"expects": {**plan.expects, "mends_alert": False}})
            drawn = replace(drawn, plan=plan)
            self._propose(incident_id, intent, drawn)
        except Joined as same:
            self._refuse(incident_id, intent_id, Reason(why="joined", says=str(same)), same.intent)
        except Refused as refusal:
            self._refuse(incident_id, intent_id, Reason(why=refusal.why, says=str(refusal)))
        except BadInput as error:
            self._refuse(incident_id, intent_id, Reason(why="bad_arguments", says=str(error)))
        except Unreachable as error:
            if not self._too_late(intent):
                raise
            self._refuse(incident_id, intent_id, Reason(why="unreachable", says=str(error)))
        self._bell.ring(incident_id)

    def _why_not_beside(self, incident_id: str, plan: Plan) -> None:
        """Raise `Refused` while a request for the same target is open, in whichever incident; `Joined` where it is the
        very same change in this one.
        """
        target = plan.target.id
        names = [name for name in self._ledgers.open_ledgers() if name.startswith("inc-")]
        for name in dict.fromkeys((incident_id, *names)):
            other = fold(name, self._ledgers.read(name))
            taken = next((a for a in other.open_approvals if a.target == target), None)
            if taken is not None and other.resolved_at is None:
                if name == incident_id and self._same(other, taken, plan):
                    raise Joined(taken.intent)
                where = "here" if name == incident_id else f"in {name}"
                says = f"a request for the same target is open {where} already ({taken.tool.replace('_', ' ')})"
                raise Refused(f"{says}; two plans for one target would contradict each other", why="target_asked")

    def _same(self, incident: Incident, approval: Approval, plan: Plan) -> bool:
        """Whether what waits for a decision there would do exactly what this would."""
        if not may_be_joined(incident, incident.intents[approval.intent]):
            return False
        try:
            return why_another(read_plan(self._payloads, incident.id, approval.plan), plan) is None
        except Refused:
            return False

    def _draw_up(self, incident: Incident, intent: Intent) -> DrawnUp:
        if incident.unknown:
            raise Refused("this incident's record holds something this version cannot read", why="unknown_kind")
        context = Preparing(
            now=self._ledgers.now(),
            runs_as=self._proposing.runs_as,
            expression=expression_of(incident, self._payloads),
            context={"cluster": self._proposing.cluster},
        )
        workspace, types = fold_workspace(self._ledgers.read(WORKSPACE)), types_of(incident, self._payloads)
        around = circumstances(incident, workspace, intent, context.now, types)
        arguments = self._arguments(incident.id, intent)
        return draw_up(self._changes, self._judging, intent.tool, arguments, context, around)

    def _arguments(self, ledger: str, intent: Intent) -> Mapping[str, Any]:
        try:
            arguments = self._payloads.get(ledger, intent.arguments)
        except NotFound as error:
            raise Refused("what was to be done is not on record any more", why="arguments_missing") from error
        if not isinstance(arguments, dict):
            raise BadInput("the arguments are no object")
        return arguments

    def _propose(self, ledger: str, intent: Intent, drawn: DrawnUp) -> None:
        plan, digest = drawn.plan, drawn.plan.digest()
        ref, way_back = self._stored(ledger, plan, digest), self._way_back(ledger, plan)
        snapshot = self._judging.policy.snapshot()
        weighed = self._payloads.put(ledger, told(drawn).model_dump(mode="json"))
        reach(Point.PREPARATION_STORED)
        approval = f"a-{self._proposing.new_id()}"
        self._index.put(approval, ledger)
        reach(Point.PREPARATION_INDEXED)

        def guard(incident: Incident, now: datetime) -> Sequence[Fact]:
            asked = incident.intents[intent.id]
            if asked.state != "open" or incident.resolved_at is not None or turn(incident, asked) is not Turn.NOW:
                return ()
            prepared = ActionPrepared(intent=intent.id, plan=ref, digest=digest, target=plan.target.id)
            proposed = ActionProposed(
                approval=approval,
                intent=intent.id,
                tool=plan.tool,
                target=plan.target.id,
                plan=ref,
                digest=digest,
                needed=drawn.allowed.needed,
                expires_at=stamp(now + self._proposing.approval_for),
                undoes=intent.undoes,
                tier=drawn.allowed.tier,
                own="yes" if theirs(self._judging, intent.requester, drawn) else None,
                policy=snapshot or None,
                weighed=weighed,
                way_back=way_back,
            )
            return (prepared, proposed)

        decide(self._ledgers, ledger, guard, BY)
        reach(Point.PREPARATION_PROPOSED)

    def _stored(self, ledger: str, plan: Plan, digest: str) -> Ref:
        """Where the plan is; what comes back must be what was put, or nobody could ever approve it."""
        ref = self._payloads.put(ledger, plan.model_dump(mode="json"))
        if read_plan(self._payloads, ledger, ref).digest() != digest:
            raise Refused("the plan could not be kept as it is (too large, or altered)", why="unstorable")
        return ref

    def _way_back(self, ledger: str, plan: Plan) -> WayBack | None:
        """The captured inverse, where one call can take the change back."""
        inverse = plan.inverse
        if isinstance(inverse, NotReversible):
            return None
        return WayBack(tool=inverse.tool, arguments=self._payloads.put(ledger, inverse.arguments))

    def _refuse(self, ledger: str, intent_id: str, reason: Reason, beside: str | None = None) -> None:
        """``beside`` is the intent it was joined to."""
        detail = self._payloads.put(ledger, reason.model_dump(mode="json"))

        def guard(incident: Incident, _: datetime) -> Sequence[Fact]:
            if incident.intents[intent_id].state != "open":
                return ()
            refused = ActionRefused(intent=intent_id, why=reason.why, detail=detail)
            if beside is None or not may_be_joined(incident, incident.intents[beside]):
                return (refused,)
            asked = AlsoAsked(intent=beside, user=incident.intents[intent_id].requester, twin=intent_id)
            return (refused, asked)

        decide(self._ledgers, ledger, guard, BY)
        reach(Point.PREPARATION_PROPOSED)

    def _too_late(self, intent: Intent) -> bool:
        """A proposal nobody can prepare must not stay silent for ever."""
        return self._ledgers.now() - intent.made_at > GIVE_UP


def _why_out_of_turn(incident: Incident, intent: Intent) -> None:
    """Raise `Refused` where the step before came to nothing: what was meant to follow it does not."""
    if turn(incident, intent) is not Turn.NOW:
        raise Refused("the step before it was not made, did not help or was taken back", why="step_before")


def told(drawn: DrawnUp) -> Weighed:
    """The facts and the rules that spoke, as they are kept beside the plan."""
    spoke = tuple(Spoke(id=one.id, says=one.says, setting=one.setting) for one in drawn.allowed.because)
    return Weighed(facts=drawn.facts.model_dump(mode="json", exclude_none=True), because=spoke)
