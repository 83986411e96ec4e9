"""When it does not go well: never silent about an open outcome, and never a second effect."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.core.approval import State
from bot.core.errors import Refused, Unreachable
from bot.core.events import (
    ExecutionUnknown,
)
from bot.core.failpoint import arm
from bot.core.ports import Entry
from tests.fakes_ledger import MemoryLedgers
from tests.services.act.stage import INC, TARGET, Act, carry_out, detail, lose_answer


def test_a_refusal_at_the_target_fails_it_and_frees_the_target(act: Act) -> None:
    def refuse() -> None:
        raise Refused("it was scaled", why="changed")

    act.approved()
    act.changes.executing = refuse
    carry_out(act)

    assert act.state() is State.FAILED
    assert detail(act) == {"why": "changed", "says": "it was scaled"}
    assert act.workspace().locks == {}


def test_an_answer_that_was_lost_leaves_the_outcome_open_and_the_target_locked(act: Act) -> None:
    approval = act.approved()
    act.changes.executing = lose_answer
    carry_out(act)
    carry_out(act)

    assert act.state() is State.UNKNOWN
    assert act.only().why == "no_answer"
    assert act.workspace().locks == {TARGET: approval.execution}
    assert act.kinds().count("ExecutionStarted") == 1


def test_a_cluster_that_is_gone_before_the_start_is_tried_again_later(act: Act) -> None:
    act.approved()
    act.changes.preparing = lose_answer
    with pytest.raises(Unreachable):
        carry_out(act)
    assert act.state() is State.APPROVED

    act.changes.preparing = lambda: None
    carry_out(act)
    assert act.state() is State.SUCCEEDED


def test_when_the_start_cannot_be_written_nothing_is_done(timed: Act) -> None:
    timed.approved()
    timed.changes.preparing = lambda: setattr(timed.ledgers, "outage", 1)
    with pytest.raises(Unreachable):
        carry_out(timed)

    assert timed.changes.effects == []
    assert timed.state() is State.APPROVED


def test_a_start_whose_answer_was_lost_is_never_acted_on(timed: Act) -> None:
    timed.approved()
    timed.ledgers = Swallowing(timed.ledgers)
    with pytest.raises(Unreachable):
        carry_out(timed)
    carry_out(timed)

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
    carry_out(timed)

    assert timed.state() is State.SUCCEEDED
    assert timed.workspace().locks == {}
    assert len(waits) == 5


def test_a_run_that_was_given_up_says_nothing_more(timed: Act) -> None:
    approval = timed.approved()

    def give_up() -> None:
        lost = ExecutionUnknown(approval=approval.id, execution=approval.execution, why="worker_died")
        timed.ledgers.record(INC, [lost], "process:serve")

    timed.changes.after = give_up
    carry_out(timed)

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
        carry_out(act)
    arm(lambda _: None)
    done = list(act.changes.effects)
    for _ in range(3):
        carry_out(act)

    assert act.changes.effects == done
    assert act.state() is State.RUNNING
    assert act.workspace().locks == {TARGET: approval.execution}


def test_a_record_lost_in_a_failover_costs_no_second_effect(timed: Act) -> None:
    """The store forgets the start and the end of an execution that happened: the object's own mark remembers."""
    approval = timed.approved()
    kept = {name: list(lines) for name, lines in timed.ledgers.lines.items()}
    carry_out(timed)
    timed.ledgers.lines = kept
    timed.changes.image = "shop:1"  # rolled back already: another plan would come out now
    carry_out(timed)

    assert timed.changes.effects == [approval.execution]
    assert timed.state() is State.SUCCEEDED
    assert timed.said(timed.incident().executions[approval.execution].result)["already"] is True
