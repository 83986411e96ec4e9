"""A lease: the same action on the same target again, so many times and so long, without a press each time. Pure.

It comes of a press on a routine request that was done, and `serve` signs it. Whoever can write into Redis can neither
make one nor stretch it: what counts is the signed grant, and the same tool with the same arguments as in the plan the
act process is about to carry out. Whatever else is written there only takes away.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.approval import Approval, State, why_not_leased
from bot.core.canonical import canonical, digest
from bot.core.errors import Refused
from bot.core.events import LeaseGranted
from bot.core.incident import Incident
from bot.core.signing import Signed, Verifier
from bot.core.tool import Plan
from bot.core.undoing import did_not_help
from bot.core.workspace import Lease, Workspace

LEASE, REVOKE = "lease", "revoke_lease"
LONGEST = timedelta(minutes=60)
MOST = 5
SENT_BACK = frozenset({State.DENIED, State.CHANGES_REQUESTED})


def call_of(plan: Plan) -> str:
    """What is done, to the letter: two plans of one call differ only in what the cluster was like."""
    return digest({"tool": plan.tool, "arguments": plan.arguments})


def terms(choice: str | None) -> tuple[int, timedelta]:
    """How often and how long somebody chose, as in `3-30`; raises `Refused`."""
    uses, _, minutes = (choice or "").partition("-")
    if not (uses.isdecimal() and minutes.isdecimal() and len(choice or "") <= 4):
        raise Refused("it was not chosen how often and how long", why="no_choice")
    often, long = int(uses), timedelta(minutes=int(minutes))
    if not 1 <= often <= MOST or not timedelta() < long <= LONGEST:
        raise Refused(f"at most {MOST} times within {LONGEST.seconds // 60} minutes", why="no_choice")
    return often, long


def why_not_granted(incident: Incident, approval: Approval, user: str | None = None) -> str | None:
    """Why this request cannot be allowed again (by this person), or None: then its card offers it."""
    if incident.resolved_at is not None:
        return "incident_resolved"
    if approval.state is not State.SUCCEEDED:
        return f"already_{approval.state}"
    if why := why_not_leased(approval):
        return why
    if approval.broken_by is not None or approval.lease is not None:
        return "not_decided_in_person"
    if approval.granted is not None:
        return "leased_already"
    undone = incident.undoing(approval.id)
    if did_not_help(incident, approval) or (undone is not None and undone.state != "refused"):
        return "did_not_help"
    return "requester" if user is not None and user == approval.requester and not approval.own else None


def lease_document(granted: LeaseGranted) -> bytes:
    """The exact bytes `serve` signs: all of the grant, under a name no approval's document has."""
    return canonical({"v": 1, "what": LEASE, **granted.model_dump(mode="json", exclude={"key", "signature"})})


def candidates(workspace: Workspace, incident: Incident, approval: Approval, now: datetime) -> Iterator[Lease]:
    """Leases that may cover this request: one that came after the grant, and that nobody has voted on or sent back."""
    intent = incident.intents.get(approval.intent)
    if approval.state is not State.PROPOSED or approval.voters or why_not_leased(approval) or intent is None:
        return
    if intent.again is not None or intent.after is not None or now > approval.expires_at:
        return
    if any(click.approval == approval.id and click.state == "received" for click in incident.clicks.values()):
        return  # somebody has pressed something: that is judged first
    for lease in workspace.leases.values():
        about = (lease.grant.tool, lease.grant.target) == (approval.tool, approval.target)
        theirs = lease.grant.user == approval.requester and not approval.own
        if not about or theirs or _sent_back_since(incident, approval, lease):
            continue
        if lease.left and lease.in_force(now) and approval.proposed_at > lease.granted_at:
            yield lease


def _sent_back_since(incident: Incident, approval: Approval, lease: Lease) -> bool:
    """Whether somebody did not want this on this target, after the lease was given."""
    same = (one for one in incident.approvals.values() if (one.tool, one.target) == (approval.tool, approval.target))
    return any(
        one.state in SENT_BACK and one.decided_at is not None and one.decided_at > lease.granted_at for one in same
    )


def holds(granting: Incident, lease: Lease) -> bool:
    """Whether what the lease came of still stands: it was not taken back, and its newest check did not fail."""
    approval = granting.approvals.get(lease.grant.approval or "")
    if approval is None:
        return False
    undone = granting.undoing(approval.id)
    return not did_not_help(granting, approval) and (undone is None or undone.state == "refused")


def why_not_covered(lease: Lease | None, plan: Plan, now: datetime, verifier: Verifier) -> None:
    """Raise `Refused` unless this lease is really one, in force, and of exactly this call."""
    if lease is None:
        raise Refused("the lease it was approved under is not on record", why="lease_unknown")
    grant = lease.grant
    signed = Signed(grant.key or "", grant.signature or "")
    if not verifier.verify(lease_document(grant), signed):
        raise Refused("the lease does not carry a valid signature", why="lease_signature")
    if not 1 <= grant.uses <= MOST or lease.until - lease.granted_at > LONGEST:
        raise Refused("the lease allows more than a lease may", why="lease_signature")
    if (grant.tool, grant.target, grant.call) != (plan.tool, plan.target.id, call_of(plan)):
        raise Refused("the lease is for another action", why="lease_other")
    if lease.revoked_by is not None:
        raise Refused("the lease was revoked", why="lease_revoked")
    if now > lease.until:
        raise Refused("the lease is over", why="lease_over")


def why_lease_ended(workspace: Workspace, approval: Approval, plan: Plan, now: datetime, verifier: Verifier) -> None:
    """Raise `Refused` where what was approved under a lease may not start; nothing where a person approved it."""
    if approval.lease is None:
        return
    lease = workspace.leases.get(approval.lease)
    why_not_covered(lease, plan, now, verifier)
    if lease is None or approval.execution not in lease.used[: lease.grant.uses]:
        raise Refused("the lease was used up", why="lease_used_up")
    if approval.voters != (lease.grant.user,):
        raise Refused("somebody else gave the lease", why="lease_other")
