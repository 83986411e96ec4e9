"""A vote, and on quorum the signature; or one person alone who breaks the glass. Runs in `serve`, the only signer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from bot.core.approval import Approval, advance, why_no_glass, why_not_typed
from bot.core.errors import Refused
from bot.core.events import ActionApproved, Fact, LeaseGranted, VoteCast
from bot.core.incident import Click
from bot.core.ledger import stamp
from bot.core.signing import Signed, document


class Signer(Protocol):
    def sign(self, document: bytes) -> Signed: ...


def vote(signer: Signer, incident: str, approval: Approval, click: Click, now: datetime) -> Sequence[Fact]:
    """The vote, with the signed approval where it was the last one needed. Raises `Refused`."""
    if (why := why_not_typed(approval, click.choice)) is not None:
        raise Refused("the name of what would change was not typed", why=why)
    cast = VoteCast(approval=approval.id, click=click.id, user=click.user, team=click.team, digest=approval.digest)
    voted = advance(approval, cast, now)
    if len(voted.voters) < voted.needed:
        return (cast,)
    approved = _signed(signer, incident, voted, now)
    advance(voted, approved, now)
    return (cast, approved)


def alone(signer: Signer, incident: str, approval: Approval, click: Click, now: datetime) -> Sequence[Fact]:
    """Somebody breaks the glass: one approver answers for what takes others. What policy forbids stays forbidden."""
    if (why := why_no_glass(approval, click.user, told=click.words is not None)) is not None:
        raise Refused("this is not what the glass is for", why=why)
    voters = (*(user for user in approval.voters if user != click.user), click.user)
    signed = _signed(signer, incident, replace(approval, voters=voters, broken_by=click.user), now)
    approved = signed.model_copy(update={"click": click.id, "reason": click.words})
    advance(approval, approved, now)
    return (approved,)


def leased(signer: Signer, incident: str, approval: Approval, grant: LeaseGranted, now: datetime) -> ActionApproved:
    """Approved by a press that was made before: whoever gave the lease is the one voter."""
    return _signed(signer, incident, replace(approval, voters=(grant.user,), lease=grant.lease), now)


def _signed(signer: Signer, incident: str, voted: Approval, now: datetime) -> ActionApproved:
    said: dict[str, Any] = {
        "incident": incident,
        "approval": voted.id,
        "digest": voted.digest,
        "voters": voted.voters,
        "approved_at": stamp(now),
        "expires_at": stamp(voted.expires_at),
        "broken_by": voted.broken_by,
        "lease": voted.lease,
    }
    signed = signer.sign(document(target=voted.target, **said))
    return ActionApproved(**said, key=signed.key, signature=signed.signature)
