"""Leases over real services: granted by a press, used without one, and worth nothing beyond what was signed."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.ed25519 import Ed25519Signer
from bot.core.approval import State
from bot.core.errors import Refused
from bot.core.events import (
    ClickReceived,
    Fact,
    Frozen,
    IntentMade,
    LeaseGranted,
    LeaseRevoked,
    LeaseUsed,
    Unfrozen,
    VerificationFailed,
)
from bot.core.incident import Intent
from bot.core.leasing import candidates, lease_document, terms
from bot.core.ledger import WORKSPACE, stamp
from bot.core.policy import Allowed, Facts, Rules, Ruling, Tier
from bot.core.pressing import facts_of
from bot.services.approvals import Approvals
from bot.services.doors import People
from bot.services.folds import Folds
from bot.services.leasing import Leasing
from bot.services.pressing import Members, Pressing
from tests.deciding import deciding
from tests.fakes_ledger import MemoryLedgers
from tests.services.act.stage import INC, STRANGER, Act, carry_out

LATER = "inc-2"


@dataclass
class Stricter:
    """A policy by which everything is careful."""

    policy: Any

    def decide(self, facts: Facts, rules: Rules) -> Ruling:
        ruling = self.policy.decide(facts, rules)
        return replace(ruling, tier=Tier.CAREFUL) if isinstance(ruling, Allowed) else ruling

    def snapshot(self) -> str:
        return str(self.policy.snapshot())


@dataclass
class Desk:
    """`serve` beside the act process. ``may`` decide; ``gone`` left the team."""

    act: Act
    may: frozenset[str] = frozenset({"U1"})
    gone: frozenset[str] = frozenset()
    unheard: set[str] = field(default_factory=set)

    def leasing(self) -> Leasing:
        act = self.act
        return Leasing(
            act.ledgers,
            act.payloads,
            act.signer,
            People(lambda: "T1", lambda: deciding(self.may)),
            lambda click: click.id not in self.unheard,
            lambda user, channel: None,
            Folds(act.ledgers),
            lambda user: "not_member" if user in self.gone else None,
        )

    def press(self, choice: str | None = "2-30", user: str = "U1", ledger: str = INC) -> str:
        """Somebody chooses Allow Again; what became of the press."""
        approval, click = self.act.only(ledger), f"{self.act.chance.getrandbits(128):032x}"
        where: dict[str, Any] = {"channel": "C1", "message_ts": "1.5", "action_ts": "2.5", "team": "T1"}
        said = ClickReceived(click=click, approval=approval.id, action="lease", user=user, choice=choice, **where)
        self.act.ledgers.record(ledger, [said], "slack:T1/U1")
        self.judge(click, ledger)
        if isinstance(self.act.ledgers, MemoryLedgers):
            self.act.ledgers.pass_time(seconds=1)
        judged = self.act.incident(ledger).clicks[click]
        return judged.why or judged.state

    def judge(self, click: str, ledger: str = INC) -> None:
        leasing = self.leasing()
        desk = Approvals(
            self.act.ledgers, self.act.signer, leasing.people, leasing.heard, leasing.barred, leasing.folds, leasing
        )
        desk.judge(ledger, click, self.act.incident(ledger))

    def look(self, ledger: str = LATER) -> State:
        """What the reconciler does when it looks at an incident."""
        self.leasing().under_lease(self.act.incident(ledger))
        return self.act.state(ledger)

    def written(self, *facts: Fact) -> None:
        """By whoever can write into Redis."""
        self.act.ledgers.record(WORKSPACE, list(facts), "process:serve")

    def lease(self) -> LeaseGranted:
        (lease,) = self.act.workspace().leases.values()
        return lease.grant


def done(act: Act) -> Desk:
    act.approved()
    carry_out(act)
    assert act.state() is State.SUCCEEDED
    return Desk(act)


def again(act: Act, ledger: str = LATER) -> None:
    act.proposed(ledger)
    assert act.state(ledger) is State.PROPOSED


def test_a_granted_lease_carries_out_the_same_action_without_a_press_until_its_uses_are_gone(act: Act) -> None:
    desk = done(act)
    assert desk.press("2-30") == "counted"
    for ledger, expected in (("inc-2", State.SUCCEEDED), ("inc-3", State.SUCCEEDED), ("inc-4", State.PROPOSED)):
        again(act, ledger)
        if desk.look(ledger) is State.APPROVED:
            carry_out(act, ledger)
        assert act.state(ledger) is expected, act.stale_because(ledger)

    (lease,) = act.workspace().leases.values()
    assert (lease.left, len(lease.used), len(act.changes.effects)) == (0, 2, 3)
    second = act.only("inc-2")
    assert (second.lease, second.voters, second.decided_by) == (lease.grant.lease, ("U1",), "U1")


def test_a_look_repeated_uses_it_once(act: Act) -> None:
    desk = done(act)
    desk.press()
    again(act)
    assert desk.look() is desk.look() is State.APPROVED
    assert [len(lease.used) for lease in act.workspace().leases.values()] == [1]


@pytest.mark.parametrize("choice", [None, "", "3", "0-30", "6-30", "3-61", "3-0", "-3-30", "3-999", "3-3-3", "a-b"])
def test_more_than_a_lease_may_be_is_not_granted(choice: str | None) -> None:
    with pytest.raises(Refused) as refused:
        terms(choice)
    assert refused.value.why == "no_choice"


def test_who_may_not_approve_may_not_grant(timed: Act) -> None:
    desk = done(timed)
    assert desk.press(user="U7") == "not_approver"
    assert desk.press("9-30") == "no_choice"
    assert not timed.workspace().leases


def test_a_press_serve_did_not_hear_grants_nothing(timed: Act) -> None:
    desk = done(timed)
    click = timed.clicked(timed.only(), "lease")
    desk.unheard.add(click)
    desk.judge(click)
    assert timed.incident().clicks[click].why == "not_heard"
    assert not timed.workspace().leases


def test_nothing_is_granted_before_it_was_done_or_while_frozen_or_twice(timed: Act) -> None:
    timed.approved()
    desk = Desk(timed)
    assert desk.press() == "already_approved"
    carry_out(timed)
    desk.written(Frozen(user="U9"))
    assert desk.press() == "frozen"
    timed.ledgers.lines[WORKSPACE].pop()
    assert desk.press() == "counted"
    assert desk.press() == "leased_already"


def test_what_waited_before_the_grant_waits_on_for_a_person(timed: Act) -> None:
    desk = done(timed)
    again(timed)
    desk.press()
    assert desk.look() is State.PROPOSED


def test_other_arguments_are_another_action(act: Act) -> None:
    desk = done(act)
    desk.press()
    act.changes.back_to = 0
    again(act)
    assert desk.look() is State.PROPOSED


def test_a_freeze_a_granter_who_left_and_one_who_may_no_more_leave_it_to_people(timed: Act) -> None:
    desk = done(timed)
    desk.press()
    again(timed)
    desk.gone = frozenset({"U1"})
    assert desk.look() is State.PROPOSED
    desk.gone, desk.may = frozenset(), frozenset({"U2"})
    assert desk.look() is State.PROPOSED
    desk.may = frozenset({"U1"})
    desk.written(Frozen(user="U9"))
    assert desk.look() is State.PROPOSED


def test_after_its_time_it_allows_nothing(timed: Act) -> None:
    desk = done(timed)
    desk.press("2-30")
    timed.ledgers.pass_time(minutes=30, seconds=1)
    again(timed)
    assert desk.look() is State.PROPOSED


def test_over_between_signature_and_start_it_does_not_start(timed: Act) -> None:
    desk = done(timed)
    desk.press("2-5")
    timed.ledgers.pass_time(minutes=4)
    again(timed)
    assert desk.look() is State.APPROVED
    timed.ledgers.pass_time(minutes=2)
    carry_out(timed, LATER)
    assert timed.stale_because(LATER) == "lease_over"


def test_anybody_revokes_and_what_was_signed_under_it_does_not_start(act: Act) -> None:
    desk = done(act)
    desk.press()
    again(act)
    assert desk.look() is State.APPROVED
    click = act.clicked(act.only(), "revoke_lease", "U8")
    Pressing(act.ledgers, Members(lambda: "T1", lambda _: None), lambda _: True).judge(INC, click)
    granted = act.only().granted
    assert granted is not None
    assert granted.revoked_by == "U8"
    carry_out(act, LATER)
    assert act.stale_because(LATER) == "lease_revoked"
    assert len(act.changes.effects) == 1
    again(act, "inc-3")
    assert desk.look("inc-3") is State.PROPOSED
    with pytest.raises(Refused):
        facts_of(act.incident(), act.incident().clicks[click])


def test_a_higher_tier_since_does_not_start(timed: Act) -> None:
    desk = done(timed)
    desk.press()
    again(timed)
    assert desk.look() is State.APPROVED
    timed.policy = Stricter(timed.policy)
    carry_out(timed, LATER)
    assert timed.stale_because(LATER) == "tier"
    again(timed, "inc-3")
    assert desk.look("inc-3") is State.PROPOSED


FORGED: dict[str, Any] = {"key": "a" * 16, "signature": "b" * 128}


def test_forged_and_altered_grants_allow_nothing(act: Act) -> None:
    """Whoever writes into Redis: a grant of their own, one signed by a stranger, and a real one made more of."""
    desk = done(act)
    desk.press("1-30")
    real = desk.lease()
    desk.written(LeaseUsed(lease=real.lease, execution="x-other"))  # the only use is gone
    seal = Ed25519Signer.read(STRANGER.private).sign(lease_document(real))
    desk.written(
        real.model_copy(update={"lease": "l-1", **FORGED}),
        real.model_copy(update={"lease": "l-2", "uses": 5}),
        real.model_copy(update={"lease": "l-3", "until": stamp(act.ledgers.now() + timedelta(minutes=59))}),
        real.model_copy(update={"lease": "l-4", "key": seal.key, "signature": seal.signature}),
        real.model_copy(update={"lease": "l-5", "key": None, "signature": None}),
    )
    again(act)
    assert desk.look() is State.PROPOSED


def test_an_approval_under_a_lease_that_is_not_on_record_does_not_start(timed: Act) -> None:
    desk = done(timed)
    desk.press()
    again(timed)
    assert desk.look() is State.APPROVED
    kept = [line for line in timed.ledgers.lines[WORKSPACE] if line["kind"] != "LeaseUsed"]
    timed.ledgers.lines[WORKSPACE][:] = kept
    carry_out(timed, LATER)
    assert timed.stale_because(LATER) == "lease_used_up"
    assert len(timed.changes.effects) == 1


def test_a_forged_use_only_takes_away_and_a_forged_revocation_too(timed: Act) -> None:
    desk = done(timed)
    desk.press("1-30")
    desk.written(LeaseRevoked(lease=desk.lease().lease, user="U9"))
    again(timed)
    assert desk.look() is State.PROPOSED


def test_a_freeze_ends_it_so_that_nothing_runs_by_itself_when_it_is_lifted(act: Act) -> None:
    desk = done(act)
    desk.press()
    desk.written(Frozen(user="U9"))
    again(act)
    assert desk.look() is State.PROPOSED
    desk.written(Unfrozen(user="U9"))

    assert desk.look() is State.PROPOSED
    assert [lease.revoked_by for lease in act.workspace().leases.values()] == ["U9"]


def test_what_did_not_help_is_not_allowed_again(timed: Act) -> None:
    desk = done(timed)
    failed = VerificationFailed(execution=timed.only().execution, check=1, seen=timed.payloads.put(INC, "seen"))
    timed.ledgers.record(INC, [failed], "process:diagnose")

    assert desk.press() == "did_not_help"


@pytest.mark.parametrize("how", ["failed", "taken back"])
def test_what_came_to_nothing_since_it_was_given_covers_no_more(timed: Act, how: str) -> None:
    desk = done(timed)
    desk.press()
    seen, first = timed.payloads.put(INC, "seen"), timed.only()
    undo = IntentMade(intent="u-1", round=1, tool="roll_back_deployment", arguments=seen, undoes=first.id)
    failed = VerificationFailed(execution=first.execution, check=1, seen=seen)
    timed.ledgers.record(INC, [failed if how == "failed" else undo], "process:diagnose")
    again(timed)

    assert desk.look() is State.PROPOSED


def test_what_somebody_has_pressed_on_is_judged_first_and_a_denial_stands(timed: Act) -> None:
    desk = done(timed)
    desk.press()
    again(timed)
    pressed = timed.clicked(timed.only(LATER), "deny", ledger=LATER)
    assert desk.look() is State.PROPOSED
    desk.judge(pressed, LATER)
    assert desk.look() is State.DENIED


def test_a_later_step_of_a_remedy_is_decided_by_a_person(timed: Act) -> None:
    desk = done(timed)
    desk.press()
    timed.open(LATER)
    arguments = timed.payloads.put(LATER, {"namespace": "web", "name": "shop"})
    incident, approval = timed.incident(LATER), timed.only()
    step = Intent("i-2", 1, "roll_back_deployment", arguments, None, (), None, None, timed.ledgers.now(), after="i-1")
    asked = replace(approval, id="a-2", intent="i-2", state=State.PROPOSED, voters=(), proposed_at=timed.ledgers.now())
    asked = replace(asked, expires_at=timed.ledgers.now() + timedelta(minutes=15))
    found = replace(incident, intents={"i-2": step}, approvals={"a-2": asked})
    alone = replace(found, intents={"i-2": replace(step, after=None)})

    workspace, now = timed.workspace(), timed.ledgers.now()
    assert list(candidates(workspace, alone, asked, now)) == list(workspace.leases.values())
    assert list(candidates(workspace, found, asked, now)) == []


def test_a_revocation_taken_out_of_the_record_is_noticed(timed: Act) -> None:
    desk = done(timed)
    desk.press()
    desk.written(LeaseRevoked(lease=desk.lease().lease, user="U9"), Frozen(user="U9"), Unfrozen(user="U9"))
    lines = timed.ledgers.lines[WORKSPACE]
    del lines[-3:-1]  # the revocation and the freeze, by whoever can do more than append
    again(timed)
    assert desk.look() is State.APPROVED  # serve reads what is there; the act process checks that it is whole
    before = len(timed.changes.effects)
    carry_out(timed, LATER)

    assert (timed.state(LATER), timed.only(LATER).why) == (State.STALE, "ledger_broken")
    assert len(timed.changes.effects) == before
