"""Whether the record of an approval can be believed. Pure; what the act process asks before anything else.

Whoever can write into Redis can append any fact. Only `serve` can sign one. So the fold's word that an approval is
approved counts for nothing here: a valid signature over this incident, this approval, this plan's digest, this target,
these voters and this expiry does. A chain that is broken, or a kind this version does not know, ends it too.
"""

from collections.abc import Sequence

from bot.core.approval import Approval
from bot.core.errors import Refused
from bot.core.events import ActionApproved
from bot.core.incident import Incident
from bot.core.ledger import Event, check_chain, stamp
from bot.core.signing import Verifier, signed_by


def why_not_trusted(incident: Incident, approval: Approval, events: Sequence[Event], verifier: Verifier) -> None:
    """Raise `Refused` (unknown_kind, ledger_broken, signature, expired) unless this approval is really one."""
    if incident.unknown:
        raise Refused("this incident's record holds something this version cannot read", why="unknown_kind")
    why_not_whole(incident.id, events)
    claims = [e.fact for e in events if isinstance(e.fact, ActionApproved) and e.fact.approval == approval.id]
    if not any(_is_of(claim, incident, approval) and signed_by(verifier, claim, approval.target) for claim in claims):
        raise Refused("the approval does not carry a valid signature", why="signature")


def why_not_whole(ledger: str, events: Sequence[Event]) -> None:
    """Raise `Refused` where a line was taken out of a record, or altered: that a lease was revoked stands in one."""
    chain = check_chain(ledger, [event.line for event in events])
    if not chain.intact:
        raise Refused(f"the record of {ledger} is broken at line {chain.broken_at}: {chain.why}", why="ledger_broken")


def _is_of(claim: ActionApproved, incident: Incident, approval: Approval) -> bool:
    """Whether a signed claim is about exactly what the fold holds; a signature alone may be of something else."""
    return (
        claim.incident == incident.id
        and claim.digest == approval.digest
        and claim.expires_at == stamp(approval.expires_at)
        and claim.approved_at <= claim.expires_at
        and set(claim.voters) == set(approval.voters)
        and claim.broken_by == approval.broken_by
        and claim.lease == approval.lease
        and (claim.broken_by is not None or len(set(claim.voters)) >= max(1, approval.needed))
    )


def approved_by(approval: Approval) -> frozenset[str]:
    """Who approved, each person once. Only to be believed after `why_not_trusted` said nothing."""
    return frozenset(approval.voters)
