"""What a click comes to: counted once, or refused with a name for the reason."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.ed25519 import Ed25519Signer, Ed25519Verifier, generate
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import State
from bot.core.approvers import Approvers
from bot.core.errors import Busy, Contended, Refused, Unreachable
from bot.core.events import (
    ActionApproved,
    ActionProposed,
    ChannelStep,
    ClickReceived,
    DiagnosisStarted,
    ExecutionStarted,
    ExecutionUnknown,
    Fact,
    Frozen,
    IncidentOpened,
    IntentMade,
    Ref,
    Severity,
    TargetLocked,
    Unfrozen,
    VoteCast,
)
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE, stamp
from bot.core.signing import signed_by
from bot.core.workspace import fold_workspace
from bot.services.approvals import Approvals
from bot.services.doors import Barred, People
from tests.deciding import deciding

REF = Ref(ref="0" * 64, bytes=1)
PAIR = generate()
TARGET = "Deployment/web/shop"
FORGED = {f"{number:032x}" for number in (90, 91)}  # ids of clicks that did not come through serve's door


@dataclass
class Desk:
    ledgers: RedisLedgers
    approvals: Approvals

    def click(self, number: int = 1, action: str = "approve", **changes: Any) -> Incident:
        told = {
            "click": f"{number:032x}",
            "approval": "a-1",
            "action": action,
            "user": "U0ALEX",
            "team": "T1",
            "channel": "C1",
            "message_ts": "1.5",
            "action_ts": f"{number}.0",
            **changes,
        }
        self.ledgers.record("inc-1", [ClickReceived(**told)], "slack:T1/U0ALEX", once=told["click"])
        return self.approvals.judge("inc-1", told["click"])

    def incident(self) -> Incident:
        return fold("inc-1", self.ledgers.read("inc-1"))

    def state(self) -> State:
        return self.incident().approvals["a-1"].state

    def why(self, number: int = 1) -> str | None:
        return self.incident().clicks[f"{number:032x}"].why


def opening(expires: str, needed: int = 1, asker: str | None = None, tier: str | None = None) -> Sequence[Fact]:
    return (
        IncidentOpened(severity=Severity.SEV2, key="0" * 32, title=REF, why="first_alert", place="incident"),
        DiagnosisStarted(round=1, reasoner="guided"),
        IntentMade(intent="i-1", round=1, tool="roll_back_deployment", arguments=REF, requester=asker),
        ActionProposed(
            approval="a-1",
            intent="i-1",
            tool="roll_back_deployment",
            target=TARGET,
            plan=REF,
            digest="d" * 64,
            needed=needed,
            expires_at=expires,
            tier=tier,
        ),
        ChannelStep(step="approval:a-1", state="done", channel="C1", ts="1.5"),
    )


BOTH = deciding(frozenset({"U0ALEX", "U0SAM"}))


def desk_with(
    client: Any,
    seconds: float = 900,
    needed: int = 1,
    asker: str | None = None,
    approvers: Approvers | Callable[[], Approvers] = BOTH,
    barred: Barred = lambda user, channel: None,
    tier: str | None = None,
) -> Desk:
    ledgers = RedisLedgers(client)
    expires = stamp(ledgers.now() + timedelta(seconds=seconds))
    ledgers.record("inc-1", opening(expires, needed, asker, tier), "process:act")
    people = People(team=lambda: "T1", approvers=approvers if callable(approvers) else lambda: approvers)
    signer = Ed25519Signer.read(PAIR.private)
    return Desk(ledgers, Approvals(ledgers, signer, people, lambda click: click.id not in FORGED, barred))


@pytest.fixture
def desk(redis_url: str) -> Iterator[Desk]:
    with patient(redis_url) as client:
        yield desk_with(client)


@pytest.mark.parametrize("asker", ["U0ALEX", "U0ROBIN"])
def test_whoever_asked_may_not_approve_entitled_or_not_and_somebody_else_may(redis_url: str, asker: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, asker=asker)
        desk.click(1, user=asker)
        assert (desk.state(), desk.why(1)) == (State.PROPOSED, "requester")

        desk.click(2, user="U0SAM")
        assert desk.state() is State.APPROVED


def test_an_approvers_click_is_signed_over_exactly_what_was_proposed(desk: Desk) -> None:
    desk.click()

    approved = next(e.fact for e in desk.ledgers.read("inc-1") if isinstance(e.fact, ActionApproved))
    assert desk.state() is State.APPROVED
    assert signed_by(Ed25519Verifier.read(PAIR.public), approved, TARGET)
    assert not signed_by(Ed25519Verifier.read(PAIR.public), approved, "Deployment/web/other")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"user": "U0VISITOR"}, "not_approver"),
        ({"team": "T9"}, "foreign_team"),
        ({"message_ts": "9.9"}, "wrong_message"),
        ({"channel": "C9"}, "wrong_message"),
        ({"action": "detonate"}, "unknown_action"),
        ({"approval": "a-9"}, "not_known"),
    ],
)
def test_what_may_not_be_is_refused_with_its_reason(desk: Desk, changes: dict[str, str], why: str) -> None:
    desk.click(**changes)

    assert desk.why() == why
    assert desk.state() is State.PROPOSED


@pytest.mark.parametrize("until", [None, 30])
def test_an_approval_does_not_count_while_everything_is_frozen_and_a_fresh_one_does(
    desk: Desk, until: int | None
) -> None:
    ends = stamp(desk.ledgers.now() + timedelta(minutes=until)) if until else None
    desk.ledgers.record(WORKSPACE, [Frozen(user="U0SAM", until=ends)], "process:serve")
    desk.click(1)
    assert (desk.why(1), desk.state()) == ("frozen", State.PROPOSED)
    freeze = desk.incident().freeze
    assert freeze is not None  # so that the person is told who froze, and the card says so
    assert freeze.user == "U0SAM"

    desk.ledgers.record(WORKSPACE, [Unfrozen(user="U0SAM")], "process:serve")
    assert desk.state() is State.PROPOSED
    desk.click(2)
    assert desk.state() is State.APPROVED


@pytest.mark.parametrize(("action", "state"), [("deny", State.DENIED), ("request_changes", State.CHANGES_REQUESTED)])
def test_stopping_is_possible_while_everything_is_frozen(desk: Desk, action: str, state: State) -> None:
    desk.ledgers.record(WORKSPACE, [Frozen(user="U0SAM")], "process:serve")
    desk.click(action=action)

    assert desk.state() is state


def test_a_freeze_whose_time_is_over_holds_no_vote_up(desk: Desk) -> None:
    ended = stamp(desk.ledgers.now() - timedelta(seconds=1))
    desk.ledgers.record(WORKSPACE, [Frozen(user="U0SAM", until=ended)], "process:serve")
    desk.click()

    assert desk.state() is State.APPROVED


def test_who_may_not_decide_is_told_that_and_not_of_the_freeze(desk: Desk) -> None:
    desk.ledgers.record(WORKSPACE, [Frozen(user="U0SAM")], "process:serve")
    desk.click(user="U0VISITOR")

    assert desk.why() == "not_approver"


CLOSED = {"guest", "not_member", "shared_channel"}
ANSWERS = {
    "silent": (Unreachable("Slack does not answer"), "door_not_checked"),
    "busy": (Busy("too often", 3.0), "door_not_checked"),
    "unseen": (Refused("missing_scope", why="missing_scope"), "door_not_checked"),
    **{why: (why, why) for why in CLOSED},
}


@pytest.mark.parametrize("answer", sorted(ANSWERS))
@pytest.mark.parametrize("action", ["approve", "deny", "request_changes"])
def test_the_door_is_closed_also_to_who_is_named_and_to_whoever_could_not_be_checked(
    redis_url: str, answer: str, action: str
) -> None:
    said, why = ANSWERS[answer]

    def barred(user: str, channel: str) -> str | None:
        assert (user, channel) == ("U0ALEX", "C1")
        if isinstance(said, Exception):
            raise said
        return said

    with patient(redis_url) as client:
        desk = desk_with(client, barred=barred)
        desk.click(action=action)

        assert (desk.state(), desk.why()) == (State.PROPOSED, why)


@pytest.mark.parametrize("said", ["not_member", Unreachable("Slack does not answer")])
def test_who_left_after_voting_does_not_make_a_quorum(redis_url: str, said: str | Exception) -> None:
    left: list[str] = []

    def barred(user: str, channel: str) -> str | None:
        if user not in left:
            return None
        if isinstance(said, Exception):
            raise said
        return said

    with patient(redis_url) as client:
        desk = desk_with(client, needed=2, barred=barred)
        desk.click(1)
        left.append("U0ALEX")
        desk.click(2, user="U0SAM")

        assert (desk.state(), desk.why(2)) == (State.PROPOSED, "voter_left")


UNSAID = deciding(frozenset({"U0ALEX"}), None)  # a group is named, and Slack does not say who is in it
GROUPED = deciding(frozenset({"U0ALEX"}), frozenset({"U0SAM"}))


def test_a_member_of_a_named_group_may_decide(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, approvers=GROUPED)
        desk.click(user="U0SAM")

        assert desk.state() is State.APPROVED


@pytest.mark.parametrize("action", ["approve", "deny", "request_changes"])
def test_who_could_not_be_checked_decides_nothing_and_is_told_to_press_again(redis_url: str, action: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, approvers=UNSAID)
        desk.click(user="U0SAM", action=action)

        assert (desk.state(), desk.why()) == (State.PROPOSED, "not_checked")


def test_who_is_named_needs_no_word_of_slacks(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, approvers=UNSAID)
        desk.click(user="U0ALEX")

        assert desk.state() is State.APPROVED


@pytest.mark.parametrize("later", [UNSAID, deciding(frozenset({"U0ALEX"}), frozenset())])
def test_a_vote_of_somebody_who_has_left_the_group_does_not_count_towards_two(redis_url: str, later: Approvers) -> None:
    with patient(redis_url) as client:
        now = [GROUPED]
        desk = desk_with(client, needed=2, approvers=lambda: now[0])
        desk.click(1, user="U0SAM")
        now[0] = later
        desk.click(2, user="U0ALEX")

        assert (desk.state(), desk.why(2)) == (State.PROPOSED, "voter_left")


def test_a_second_click_is_told_it_was_decided_already(desk: Desk) -> None:
    desk.click(1)
    desk.click(2, user="U0SAM")

    assert desk.why(2) == "already_approved"


def test_judging_a_click_twice_counts_it_once(desk: Desk) -> None:
    desk.click()
    length = desk.incident().length

    desk.approvals.judge("inc-1", f"{1:032x}")

    assert desk.incident().length == length


def test_a_late_click_is_refused(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, seconds=-1)
        desk.click()

        assert desk.why() == "expired"


def test_two_of_two_means_two_people(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2)
        desk.click(1)
        desk.click(2)
        assert (desk.state(), desk.why(2)) == (State.PROPOSED, "voted")

        desk.click(3, user="U0SAM")

        assert desk.state() is State.APPROVED


def test_denied_is_denied_for_everybody(desk: Desk) -> None:
    desk.click(1, action="deny")
    desk.click(2)

    assert desk.state() is State.DENIED
    assert desk.why(2) == "already_denied"


def test_twenty_people_clicking_at_once_make_one_approval(desk: Desk, redis_url: str) -> None:
    def race(number: int) -> None:
        with patient(redis_url) as client:
            own = Desk(RedisLedgers(client), desk.approvals)
            for _ in range(10):  # as the reconciler does: a contended decision is taken up again
                with suppress(Contended):
                    own.click(number, user="U0ALEX" if number % 2 else "U0SAM")
                    return

    threads = [threading.Thread(target=race, args=(n,)) for n in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kinds = [event.kind for event in desk.ledgers.read("inc-1")]
    assert kinds.count("ActionApproved") == kinds.count("VoteCast") == 1
    assert kinds.count("ClickRefused") == 19


def test_time_expires_a_request_and_only_time(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client)
        desk.approvals.expire("inc-1", "a-1")
        assert desk.state() is State.PROPOSED
        client.flushall()

        late = desk_with(client, seconds=-1)
        late.approvals.expire("inc-1", "a-1")
        late.approvals.expire("inc-1", "a-1")

        assert late.state() is State.EXPIRED


def test_an_established_outcome_frees_the_target(desk: Desk) -> None:
    desk.click()
    started = ExecutionStarted(approval="a-1", execution="x-a-1", target=TARGET)
    desk.ledgers.record("inc-1", [started], "process:act")
    desk.ledgers.record(WORKSPACE, [TargetLocked(target=TARGET, incident="inc-1", execution="x-a-1")], "process:act")
    unknown = ExecutionUnknown(approval="a-1", execution="x-a-1", why="worker_died")
    desk.ledgers.record("inc-1", [unknown], "process:serve")

    desk.click(2, action="establish_done")

    assert desk.state() is State.ESTABLISHED
    assert fold_workspace(desk.ledgers.read(WORKSPACE)).locks == {}


def test_a_click_that_serve_did_not_hear_does_not_count(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client)
        desk.click(90)

        assert desk.state() is State.PROPOSED
        assert desk.why(90) == "not_heard"


def forge_vote(desk: Desk) -> None:
    """What any process could append: somebody's press and their vote."""
    told = {"approval": "a-1", "user": "U0SAM", "team": "T1"}
    pressed = ClickReceived(
        click=f"{91:032x}", action="approve", channel="C1", message_ts="1.5", action_ts="91.0", **told
    )
    vote = VoteCast(click=f"{91:032x}", digest="d" * 64, **told)
    desk.ledgers.record("inc-1", [pressed, vote], "process:serve")
    assert desk.incident().approvals["a-1"].voters == ("U0SAM",)


