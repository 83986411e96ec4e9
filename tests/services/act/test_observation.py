"""After an unknown outcome: one look at what is there, and what it says about whether it happened."""

import pytest

from bot.core.events import ExecutionUnknown, Outcome, OutcomeEstablished
from bot.core.outcomes import Observed
from bot.core.verifying import mark_of
from tests.services.act.looking import Checking, PretendLooks, firing, unread, workload
from tests.services.act.stage import INC, Act

X = "x-a-1"


@pytest.fixture
def lost(checking: Checking) -> Checking:
    act = Act()
    approval = act.approved()

    def lose() -> None:
        unknown = ExecutionUnknown(approval=approval.id, execution=approval.execution, why="worker_died")
        act.ledgers.record(INC, [unknown], "process:serve")

    act.changes.after = lose
    act.execution().run(INC, approval.id)
    return Checking(act, PretendLooks())


def observed(lost: Checking) -> Observed:
    lost.service().observe(INC, lost.execution)
    return Observed.model_validate(lost.act.said(lost.act.incident().executions[lost.execution].observed))


def test_the_mark_on_the_object_tells_that_it_happened(lost: Checking) -> None:
    lost.looks.workload = lambda: workload(execution=lost.execution)

    assert observed(lost).mark == "present"


@pytest.mark.parametrize("mark", [None, "x-another"])
def test_another_mark_or_none_tells_that_it_did_not(lost: Checking, mark: str | None) -> None:
    lost.looks.workload = lambda: workload(execution=mark)

    assert observed(lost).mark == "absent"


def test_what_cannot_be_seen_is_said_to_be_unknown(lost: Checking) -> None:
    lost.looks.workload = lambda: unread(Outcome.DENIED)

    seen = observed(lost)
    assert seen.mark == "unknown"
    assert "403" in seen.says
    without = workload()
    del without.facts["workload"]["execution"]
    assert mark_of({"workload": {}}, without, X)[0] == "unknown"


def test_one_look_is_enough_and_a_known_outcome_needs_none(lost: Checking, checking: Checking) -> None:
    observed(lost)
    observed(lost)
    assert len(lost.looks.asked) == 1

    checking.service().observe(INC, checking.execution)
    assert checking.looks.asked == []


def test_what_a_person_established_is_verified_from_then_on(lost: Checking) -> None:
    lost.act.ledgers.pass_time(minutes=10)
    approval = lost.act.only()
    click = lost.act.clicked(approval, "establish_done")
    fact = OutcomeEstablished(
        approval=approval.id, execution=approval.execution, outcome="done", click=click, user="U1"
    )
    lost.act.ledgers.record(INC, [fact], "process:serve")
    lost.looks.alert = firing
    lost.check()

    assert lost.seen()[1].seconds == 60
