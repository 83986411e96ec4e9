"""What an approval's signature covers, and the port that makes and checks one. Pure.

`serve` signs this document when the quorum is reached; `act` builds the same document from the ledger's fact and
believes nothing that the signature does not cover. A field more or less, or in another order of voters, is another
document: a signature of one incident, plan or moment is worth nothing for another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.canonical import canonical
from bot.core.events import ActionApproved

VERSION = 1


@dataclass(frozen=True)
class Signed:
    """``key`` names the public key (16 hex digits), ``signature`` is 128 hex digits."""

    key: str
    signature: str


class Verifier(Protocol):
    """Holds public keys only."""

    def verify(self, document: bytes, signed: Signed) -> bool:
        """Whether this very document was signed by the key named, and that key is known here. Never raises."""


def document(
    *,
    incident: str,
    approval: str,
    digest: str,
    target: str,
    voters: Sequence[str],
    approved_at: str,
    expires_at: str,
    **how: str | None,
) -> bytes:
    """The exact bytes that are signed; ``how`` (`broken_by`, `lease`) is named only where it is so."""
    return canonical(
        {
            **{name: value for name, value in how.items() if value is not None},
            "v": VERSION,
            "incident": incident,
            "approval": approval,
            "digest": digest,
            "target": target,
            "voters": list(voters),
            "approved_at": approved_at,
            "expires_at": expires_at,
        }
    )


def document_of(approved: ActionApproved, target: str) -> bytes:
    """The document an `ActionApproved` claims to be signed over; the target is the proposal's own."""
    return document(
        incident=approved.incident,
        approval=approved.approval,
        digest=approved.digest,
        target=target,
        voters=approved.voters,
        approved_at=approved.approved_at,
        expires_at=approved.expires_at,
        broken_by=approved.broken_by,
        lease=approved.lease,
    )


def signed_by(verifier: Verifier, approved: ActionApproved, target: str) -> bool:
    """Whether this fact carries a signature over its own content."""
    return verifier.verify(document_of(approved, target), Signed(approved.key, approved.signature))
