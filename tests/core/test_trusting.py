"""Believing an approval: a valid signature is not enough, it must be over exactly what the ledger holds here."""

from typing import Any

import pytest

from bot.adapters.ed25519 import Ed25519Signer, Ed25519Verifier, generate
from bot.core.errors import Refused
from bot.core.events import (
    ActionApproved,
    ActionProposed,
    ClickReceived,
    DiagnosisStarted,
    Fact,
    IncidentOpened,
    IntentMade,
    Ref,
    Severity,
    VoteCast,
)
from bot.core.folding import fold
from bot.core.signing import document
from bot.core.trusting import why_not_trusted
from tests.fakes_ledger import MemoryLedgers

PAIR = generate()
SIGNER, VERIFIER = Ed25519Signer.read(PAIR.private), Ed25519Verifier.read(PAIR.public)
REF = Ref(ref="0" * 64, bytes=1)
TARGET, EXPIRES = "Deployment/web/shop", "2026-03-01T02:15:00.000Z"
SAID: dict[str, Any] = {
    "incident": "inc-1",
    "approval": "a-1",
    "digest": "d" * 64,
    "voters": ("U1", "U2"),
    "approved_at": "2026-03-01T02:01:00.000Z",
    "expires_at": EXPIRES,
}


def signed(**changes: Any) -> ActionApproved:
    """A claim that serve's own key really signed."""
    said = {**SAID, **changes}
    seal = SIGNER.sign(document(target=TARGET, **said))
    return ActionApproved(**said, key=seal.key, signature=seal.signature)


def vote(user: str, click: str) -> tuple[Fact, Fact]:
    where = {"channel": "C1", "message_ts": "1.5", "action_ts": "2.5"}
    return (
        ClickReceived(click=click * 32, approval="a-1", action="approve", user=user, team="T1", **where),
        VoteCast(approval="a-1", click=click * 32, user=user, team="T1", digest="d" * 64),
    )


def ledger(*claims: ActionApproved, needed: int = 2) -> MemoryLedgers:
    ledgers = MemoryLedgers()
    about: dict[str, Any] = {"approval": "a-1", "intent": "i-1", "tool": "t", "target": TARGET, "digest": "d" * 64}
    proposed = ActionProposed(**about, plan=REF, needed=needed, expires_at=EXPIRES)
    facts: list[Fact] = [
        IncidentOpened(severity=Severity.SEV2, key="0" * 32, title=REF, why="first_alert", place="incident"),
        DiagnosisStarted(round=1, reasoner="guided"),
        IntentMade(intent="i-1", round=1, tool="t", arguments=REF),
        proposed,
        *vote("U1", "a"),
        *vote("U2", "b"),
        *claims,
    ]
    ledgers.record("inc-1", facts, "process:serve")
    return ledgers


def why(ledgers: MemoryLedgers) -> str | None:
    events = ledgers.read("inc-1")
    incident = fold("inc-1", events)
    try:
        why_not_trusted(incident, incident.approvals["a-1"], events, VERIFIER)
    except Refused as refusal:
        return refusal.why
    return None


def test_a_signature_over_exactly_what_is_here_is_believed() -> None:
    assert why(ledger(signed())) is None
    assert why(ledger(signed(voters=("U2", "U1")))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"incident": "inc-2"},
        {"approval": "a-2"},
        {"digest": "e" * 64},
        {"expires_at": "2026-03-01T09:15:00.000Z"},
        {"approved_at": "2026-03-01T02:15:00.001Z"},
        {"voters": ("U1",)},
        {"voters": ("U1", "U3")},
        {"voters": ("U1", "U2", "U3")},
        {"voters": ("U1", "U1")},
    ],
)
def test_a_real_signature_over_anything_else_is_not(changes: dict[str, Any]) -> None:
    """Replayed whole from another incident, or signed for a proposal that was made to look like this one."""
    assert why(ledger(signed(**changes))) == "signature"


def test_fewer_people_than_needed_are_not_enough_though_the_signature_is_real() -> None:
    assert why(ledger(signed(), needed=3)) == "signature"


def test_no_claim_at_all_is_not_believed() -> None:
    assert why(ledger()) == "signature"


def test_a_forged_claim_beside_a_real_one_does_no_harm() -> None:
    forged = signed().model_copy(update={"signature": "ab" * 64})

    assert why(ledger(forged, signed())) is None
    assert why(ledger(forged)) == "signature"


def test_a_line_somebody_altered_ends_it() -> None:
    ledgers = ledger(signed())
    ledgers.lines["inc-1"][3]["body"]["needed"] = 1

    assert why(ledgers) == "ledger_broken"
