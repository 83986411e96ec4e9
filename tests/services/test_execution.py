"""Carrying out: once, only what was signed, only while it still holds; and never silent about an open outcome."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.ed25519 import Ed25519Signer
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import State
from bot.core.errors import Contended, NotFound, Refused, Unreachable
from bot.core.events import (
    ActionApproved,
    ExecutionUnknown,
    Fact,
    Frozen,
    IncidentResolved,
    OutcomeEstablished,
    TargetLocked,
    Unfrozen,
)
from bot.core.failpoint import arm
from bot.core.ledger import WORKSPACE, stamp
from bot.core.policy import Rules
from bot.core.ports import Entry
from bot.core.redact import redact_json
from bot.core.starting import Limits
from tests.fakes_ledger import BEGINNING, MemoryLedgers
from tests.services.stage_act import INC, PAIR, STRANGER, Act

TARGET = "Deployment/web/shop"


@pytest.fixture(params=["memory", "redis"])
def act(request: pytest.FixtureRequest) -> Iterator[Act]:
    """The same tests over the ledgers in memory and over the real ones."""
    arm(lambda _: None)
    if request.param == "memory":
        yield Act()
        return
    with patient(request.getfixturevalue("redis_url")) as client:
        yield Act(ledgers=RedisLedgers(client, random.Random(1)), payloads=RedisPayloads(client, redact_json))


@pytest.fixture
def timed() -> Act:
    """In memory, where a test moves the clock."""
    arm(lambda _: None)
    return Act()


def run(act: Act, ledger: str = INC) -> None:
    act.execution().run(ledger, act.only(ledger).id)


def detail(act: Act) -> dict[str, Any]:
    for event in act.ledgers.read(INC):
        if event.kind in {"ActionWentStale", "ExecutionFailed"}:
            return dict(act.said(event.fact.detail))
    raise AssertionError("nothing was refused")


# --- the good way


def test_what_was_approved_is_carried_out_once_and_written_down(act: Act) -> None:
    approval = act.approved()
    run(act)

    assert act.changes.effects == [approval.execution]
    assert act.kinds()[-2:] == ["ExecutionStarted", "ExecutionSucceeded"]
    assert act.state() is State.SUCCEEDED
    assert act.workspace().locks == {}
    assert act.workspace().started_since(TARGET, act.ledgers.now() - timedelta(minutes=1)) == 1
    assert act.said(act.incident().executions[approval.execution].result)["says"] == "done"
    assert act.bell.rung.count(INC) == 2


def test_the_start_is_on_record_in_both_ledgers_before_anything_is_done(act: Act) -> None:
    approval = act.approved()
    seen: list[object] = []
    act.changes.executing = lambda: seen.append((act.state(), act.workspace().locks))
    run(act)

    assert seen == [(State.RUNNING, {TARGET: approval.execution})]


def test_a_second_run_does_nothing(act: Act) -> None:
    act.approved()
    run(act)
    length = act.incident().length
    run(act)

    assert len(act.changes.effects) == 1
    assert act.incident().length == length


@pytest.mark.parametrize("state", ["proposed", "denied"])
def test_what_is_not_approved_is_not_carried_out(act: Act, state: str) -> None:
    approval = act.proposed()
    if state == "denied":
        act.ledgers.record(INC, [IncidentResolved(why="x")], "process:serve")
    act.execution().run(INC, approval.id)

    assert act.changes.effects == []
    assert act.state() is State.PROPOSED


def test_an_approval_nobody_asked_for_is_not_found(act: Act) -> None:
    act.proposed()

    with pytest.raises(NotFound):
        act.execution().run(INC, "a-unknown")


def test_twenty_runs_at_once_change_it_once(act: Act) -> None:
    approval = act.approved()
    barrier = threading.Barrier(20)
    odd: list[Exception] = []

    def once() -> None:
        service = act.execution()
        barrier.wait()
        try:
            service.run(INC, approval.id)
        except Contended as error:
            odd.append(error)

    threads = [threading.Thread(target=once) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert act.changes.effects == [approval.execution]
    assert act.kinds().count("ExecutionStarted") == 1
    assert act.state() is State.SUCCEEDED
    assert not odd


# --- what must not be believed


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
    other = act.approved("inc-2")
    theirs = next(e.fact for e in act.ledgers.read("inc-2") if isinstance(e.fact, ActionApproved))
    assert other.state is State.APPROVED
    mine = act.proposed()
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
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == "signature"
    assert "ExecutionStarted" not in act.kinds()


def test_a_voter_who_was_added_afterwards_is_noticed(act: Act) -> None:
    approval = act.proposed()
    act.ledgers.record(INC, [act.voted(approval, "U2")], "process:diagnose")
    vote = act.voted(approval, "U1")
    given = act.signed(approval).model_copy(update={"voters": ("U2", "U1")})
    assert act.ledgers.append([Entry(INC, act.incident().length, (vote, given))], "process:serve")
    run(act)

    assert act.stale_because() == "signature"


def test_a_plan_that_was_edited_after_the_approval_is_not_carried_out() -> None:
    act = Act()
    approval = act.approved()
    key = (INC, approval.plan.ref)
    act.payloads.kept[key] = act.payloads.kept[key].replace('"to_revision": 1', '"to_revision": 9')
    run(act)

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
    run(act)

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
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == "changed"


def test_an_unknown_kind_in_the_record_stops_everything(timed: Act) -> None:
    timed.approved()
    timed.ledgers.record(INC, [Unfrozen(user="U1")], "process:serve")
    timed.ledgers.lines[INC][-1]["kind"] = "HandedOver"
    run(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "unknown_kind"


def test_an_unknown_kind_in_the_workspace_stops_everything_too(timed: Act) -> None:
    timed.approved()
    timed.ledgers.record(WORKSPACE, [Frozen(user="U1")], "process:serve")
    timed.ledgers.lines[WORKSPACE][-1]["kind"] = "PartlyFrozen"
    run(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "unknown_kind"


def test_a_broken_chain_stops_everything(timed: Act) -> None:
    timed.approved()
    timed.ledgers.lines[INC][0]["by"] = "somebody else"
    run(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "ledger_broken"


# --- what has changed meanwhile


def test_after_its_time_nothing_is_carried_out(timed: Act) -> None:
    timed.approved()
    timed.ledgers.pass_time(minutes=15, milliseconds=1)
    run(timed)

    assert timed.changes.effects == []
    assert timed.state() is State.APPROVED  # serve writes that it expired


def test_it_may_run_until_the_very_end_of_its_time(timed: Act) -> None:
    timed.approved()
    timed.ledgers.pass_time(minutes=15)
    run(timed)

    assert len(timed.changes.effects) == 1


def test_time_that_runs_out_while_it_is_being_checked_counts(timed: Act) -> None:
    timed.approved()
    timed.changes.preparing = lambda: timed.ledgers.pass_time(minutes=20)
    run(timed)

    assert timed.changes.effects == []
    assert "ExecutionStarted" not in timed.kinds()


def test_an_object_that_changed_is_left_alone_and_it_is_said_how(act: Act) -> None:
    act.approved()
    act.changes.image = "shop:3"
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == "changed"
    assert "the fields that would change are others" in detail(act)["says"]


@pytest.mark.parametrize(
    ("rules", "taken", "why"),
    [
        (Rules(), 1, "namespace_not_listed"),
        (Rules(namespaces=frozenset({"web"}), own_namespace="web"), 1, "own_namespace"),
        (Rules(namespaces=frozenset({"web"})), 4, "blast_radius"),
    ],
)
def test_the_policy_is_asked_again_with_fresh_facts(act: Act, rules: Rules, taken: int, why: str) -> None:
    act.approved()
    act.rules, act.changes.taken = rules, taken
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == why


def test_where_the_mode_is_not_act_nothing_is_carried_out(act: Act) -> None:
    act.approved()
    act.executing = replace(act.executing, acting=False)
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == "mode"


def test_a_freeze_holds_everything_back(act: Act) -> None:
    act.approved()
    act.ledgers.record(WORKSPACE, [Frozen(user="U1")], "process:serve")
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == "frozen"


def test_a_freeze_that_ended_holds_nothing_back(timed: Act) -> None:
    timed.approved()
    timed.ledgers.record(WORKSPACE, [Frozen(user="U1", until=stamp(BEGINNING + timedelta(minutes=1)))], "process:serve")
    timed.ledgers.pass_time(minutes=2)
    run(timed)

    assert timed.state() is State.SUCCEEDED


@pytest.mark.parametrize("fact", [Frozen(user="U1"), TargetLocked(target=TARGET, incident="inc-9", execution="x-9")])
def test_a_freeze_or_lock_that_comes_at_the_last_moment_counts(act: Act, fact: Fact) -> None:
    """It is written after everything was checked and just before the start: the append over both ledgers fails."""
    act.approved()
    act.ledgers = Sneaking(act.ledgers, fact)
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() in {"frozen", "target_locked"}


class Sneaking:
    """Ledgers into which somebody else writes once, right before the start."""

    def __init__(self, real: Any, fact: Fact) -> None:
        self._real = real
        self._fact: Fact | None = fact

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def append(self, entries: Sequence[Entry], by: str) -> bool:
        if self._fact is not None and len(entries) == 2:
            fact, self._fact = self._fact, None
            self._real.record(WORKSPACE, [fact], "process:serve")
        return bool(self._real.append(entries, by))


def test_a_target_somebody_works_on_is_left_to_them(act: Act) -> None:
    act.approved("inc-2")
    act.approved()
    service = act.execution()
    act.changes.executing = lambda: service.run(INC, act.only().id) if len(act.changes.effects) == 0 else None
    act.execution().run("inc-2", act.only("inc-2").id)

    assert act.state("inc-2") is State.SUCCEEDED
    assert act.stale_because() == "target_locked"
    assert len(act.changes.effects) == 1


def test_a_lock_that_outlived_its_execution_is_freed_by_the_next(act: Act) -> None:
    """A person established the outcome, and whoever should have released the target died."""
    first = act.approved("inc-2")
    act.changes.executing = lose_answer
    act.execution().run("inc-2", first.id)
    click = act.clicked(first, "establish_not_done", ledger="inc-2")
    established = OutcomeEstablished(
        approval=first.id, execution=first.execution, outcome="not_done", click=click, user="U1"
    )
    act.ledgers.record("inc-2", [established], "process:serve")
    assert act.workspace().locks == {TARGET: first.execution}

    act.changes.executing = lambda: None
    act.approved()
    run(act)

    assert act.state() is State.SUCCEEDED
    assert act.workspace().locks == {}


def test_an_incident_is_acted_on_three_times_at_most(act: Act) -> None:
    act.executing = replace(act.executing, limits=Limits(per_incident=0))
    act.approved()
    run(act)

    assert act.changes.effects == []
    assert act.stale_because() == "incident_limit"


def test_a_target_is_changed_four_times_an_hour_at_most(timed: Act) -> None:
    for number in range(2, 7):
        timed.approved(f"inc-{number}")
        run(timed, f"inc-{number}")
    assert [timed.state(f"inc-{number}") for number in range(2, 7)] == [State.SUCCEEDED] * 4 + [State.STALE]
    assert timed.stale_because("inc-6") == "target_limit"

    timed.ledgers.pass_time(minutes=61)
    timed.approved("inc-7")
    run(timed, "inc-7")
    assert timed.state("inc-7") is State.SUCCEEDED


# --- when it does not go well


def lose_answer() -> None:
    raise Unreachable("Kubernetes did not answer in time")


def test_a_refusal_at_the_target_fails_it_and_frees_the_target(act: Act) -> None:
    def refuse() -> None:
        raise Refused("it was scaled", why="changed")

    act.approved()
    act.changes.executing = refuse
    run(act)

    assert act.state() is State.FAILED
    assert detail(act) == {"why": "changed", "says": "it was scaled"}
    assert act.workspace().locks == {}


def test_an_answer_that_was_lost_leaves_the_outcome_open_and_the_target_locked(act: Act) -> None:
    approval = act.approved()
    act.changes.executing = lose_answer
    run(act)
    run(act)

    assert act.state() is State.UNKNOWN
    assert act.only().why == "no_answer"
    assert act.workspace().locks == {TARGET: approval.execution}
    assert act.kinds().count("ExecutionStarted") == 1


def test_a_cluster_that_is_gone_before_the_start_is_tried_again_later(act: Act) -> None:
    act.approved()
    act.changes.preparing = lose_answer
    with pytest.raises(Unreachable):
        run(act)
    assert act.state() is State.APPROVED

    act.changes.preparing = lambda: None
    run(act)
    assert act.state() is State.SUCCEEDED


def test_when_the_start_cannot_be_written_nothing_is_done(timed: Act) -> None:
    timed.approved()
    timed.changes.preparing = lambda: setattr(timed.ledgers, "outage", 1)
    with pytest.raises(Unreachable):
        run(timed)

    assert timed.changes.effects == []
    assert timed.state() is State.APPROVED


def test_a_start_whose_answer_was_lost_is_never_acted_on(timed: Act) -> None:
    timed.approved()
    timed.ledgers = Swallowing(timed.ledgers)
    with pytest.raises(Unreachable):
        run(timed)
    run(timed)

    assert timed.changes.effects == []
    assert timed.state() is State.RUNNING  # the reconciler asks a person


class Swallowing:
    """Ledgers that write the start and lose the answer."""

    def __init__(self, real: MemoryLedgers) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def append(self, entries: Sequence[Entry], by: str) -> bool:
        written = self._real.append(entries, by)
        if len(entries) == 2:
            raise Unreachable("Redis does not answer")
        return written


def test_an_outage_of_the_store_after_the_effect_is_waited_out(timed: Act) -> None:
    waits: list[float] = []
    timed.executing = replace(timed.executing, pause=waits.append)
    timed.approved()
    timed.changes.after = lambda: setattr(timed.ledgers, "outage", 5)
    run(timed)

    assert timed.state() is State.SUCCEEDED
    assert timed.workspace().locks == {}
    assert len(waits) == 5


def test_a_run_that_was_given_up_says_nothing_more(timed: Act) -> None:
    approval = timed.approved()

    def give_up() -> None:
        lost = ExecutionUnknown(approval=approval.id, execution=approval.execution, why="worker_died")
        timed.ledgers.record(INC, [lost], "process:serve")

    timed.changes.after = give_up
    run(timed)

    assert timed.state() is State.UNKNOWN
    assert timed.kinds()[-1] == "ExecutionUnknown"
    assert timed.workspace().locks == {TARGET: approval.execution}


@pytest.mark.parametrize("point", ["execution.started", "execution.effect_done"])
def test_a_run_that_dies_is_never_repeated_by_itself(act: Act, point: str) -> None:
    def die(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    approval = act.approved()
    arm(die)
    with pytest.raises(KeyboardInterrupt):
        run(act)
    arm(lambda _: None)
    done = list(act.changes.effects)
    for _ in range(3):
        run(act)

    assert act.changes.effects == done
    assert act.state() is State.RUNNING
    assert act.workspace().locks == {TARGET: approval.execution}


def test_a_record_lost_in_a_failover_costs_no_second_effect(timed: Act) -> None:
    """The store forgets the start and the end of an execution that happened: the object's own mark remembers."""
    approval = timed.approved()
    kept = {name: list(lines) for name, lines in timed.ledgers.lines.items()}
    run(timed)
    timed.ledgers.lines = kept
    timed.changes.image = "shop:1"  # rolled back already: another plan would come out now
    run(timed)

    assert timed.changes.effects == [approval.execution]
    assert timed.state() is State.SUCCEEDED
    assert timed.said(timed.incident().executions[approval.execution].result)["already"] is True
