"""Grants leases and uses them: both signed, both one append over the incident's ledger and the workspace's.

Runs in `serve`, the only signer. A request a lease covers gets its card, its execution and its checks like any other;
only the press is missing. The append names the workspace's length, so that two requests never take the last use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core.approval import Approval, advance
from bot.core.errors import Busy, Contended, Refused, Unreachable
from bot.core.events import ClickRefused, Fact, LeaseGranted, LeaseUsed
from bot.core.folding import fold
from bot.core.incident import Click, Incident
from bot.core.leasing import call_of, candidates, holds, lease_document, terms, why_not_covered, why_not_granted
from bot.core.ledger import WORKSPACE, Event, stamp
from bot.core.ports import Entry, Ledgers, Payloads
from bot.core.signing import Signed
from bot.core.trusting import why_not_trusted
from bot.core.workspace import Lease, Workspace
from bot.services.doors import Barred, Heard, People, why_barred, why_may_not
from bot.services.folds import Folds
from bot.services.plans import read_plan
from bot.services.voting import Signer, leased

BY = "process:serve"
TRIES = 8


@dataclass(frozen=True)
class Ours:
    """Believes what this `serve` would sign itself: the same bytes always get the same signature."""

    signer: Signer

    def verify(self, document: bytes, signed: Signed) -> bool:
        return self.signer.sign(document) == signed


@dataclass(frozen=True)
class Leasing:
    """``no_member`` names why somebody is no full member of the team any more, or None; it may ask Slack."""

    ledgers: Ledgers
    payloads: Payloads
    signer: Signer
    people: People
    heard: Heard
    barred: Barred
    folds: Folds
    no_member: Callable[[str], str | None]

    # --- granting

    def grant(self, ledger: str, click_id: str) -> Incident:
        """Grant what one press asks for, or refuse the press. Once, however often run."""
        approvers, team = self.people.approvers(), self.people.team()
        for attempt in range(TRIES):
            workspace = self.folds.workspace(anew=attempt > TRIES // 2)
            events = self.ledgers.read(ledger)
            incident = fold(ledger, events)
            click = incident.clicks.get(click_id)
            if click is None or click.state != "received":
                return incident
            try:
                if not self.heard(click):
                    raise Refused("serve did not receive this click", why="not_heard")
                why_may_not(incident, click, team, approvers)
                why_barred(click, self.barred)
                fact: Fact = self._granted(incident, events, click, workspace)
                entries = [Entry(ledger, incident.length, (fact,)), Entry(WORKSPACE, workspace.length, (fact,))]
            except Refused as refusal:
                fact = ClickRefused(click=click.id, approval=click.approval, user=click.user, why=refusal.why)
                entries = [Entry(ledger, incident.length, (fact,))]
            if self.ledgers.append(entries, BY):
                return self.folds.incident(ledger)
        raise Contended("the ledgers moved at every try; nothing was allowed, try again")

    def _granted(self, incident: Incident, events: list[Event], click: Click, workspace: Workspace) -> LeaseGranted:
        now = self.ledgers.now()
        uses, long = terms(click.choice)
        approval = incident.approvals.get(click.approval)
        if approval is None:
            raise Refused("this request is not known", why="not_known")
        if why := why_not_granted(incident, approval, click.user):
            raise Refused("this cannot be allowed again", why=why)
        if workspace.frozen(now) is not None:
            raise Refused("everything is frozen", why="frozen")
        why_not_trusted(incident, approval, events, Ours(self.signer))
        plan = read_plan(self.payloads, incident.id, approval.plan)
        if plan.digest() != approval.digest or (plan.tool, plan.target.id) != (approval.tool, approval.target):
            raise Refused("the plan on record is not the one that was approved", why="plan_changed")
        grant = LeaseGranted(
            lease=f"l-{click.id}",
            user=click.user,
            tool=plan.tool,
            target=plan.target.id,
            uses=uses,
            until=stamp(now + long),
            call=call_of(plan),
            incident=incident.id,
            approval=approval.id,
            click=click.id,
        )
        signed = self.signer.sign(lease_document(grant))
        return grant.model_copy(update={"key": signed.key, "signature": signed.signature})

    # --- using

    def under_lease(self, incident: Incident) -> Incident:
        """Approve what a lease in force covers; the incident as it is then."""
        if incident.resolved_at is not None or incident.unknown or not incident.open_approvals:
            return incident
        workspace, now = self.folds.workspace(), self.ledgers.now()
        if not workspace.leases or workspace.unknown or workspace.frozen(now) is not None:
            return incident
        for approval in incident.approvals.values():
            for lease in candidates(workspace, incident, approval, now):
                if self._use(incident, approval, lease, workspace, now):
                    return self.folds.incident(incident.id)  # another one waits for the next look
        return incident

    def _use(self, incident: Incident, approval: Approval, lease: Lease, workspace: Workspace, now: datetime) -> bool:
        """Whether this lease covers this request and the approval was written. A doubt leaves it to people."""
        try:
            plan = read_plan(self.payloads, incident.id, approval.plan)
            if plan.digest() != approval.digest:
                return False
            why_not_covered(lease, plan, now, Ours(self.signer))
            if not holds(self.folds.incident(lease.grant.incident or incident.id), lease):
                return False
            user = lease.grant.user
            if self.people.approvers().may(user, approval) is not True or self.no_member(user) is not None:
                return False  # whoever gave it may not decide any more, or Slack does not say
            approved = leased(self.signer, incident.id, approval, lease.grant, now)
            advance(approval, approved, now)
        except (Refused, Busy, Unreachable):
            return False
        used = LeaseUsed(lease=lease.grant.lease, execution=approval.execution)
        entries = [Entry(incident.id, incident.length, (approved,)), Entry(WORKSPACE, workspace.length, (used,))]
        return self.ledgers.append(entries, BY)
