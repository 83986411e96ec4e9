"""What must not be believed: whatever somebody writes into Redis, nothing is done that `serve` did not sign."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.adapters.ed25519 import Ed25519Signer
from bot.core.approval import State
from bot.core.events import (
    ActionApproved,
    Frozen,
    Unfrozen,
)
from bot.core.ledger import WORKSPACE, stamp
from bot.core.ports import Entry
from tests.services.act.stage import INC, PAIR, STRANGER, Act, carry_out


def forged(act: Act) -> None:
    """Somebody who can write into Redis appends an approval of his own making."""
    act.approve(act.proposed(), signature="ab" * 64)


def strangers_key(act: Act) -> None:
    act.approve(act.proposed(), signer=Ed25519Signer.read(STRANGER.private))


def strangers_key_under_our_name(act: Act) -> None:
    act.approve(act.proposed(), signer=Ed25519Signer.read(STRANGER.private), key=PAIR.key)


def another_time(act: Act) -> None:
    act.approve(act.proposed(), approved_at=stamp(act.ledgers.now() + timedelta(seconds=1)))


def later_expiry(act: Act) -> None:
    approval = act.proposed()
    act.approve(approval, expires_at=stamp(approval.expires_at + timedelta(hours=1)))


def replayed_from_another_incident(act: Act) -> None:
    mine = act.proposed()
    other = act.approved_at_once("inc-2")
    theirs = next(e.fact for e in act.ledgers.read("inc-2") if isinstance(e.fact, ActionApproved))
    assert other.state is State.APPROVED
    vote = act.voted(mine, "U1")
    replay = theirs.model_copy(update={"approval": mine.id, "digest": mine.digest, "incident": INC})
    assert act.ledgers.append([Entry(INC, act.incident().length, (vote, replay))], "process:serve")


@pytest.mark.parametrize(
    "attack",
    [
        forged,
        strangers_key,
        strangers_key_under_our_name,
        another_time,
        later_expiry,
        replayed_from_another_incident,
    ],
)
def test_an_approval_that_serve_did_not_sign_leads_to_nothing(act: Act, attack: Callable[[Act], None]) -> None:
    attack(act)
    assert act.state() is State.APPROVED  # the fold alone would believe it
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "signature"
    assert "ExecutionStarted" not in act.kinds()


def test_a_voter_who_was_added_afterwards_is_noticed(act: Act) -> None:
    approval = act.proposed()
    act.ledgers.record(INC, [act.voted(approval, "U2")], "process:diagnose")
    vote = act.voted(approval, "U1")
    given = act.signed(approval).model_copy(update={"voters": ("U2", "U1")})
    assert act.ledgers.append([Entry(INC, act.incident().length, (vote, given))], "process:serve")
    carry_out(act)

    assert act.stale_because() == "signature"


def test_a_plan_that_was_edited_after_the_approval_is_not_carried_out() -> None:
    act = Act()
    approval = act.approved()
    key = (INC, approval.plan.ref)
    act.payloads.kept[key] = act.payloads.kept[key].replace('"to_revision": 1', '"to_revision": 9')
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "plan_changed"


@pytest.mark.parametrize(
    ("plan", "why"), [(None, "plan_missing"), ('"words"', "plan_changed"), ('{"x":1}', "plan_changed")]
)
def test_a_plan_that_is_gone_or_is_none_is_not_carried_out(plan: str | None, why: str) -> None:
    act = Act()
    key = (INC, act.approved().plan.ref)
    if plan is None:
        del act.payloads.kept[key]
    else:
        act.payloads.kept[key] = plan
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == why


def test_a_forged_proposal_is_caught_by_drawing_the_plan_up_again(timed: Act) -> None:
    """Whoever can write into Redis can have people approve words of his own; what would be done must match them."""
    timed.open()
    timed.preparation().run(INC, "i-1")
    honest = timed.changes.plan
    timed.changes.plan = lambda context: honest(context).model_copy(update={"title": "Something harmless"})
    act = timed
    act.approve(act.only())
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "changed"


def test_an_unknown_kind_in_the_record_stops_everything(timed: Act) -> None:
    timed.approved()
    timed.ledgers.record(INC, [Unfrozen(user="U1")], "process:serve")
    timed.ledgers.lines[INC][-1]["kind"] = "HandedOver"
    carry_out(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "unknown_kind"


def test_an_unknown_kind_in_the_workspace_stops_everything_too(timed: Act) -> None:
    timed.approved()
    timed.ledgers.record(WORKSPACE, [Frozen(user="U1")], "process:serve")
    timed.ledgers.lines[WORKSPACE][-1]["kind"] = "PartlyFrozen"
    carry_out(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "unknown_kind"


def test_a_broken_chain_stops_everything(timed: Act) -> None:
    timed.approved()
    timed.ledgers.lines[INC][0]["by"] = "somebody else"
    carry_out(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "ledger_broken"
