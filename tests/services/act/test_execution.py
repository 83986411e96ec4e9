"""Carrying out: once, only while it still holds, and with the start on record before the act."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.approval import State
from bot.core.errors import Contended, NotFound
from bot.core.events import (
    AlertResolved,
    Fact,
    Frozen,
    IncidentResolved,
    OutcomeEstablished,
    TargetLocked,
    Unfrozen,
)
from bot.core.ledger import WORKSPACE, stamp
from bot.core.policy import Rules
from bot.core.starting import Limits
from bot.wiring.judging import policy_in
from tests.fakes_ledger import BEGINNING
from tests.services.act.stage import INC, TARGET, Act, carry_out, detail, lose_answer


def test_what_was_approved_is_carried_out_once_and_written_down(act: Act) -> None:
    approval = act.approved()
    carry_out(act)

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
    carry_out(act)

    assert seen == [(State.RUNNING, {TARGET: approval.execution})]


def test_a_second_run_does_nothing(act: Act) -> None:
    act.approved()
    carry_out(act)
    length = act.incident().length
    carry_out(act)

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


# --- what has changed meanwhile


def test_after_its_time_nothing_is_carried_out(timed: Act) -> None:
    timed.approved()
    timed.ledgers.pass_time(minutes=15, milliseconds=1)
    carry_out(timed)

    assert timed.changes.effects == []
    assert timed.state() is State.APPROVED  # serve writes that it expired


def test_it_may_run_until_the_very_end_of_its_time(timed: Act) -> None:
    timed.approved()
    timed.ledgers.pass_time(minutes=15)
    carry_out(timed)

    assert len(timed.changes.effects) == 1


def test_time_that_runs_out_while_it_is_being_checked_counts(timed: Act) -> None:
    timed.approved()
    timed.changes.preparing = lambda: timed.ledgers.pass_time(minutes=20)
    carry_out(timed)

    assert timed.changes.effects == []
    assert "ExecutionStarted" not in timed.kinds()


def test_an_object_that_changed_is_left_alone_and_it_is_said_how(act: Act) -> None:
    act.approved()
    act.changes.image = "shop:3"
    carry_out(act)

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
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == why


def test_where_the_mode_is_not_act_nothing_is_carried_out(act: Act) -> None:
    act.approved()
    act.executing = replace(act.executing, acting=False)
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "mode"


def test_a_freeze_holds_everything_back(act: Act) -> None:
    act.approved()
    act.ledgers.record(WORKSPACE, [Frozen(user="U1")], "process:serve")
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "frozen"


def test_a_freeze_that_ended_holds_nothing_back(timed: Act) -> None:
    timed.approved()
    timed.ledgers.record(WORKSPACE, [Frozen(user="U1", until=stamp(BEGINNING + timedelta(minutes=1)))], "process:serve")
    timed.ledgers.pass_time(minutes=2)
    carry_out(timed)

    assert timed.state() is State.SUCCEEDED


@pytest.mark.parametrize("fact", [Frozen(user="U1"), TargetLocked(target=TARGET, incident="inc-9", execution="x-9")])
def test_a_freeze_or_lock_that_comes_at_the_last_moment_counts(act: Act, fact: Fact) -> None:
    """It is written after everything was checked and just before the start: the append over both ledgers fails."""
    act.approved()
    act.ledgers = Sneaking(act.ledgers, fact)
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() in {"frozen", "target_locked"}


def test_a_freeze_stops_two_workers_at_once_and_what_it_stopped_does_not_run_when_it_is_lifted(act: Act) -> None:
    """Two act workers over one store: both find it approved, then somebody freezes, then both come to their start."""
    approval = act.approved()
    both_checked, frozen = threading.Barrier(3), threading.Event()
    odd: list[BaseException] = []

    def wait() -> None:
        both_checked.wait(10)
        assert frozen.wait(10)

    def work() -> None:
        try:
            worker = Act(ledgers=Waiting(act.ledgers, wait), payloads=act.payloads, changes=act.changes)
            worker.execution().run(INC, approval.id)
        except Exception as error:  # noqa: BLE001  a thread's error must fail this test
            odd.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    both_checked.wait(10)
    act.ledgers.record(WORKSPACE, [Frozen(user="U1")], "process:serve")
    frozen.set()
    for worker in workers:
        worker.join(20)
    act.ledgers.record(WORKSPACE, [Unfrozen(user="U1")], "process:serve")
    carry_out(act)

    assert odd == []
    assert act.changes.effects == []
    assert act.stale_because() == "frozen"
    assert act.kinds().count("ActionWentStale") == 1
    assert act.workspace().locks == {}


class Waiting:
    """Ledgers whose first append of a start waits until somebody has frozen."""

    def __init__(self, real: Any, wait: Callable[[], None]) -> None:
        self._real = real
        self._wait: Callable[[], None] | None = wait

    def append(self, entries: Any, by: str) -> bool:
        wait, self._wait = self._wait, None
        if wait is not None:
            wait()
        return bool(self._real.append(entries, by))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Sneaking:
    """Ledgers into which somebody else writes once, right after the start was decided on what was read."""

    def __init__(self, real: Any, fact: Fact) -> None:
        self._real = real
        self._fact: Fact | None = fact

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def read(self, ledger: str, start: int = 0) -> Any:
        found = self._real.read(ledger, start)
        if self._fact is not None and ledger == WORKSPACE:
            fact, self._fact = self._fact, None
            self._real.record(WORKSPACE, [fact], "process:serve")
        return found


def test_nothing_is_carried_out_in_an_incident_that_is_over(act: Act) -> None:
    act.approved()
    act.ledgers.record(INC, [IncidentResolved(why="alerts_over")], "process:serve")
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "incident_resolved"


def test_a_target_somebody_works_on_is_left_to_them(act: Act) -> None:
    act.approved("inc-2")
    act.approved_at_once()
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
    carry_out(act)

    assert act.state() is State.SUCCEEDED
    assert act.workspace().locks == {}


def test_an_incident_is_acted_on_three_times_at_most(act: Act) -> None:
    act.executing = replace(act.executing, limits=Limits(per_incident=0))
    act.approved()
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "incident_limit"


def test_a_target_is_changed_four_times_an_hour_by_one_person_and_once_more_by_two(timed: Act) -> None:
    for number in range(2, 6):
        timed.approved(f"inc-{number}")
        carry_out(timed, f"inc-{number}")
    assert [timed.state(f"inc-{number}") for number in range(2, 6)] == [State.SUCCEEDED] * 4

    asked = timed.proposed("inc-6")
    assert asked.needed == 2
    timed.users = ("U1", "U2")
    timed.approve(asked, "inc-6")
    carry_out(timed, "inc-6")
    assert timed.state("inc-6") is State.SUCCEEDED
    timed.users = ("U1",)

    timed.ledgers.pass_time(minutes=61)
    timed.approved("inc-7")
    carry_out(timed, "inc-7")
    assert timed.state("inc-7") is State.SUCCEEDED


def test_a_limit_reached_while_people_decided_asks_for_a_second_person(act: Act) -> None:
    act.approved()
    act.rules = act.rules.model_copy(update={"max_actions_per_incident": 0})
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "quorum"
    assert "it takes 2 people now" in detail(act)["says"]


def test_a_policy_edited_between_click_and_run_is_the_one_that_counts(act: Act, tmp_path: Path) -> None:
    act.approved()
    (tmp_path / "stop.cedar").write_text('@id("stop") @says("not tonight") forbid (principal, action, resource);')
    act.policy = policy_in(tmp_path)
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "stop"
    assert detail(act)["says"] == "not tonight"


def test_what_is_over_by_itself_is_not_mended_any_more_unless_a_person_asked(act: Act) -> None:
    act.approved()
    over = AlertResolved(fingerprint="f1", ends_at=stamp(act.ledgers.now()), alert=act.payloads.put(INC, {}))
    act.ledgers.record(INC, [over], "process:serve")
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "alert_over"


def test_evidence_that_grew_old_while_people_decided_is_looked_for_again(timed: Act) -> None:
    asked = timed.proposed()
    timed.rules = timed.rules.model_copy(update={"evidence_minutes": 1})
    timed.ledgers.pass_time(minutes=2)
    timed.approve(asked)
    carry_out(timed)

    assert timed.changes.effects == []
    assert timed.stale_because() == "evidence_old"


def test_a_glass_that_was_broken_is_carried_out_though_two_are_needed(act: Act) -> None:
    act.changes.taken = 2
    asked = act.proposed()
    assert asked.needed == 2
    act.break_glass(asked)
    carry_out(act)

    assert act.state() is State.SUCCEEDED
    assert act.changes.effects == [asked.execution]


def test_a_signature_without_the_glass_does_not_count_as_one_with_it(act: Act) -> None:
    act.changes.taken = 2
    asked = act.proposed()
    act.break_glass(asked, signed_by=None)
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "signature"


def test_what_policy_forbids_no_glass_opens(act: Act) -> None:
    act.changes.taken = 2
    asked = act.proposed()
    act.break_glass(asked)
    act.changes.taken = 4
    carry_out(act)

    assert act.changes.effects == []
    assert act.stale_because() == "blast_radius"
