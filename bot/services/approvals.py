"""What a click comes to: who may, is it still possible, and on quorum the signature. Runs in `serve` alone.

A click was already written down (`ClickReceived`) when this runs; `judge` either counts it (`VoteCast`, `ActionDenied`,
`OutcomeEstablished`; on quorum `ActionApproved`, signed) or refuses it (`ClickRefused`, with a named reason the
person is told). It is a `decide`: run twice, or by two processes at once, a click counts once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.approval import Approval, State, advance, why_not_explained
from bot.core.approvers import Approvers
from bot.core.by_others import why_closed
from bot.core.chain import lost_its_ground
from bot.core.errors import Busy, Contended, Refused, Unreachable
from bot.core.events import (
    ActionChangesRequested,
    ActionDenied,
    ActionExpired,
    ActionSuperseded,
    ClickRefused,
    Fact,
    IncidentClosed,
    IncidentResolved,
    OutcomeEstablished,
    PersonSaid,
    TargetReleased,
)
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.freezing import note_due
from bot.core.incident import Click, Incident
from bot.core.leasing import LEASE
from bot.core.ledger import WORKSPACE
from bot.core.ports import Entry, Ledgers
from bot.core.undoing import offers_itself, undo
from bot.services.deciding import decide
from bot.services.doors import BREAK_GLASS, Barred, Heard, People, why_barred, why_may_not
from bot.services.folds import Folds
from bot.services.leasing import Leasing
from bot.services.voting import Signer, alone, vote

BY = "process:serve"
TRIES = 8
APPROVING = frozenset({"approve", BREAK_GLASS})
WARY = 4  # refused more often than that: read the workspace from its beginning


class Approvals:
    def __init__(
        self,
        ledgers: Ledgers,
        signer: Signer,
        people: People,
        heard: Heard,
        barred: Barred,
        folds: Folds | None = None,
        leasing: Leasing | None = None,
    ) -> None:
        self._leasing = leasing
        self._folds = folds or Folds(ledgers)
        self._ledgers = ledgers
        self._heard = heard
        self._barred = barred
        self._signer = signer
        self._people = people

    def judge(self, ledger: str, click_id: str, known: Incident | None = None) -> Incident:
        """Count or refuse one click; ``known`` as in `decide`."""
        asked = known.clicks.get(click_id) if known is not None else None
        if self._leasing is not None and asked is not None and asked.action == LEASE:
            return self._leasing.grant(ledger, click_id)
        approvers = self._people.approvers()
        team = self._people.team()

        def guard(incident: Incident, now: datetime) -> Sequence[Fact]:
            click = incident.clicks.get(click_id)
            if click is None or click.state != "received":
                return ()
            approval = incident.approvals.get(click.approval)
            try:
                if approval is None:
                    raise Refused("this request is not known", why="not_known")
                if not self._heard(click):
                    raise Refused("serve did not receive this click", why="not_heard")
                if click.action == "deny" and click.words and why_not_explained(approval, click.user) is None:
                    return (_explained(click),)
                why_may_not(incident, click, team, approvers)
                why_barred(click, self._barred)
                if click.action in APPROVING:
                    if noted := self._frozen(incident, click, now):
                        return noted
                    self._why_not_cast(incident, approval, team, approvers)
                return self._count(incident, approval, click, now)
            except Refused as refusal:
                return (ClickRefused(click=click.id, approval=click.approval, user=click.user, why=refusal.why),)

        incident = decide(self._ledgers, ledger, guard, BY, known)
        reach(Point.VOTE_CAST)
        self._release(incident, click_id)
        return incident

    def under_lease(self, incident: Incident) -> Incident:
        """The incident, with what a lease covers approved under it."""
        return self._leasing.under_lease(incident) if self._leasing is not None else incident

    def _frozen(self, incident: Incident, click: Click, now: datetime) -> Sequence[Fact]:
        """The refusal of an approval while everything is frozen, with what the person is told of it; else nothing.

        A vote that counted now would run the moment the freeze is lifted, without anybody looking again. One that
        slips through between this look and the append ends at the start of the execution, which looks once more.
        """
        freeze = self._folds.workspace().frozen(now)
        if freeze is None or incident.approvals[click.approval].state is not State.PROPOSED:
            return ()
        refused = ClickRefused(click=click.id, approval=click.approval, user=click.user, why="frozen")
        note = note_due(incident, freeze)
        return (note, refused) if note is not None else (refused,)

    def _count(self, incident: Incident, approval: Approval, click: Click, now: datetime) -> Sequence[Fact]:
        match click.action:
            case "approve":
                return vote(self._signer, incident.id, approval, click, now)
            case "break_glass":
                return alone(self._signer, incident.id, approval, click, now)
            case "deny":
                denied = ActionDenied(approval=approval.id, click=click.id, user=click.user, reason=click.words)
                advance(approval, denied, now)
                return (denied,)
            case "request_changes":
                asked = ActionChangesRequested(
                    approval=approval.id, click=click.id, user=click.user, reason=click.words
                )
                advance(approval, asked, now)
                return (asked,)
            case "establish_done" | "establish_not_done":
                established = OutcomeEstablished(
                    approval=approval.id,
                    execution=approval.execution,
                    outcome="done" if click.action == "establish_done" else "not_done",
                    click=click.id,
                    user=click.user,
                )
                advance(approval, established, now)
                return (established,)
        raise Refused("this button does nothing here", why="unknown_action")

    def _why_not_cast(self, incident: Incident, approval: Approval, team: str | None, approvers: Approvers) -> None:
        """Raise `Refused` where the record holds a vote that no approver cast at serve's own door."""
        if approval.state is not State.PROPOSED:
            return
        cast = {
            click.user
            for click in incident.clicks.values()
            if (click.approval, click.action, click.team) == (approval.id, "approve", team)
            and click.user in approval.voters
            and self._heard(click)
        }
        if cast != set(approval.voters):
            raise Refused("the record holds a vote that nobody cast", why="forged_vote")
        # what is not known is no, as what is not so
        if any(not approvers.may(user, approval) or self._left(user, approval, incident) for user in cast):
            raise Refused("somebody who approved this may not any more", why="voter_left")

    def _left(self, user: str, approval: Approval, incident: Incident) -> bool:
        """Whether somebody who approved before is no full member any more, or Slack does not say."""
        cast = [c for c in incident.clicks.values() if (c.approval, c.user) == (approval.id, user)]
        try:
            return any(self._barred(user, click.channel) is not None for click in cast)
        except (Busy, Unreachable, Refused):
            return True

    def _release(self, incident: Incident, click_id: str) -> None:
        """Once the outcome is established, nothing holds the target any more."""
        click = incident.clicks.get(click_id)
        approval = incident.approvals.get(click.approval) if click else None
        if approval is not None and approval.state is State.ESTABLISHED:
            self.release_target(approval)

    def release_target(self, approval: Approval) -> None:
        for attempt in range(TRIES):
            workspace = self._folds.workspace(anew=attempt > WARY)
            if workspace.locks.get(approval.target) != approval.execution:
                return
            released = TargetReleased(target=approval.target, execution=approval.execution)
            if self._ledgers.append([Entry(WORKSPACE, workspace.length, (released,))], BY):
                return
        raise Contended("the workspace ledger moved at every try; the target stays locked for now")

    # --- what time does

    def expire(self, ledger: str, approval_id: str) -> None:
        self._end(ledger, approval_id, lambda _: ActionExpired(approval=approval_id))

    def supersede(self, ledger: str, approval_id: str) -> None:
        """The incident is over before anybody decided, or what it was for has come to nothing or right by itself."""

        def ending(incident: Incident) -> Fact:
            lost = lost_its_ground(incident, incident.approvals[approval_id])
            why = "step_before" if lost else "helped_after_all"
            why = "incident_resolved" if incident.resolved_at is not None else why
            return ActionSuperseded(approval=approval_id, why=why)

        self._end(ledger, approval_id, ending)

    def offer_undo(self, ledger: str, approval_id: str) -> None:
        """Ask for the way back of a change that did not help, once; a person decides, as on everything."""

        def guard(incident: Incident, _: datetime) -> Sequence[Fact]:
            approval = incident.approvals[approval_id]
            return (undo(incident, approval),) if offers_itself(incident, approval) else ()

        decide(self._ledgers, ledger, guard, BY)

    def _end(self, ledger: str, approval_id: str, fact: Callable[[Incident], Fact]) -> None:
        def guard(incident: Incident, now: datetime) -> Sequence[Fact]:
            approval = incident.approvals[approval_id]
            ending = fact(incident)
            try:
                advance(approval, ending, now)
            except Refused:
                return ()  # somebody decided in the meantime
            return (ending,)

        decide(self._ledgers, ledger, guard, BY)

    def resolve(self, ledger: str, ready: Callable[[Incident], bool]) -> None:
        """Close the incident in its own and in the workspace ledger, in one append."""
        for attempt in range(TRIES):
            workspace = self._folds.workspace(anew=attempt > WARY)
            incident = fold(ledger, self._ledgers.read(ledger))
            if not ready(incident):
                return
            why = "alerts_over" if incident.alerts else "request_over"
            facts: list[Fact] = [IncidentResolved(why=why)]
            facts += [
                ActionSuperseded(approval=a.id, why=why_closed(a, why))
                for a in incident.approvals.values()
                if a.state is State.PROPOSED
            ]
            entries = [
                Entry(ledger, incident.length, tuple(facts)),
                Entry(WORKSPACE, workspace.length, (IncidentClosed(incident=ledger),)),
            ]
            if self._ledgers.append(entries, BY):
                return
        raise Contended("the ledgers moved at every try; the incident stays open for now")


def _explained(click: Click) -> Fact:
    """The denial stands since its press; these are its words."""
    assert click.words is not None
    return PersonSaid(
        user=click.user, team=click.team, ts=click.message_ts, text=click.words, about=click.approval, click=click.id
    )
