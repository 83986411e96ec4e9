"""The act process's second half: carries out what was approved, once. It believes the signature and nothing else.

Order: check the record and the signature; draw the plan up again and compare it with the approved one; start, in one
append over both ledgers (not frozen, target free, within limits); only then act; record. A run that finds the
execution already started never acts: the reconciler decides what became of it. An outcome nobody knows is written as
`ExecutionUnknown`, and the target stays locked until a person has established it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.core.approval import Approval, State, advance
from bot.core.errors import Contended, LedgerBroken, MidwatchError, NotFound, Refused, Stopped, Unreachable
from bot.core.events import (
    ActionWentStale,
    ExecutionFailed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionUnknown,
    Fact,
    TargetLocked,
    TargetReleased,
)
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.leasing import why_lease_ended
from bot.core.ledger import WORKSPACE, parse_stamp
from bot.core.outcomes import Carried, Reason
from bot.core.policy import Allowed, Tier
from bot.core.ports import Doorbell, Entry, Ledgers, Payloads
from bot.core.signing import Verifier
from bot.core.starting import Limits, ended, why_not_start
from bot.core.stepping import why_not_go_on
from bot.core.tool import Plan, Preparing
from bot.core.trusting import approved_by, why_not_trusted, why_not_whole
from bot.core.weighing import circumstances
from bot.core.workspace import Workspace, fold_workspace
from bot.services.alert_content import types_of
from bot.services.changing import Changes, Judging, draw_up, theirs, why_another
from bot.services.deciding import decide
from bot.services.plans import read_plan

log = logging.getLogger("midwatch.execution")
BY = "process:act"
TRIES = 12
RECORD_TRIES = 60
LONGEST_PAUSE = 2.0
ORDER: Mapping[str, int] = {tier: place for place, tier in enumerate(Tier)}


@dataclass(frozen=True)
class Executing:
    """How this installation carries out. ``pause`` sleeps; ``acting`` is whether MIDWATCH_MODE lets it."""

    pause: Callable[[float], None]
    limits: Limits = field(default_factory=Limits)
    cluster: str = ""
    runs_as: str = ""
    acting: bool = True


class Execution:
    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        bell: Doorbell,
        verifier: Verifier,
        changes: Changes,
        judging: Judging,
        executing: Executing,
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._verifier = verifier
        self._changes = changes
        self._judging = judging
        self._executing = executing

    def run(self, incident_id: str, approval_id: str) -> None:
        """Carry out one approval, or write down why not. Raises `Unreachable` or `Contended` to be tried again."""
        events = self._ledgers.read(incident_id)
        incident = fold(incident_id, events)
        approval = incident.approvals.get(approval_id)
        if approval is None:
            raise NotFound(f"{incident_id} has no approval {approval_id}")
        if approval.state is not State.APPROVED or self._ledgers.now() > approval.expires_at:
            return  # somebody else has it, it is over, or `serve` is about to write that it expired
        try:
            why_not_trusted(incident, approval, events, self._verifier)
            if approval.lease is not None:
                why_not_whole(WORKSPACE, self._ledgers.read(WORKSPACE))
            plan = self._plan(incident, approval)
            self._check_again(incident, approval, plan)
            started = self._start(incident_id, approval, plan)
        except Refused as refusal:
            self._went_stale(incident_id, approval_id, Reason(why=refusal.why, says=str(refusal)))
            return
        if started:
            reach(Point.EXECUTION_STARTED)
            self._carry_out(incident_id, approval, plan)

    # --- before

    def _plan(self, incident: Incident, approval: Approval) -> Plan:
        """The plan that was approved, and no other."""
        plan = read_plan(self._payloads, incident.id, approval.plan)
        if plan.digest() != approval.digest:
            raise Refused("the plan on record is not the one that was approved", why="plan_changed")
        if (plan.tool, plan.target.id) != (approval.tool, approval.target):
            raise Refused("the plan on record is about something else", why="plan_changed")
        return plan

    def _check_again(self, incident: Incident, approval: Approval, plan: Plan) -> None:
        """Draw the plan up afresh: what would be done now must be what was approved, and still be allowed."""
        if not self._executing.acting:
            raise Refused("MIDWATCH_MODE is not `act`: nothing is carried out here", why="mode")
        context = Preparing(
            now=parse_stamp(plan.prepared_at),
            runs_as=self._executing.runs_as,
            expression=str(plan.expects.get("expression", "")),
            context={"cluster": self._executing.cluster},
        )
        try:
            workspace = fold_workspace(self._ledgers.read(WORKSPACE))
            intent, types = incident.intents[approval.intent], types_of(incident, self._payloads)
            around = circumstances(incident, workspace, intent, self._ledgers.now(), types)
            drawn = draw_up(self._changes, self._judging, plan.tool, plan.arguments, context, around)
            if another := why_another(plan, drawn.plan):
                raise Refused(f"{plan.target.name} is not as it was when this was proposed: {another}", why="changed")
            why_too_few(approval, drawn.allowed)
            if (
                approval.broken_by is None
                and approval.requester in approval.voters
                and not theirs(self._judging, approval.requester, drawn)
            ):
                raise Refused("whoever asked for it does not approve it: it is not their service", why="requester")
        except Refused:
            if not self._done_before(plan, approval):
                raise

    def _done_before(self, plan: Plan, approval: Approval) -> bool:
        """Whether this very execution happened and only its record was lost (a failover): the object's mark tells."""
        try:
            return self._changes.carries(plan, approval.execution)
        except Refused:
            return False

    # --- the start

    def _start(self, incident_id: str, approval: Approval, plan: Plan) -> bool:
        """The write-ahead, in both ledgers or in none. False: another run was faster. Raises `Refused`."""
        for attempt in range(TRIES):
            incident = fold(incident_id, self._ledgers.read(incident_id))
            workspace = fold_workspace(self._ledgers.read(WORKSPACE))
            now = self._ledgers.now()
            held = incident.approvals[approval.id]
            if held.state is not State.APPROVED or now > held.expires_at:
                return False
            started = ExecutionStarted(approval=held.id, execution=held.execution, target=held.target)
            advance(held, started, now)
            freed = self._freed(workspace, held)
            why_not_start(incident, workspace, held, now, self._executing.limits, lock_over=bool(freed))
            why_lease_ended(workspace, approval, plan, now, self._verifier)
            locked = TargetLocked(target=held.target, incident=incident_id, execution=held.execution)
            entries = [
                Entry(incident_id, incident.length, (started,)),
                Entry(WORKSPACE, workspace.length, (*freed, locked)),
            ]
            if self._ledgers.append(entries, BY):
                return self._runs(incident_id, held)
            self._executing.pause(min(0.002 * 2**attempt, 0.2))
        raise Contended("the ledgers moved at every try; nothing was started, try again")

    def _runs(self, incident_id: str, approval: Approval) -> bool:
        """Whether the write-ahead counts: written after the expiry (this process stood still), the fold ignores it."""
        state = fold(incident_id, self._ledgers.read(incident_id)).approvals[approval.id].state
        if state is not State.RUNNING:
            self._release(approval)
        return state is State.RUNNING

    def _release(self, approval: Approval) -> None:
        workspace = fold_workspace(self._ledgers.read(WORKSPACE))
        if workspace.locks.get(approval.target) == approval.execution:
            freed = TargetReleased(target=approval.target, execution=approval.execution)
            self._ledgers.append([Entry(WORKSPACE, workspace.length, (freed,))], BY)  # else the next start frees it

    def _freed(self, workspace: Workspace, approval: Approval) -> tuple[Fact, ...]:
        """The release of a lock whose execution is over but whose own release was lost, or nothing."""
        lock = workspace.held.get(approval.target)
        if lock is None or not ended(fold(lock.incident, self._ledgers.read(lock.incident)), lock.execution):
            return ()
        return (TargetReleased(target=approval.target, execution=lock.execution),)

    def _went_stale(self, incident_id: str, approval_id: str, reason: Reason) -> None:
        detail = self._payloads.put(incident_id, reason.model_dump(mode="json"))

        def guard(incident: Incident, _: object) -> Sequence[Fact]:
            if incident.approvals[approval_id].state is not State.APPROVED:
                return ()
            return (ActionWentStale(approval=approval_id, why=reason.why, detail=detail),)

        decide(self._ledgers, incident_id, guard, BY)
        self._bell.ring(incident_id)

    # --- the act

    def _carry_out(self, incident_id: str, approval: Approval, plan: Plan) -> None:
        try:
            done = self._changes.execute(plan, approval.execution, partial(self._go_on, incident_id, approval))
        except (Refused, Stopped) as end:
            reason = Reason(why=end.why, says=str(end))
            self._record(incident_id, approval, lambda: self._failed(incident_id, approval, reason), release=True)
        except MidwatchError as error:
            log.warning("%s: the outcome is open: %s", approval.execution, error)
            self._record(incident_id, approval, lambda: _unknown(approval), release=False)
        else:
            reach(Point.EXECUTION_EFFECT_DONE)
            carried = Carried(says=done.says, facts=done.facts, already=done.already)
            self._record(incident_id, approval, lambda: self._succeeded(incident_id, approval, carried), release=True)
        reach(Point.EXECUTION_RECORDED)
        self._bell.ring(incident_id)

    def _succeeded(self, incident_id: str, approval: Approval, carried: Carried) -> Fact:
        result = self._payloads.put(incident_id, carried.model_dump(mode="json"))
        return ExecutionSucceeded(approval=approval.id, execution=approval.execution, result=result)

    def _failed(self, incident_id: str, approval: Approval, reason: Reason) -> Fact:
        detail = self._payloads.put(incident_id, reason.model_dump(mode="json"))
        return ExecutionFailed(approval=approval.id, execution=approval.execution, why=reason.why, detail=detail)

    def _go_on(self, incident_id: str, approval: Approval) -> None:
        """Asked before each further step, of the record as it is now. What cannot be read is a no. Raises `Refused`."""
        try:
            incident = fold(incident_id, self._ledgers.read(incident_id))
            workspace, now = fold_workspace(self._ledgers.read(WORKSPACE)), self._ledgers.now()
        except (Unreachable, Contended, LedgerBroken) as error:
            raise Refused(f"whether it may go on could not be read: {error}", why="no_record") from error
        why_not_go_on(incident, workspace, approval, now)

    # --- after

    def _record(self, incident_id: str, approval: Approval, fact: Callable[[], Fact], release: bool) -> None:
        """Write the outcome, holding on through an outage of the store: it is known now and nowhere else."""
        for attempt in range(RECORD_TRIES):
            try:
                if self._recorded(incident_id, approval, fact, release):
                    return
            except Unreachable as error:
                log.warning("%s: its outcome cannot be written yet: %s", approval.execution, error)
            self._executing.pause(min(0.01 * 2**attempt, LONGEST_PAUSE))
        raise Contended(f"the outcome of {approval.execution} could not be written")

    def _recorded(self, incident_id: str, approval: Approval, fact: Callable[[], Fact], release: bool) -> bool:
        incident = fold(incident_id, self._ledgers.read(incident_id))
        if incident.approvals[approval.id].state is not State.RUNNING:
            return True  # the reconciler gave this run up and asked a person: it is not ours any more
        entries = [Entry(incident_id, incident.length, (fact(),))]
        if release:
            workspace = fold_workspace(self._ledgers.read(WORKSPACE))
            if workspace.locks.get(approval.target) == approval.execution:
                freed = TargetReleased(target=approval.target, execution=approval.execution)
                entries.append(Entry(WORKSPACE, workspace.length, (freed,)))
        return self._ledgers.append(entries, BY)


def why_too_few(approval: Approval, allowed: Allowed) -> None:
    """Raise `Refused` where the policy of now asks for more than was given: more people, or a higher tier."""
    if approval.broken_by is not None:
        return  # signed as such: one person answers for it
    because = "; ".join(one.says for one in allowed.because)
    if len(approved_by(approval)) < allowed.needed:
        raise Refused(f"it takes {allowed.needed} people now: {because}", why="quorum")
    if approval.lease is not None and allowed.tier != Tier.ROUTINE:
        raise Refused(f"it is {allowed.tier} now: somebody has to press for it", why="tier")
    if approval.tier is not None and ORDER[allowed.tier] > ORDER.get(approval.tier, -1):
        raise Refused(f"it is {allowed.tier} now, and was approved as {approval.tier}", why="tier")


def _unknown(approval: Approval) -> Fact:
    return ExecutionUnknown(approval=approval.id, execution=approval.execution, why="no_answer")