def test_a_vote_written_into_the_record_by_hand_is_no_vote(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2)
        forge_vote(desk)
        desk.click(1)

        assert desk.state() is State.PROPOSED
        assert desk.why(1) == "forged_vote"


def test_what_holds_a_forged_vote_can_still_be_denied(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2)
        forge_vote(desk)
        desk.click(1, action="deny")

        assert desk.state() is State.DENIED


# --- one person alone, with a reason


def test_one_approver_may_break_the_glass_with_a_reason_and_it_is_signed_as_such(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2)
        desk.click(1, action="break_glass", words=REF)

        approval = desk.incident().approvals["a-1"]
        assert (approval.state, approval.broken_by, approval.voters) == (State.APPROVED, "U0ALEX", ("U0ALEX",))
        assert approval.reason == REF
        [approved] = [e.fact for e in desk.ledgers.read("inc-1") if isinstance(e.fact, ActionApproved)]
        verifier = Ed25519Verifier.read(PAIR.public)
        assert signed_by(verifier, approved, TARGET)
        assert not signed_by(verifier, approved.model_copy(update={"broken_by": None}), TARGET)
        assert not signed_by(verifier, approved.model_copy(update={"broken_by": "U0SAM"}), TARGET)


def test_who_voted_before_stays_a_voter_when_another_breaks_the_glass(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=3)
        desk.click(1, user="U0SAM")
        desk.click(2, action="break_glass", words=REF)
        assert desk.incident().approvals["a-1"].voters == ("U0SAM", "U0ALEX")


def test_whoever_asked_may_break_the_glass_where_they_may_approve_at_all(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, asker="U0ALEX")
        desk.click(1, action="break_glass", words=REF)
        assert desk.state() is State.APPROVED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"words": None}, "no_reason"),
        ({"user": "U0ROBIN"}, "not_approver"),
        ({"team": "T2"}, "foreign_team"),
        ({"message_ts": "9.9"}, "wrong_message"),
    ],
)
def test_the_glass_is_no_way_around_who_may(redis_url: str, changes: dict[str, Any], why: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2)
        desk.click(1, **{"action": "break_glass", "words": REF, **changes})
        assert (desk.state(), desk.why(1)) == (State.PROPOSED, why)


def test_where_one_approval_is_enough_there_is_no_glass_to_break(desk: Desk) -> None:
    desk.click(1, action="break_glass", words=REF)
    assert (desk.state(), desk.why(1)) == (State.PROPOSED, "no_glass")


def test_a_glass_that_serve_did_not_see_broken_is_not(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2)
        desk.click(90, action="break_glass", words=REF)
        assert (desk.state(), desk.why(90)) == (State.PROPOSED, "not_heard")


# --- the highest tier


def test_the_highest_tier_is_approved_by_typing_the_name(redis_url: str) -> None:
    with patient(redis_url) as client:
        desk = desk_with(client, needed=2, tier="critical")
        desk.click(1)
        assert desk.why(1) == "not_typed"
        desk.click(2, choice="shopp")
        assert desk.why(2) == "not_typed"
        desk.click(3, choice="shop")
        assert (desk.state(), desk.incident().approvals["a-1"].voters) == (State.PROPOSED, ("U0ALEX",))
        desk.click(4, choice="shop", user="U0SAM")
        assert desk.state() is State.APPROVED
