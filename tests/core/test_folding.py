"""The fold never raises, never believes what may not follow, and does not care how it was fed."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.approval import State
from bot.core.events import ActionApproved, Fact
from bot.core.folding import RULES, fold
from bot.core.incident import Incident
from bot.core.ledger import Event, Head, open_line, seal
from tests.core.test_due import (
    AGREED,
    APPROVED,
    AT,
    CHECK_1,
    CHECK_2,
    CLICK,
    DONE,
    FINDING,
    LOST,
    OBSERVED,
    OPENED,
    PROPOSED,
    RAN,
    RESOLVED,
    STARTED,
    VOTE,
    WAITING,
    incident,
)  # fmt: skip

WORKSPACE_KINDS = {
    "IncidentListed", "IncidentClosed", "Frozen", "Unfrozen", "TargetLocked", "TargetReleased", "LeaseUsed",
}  # fmt: skip
QUESTION_KINDS = {"CommandReceived", "TargetFound", "AnswerMade", "CommandAnswered"}
BULLETIN_KINDS = {"StormBegan", "StormCounted", "Disconnected", "MissedLooked", "HeadsNoted"}
STORY = (*RAN, CHECK_1, CHECK_2, RESOLVED)


def events(*facts: Fact) -> list[Event]:
    return [open_line(line) for line in seal("inc-1", list(facts), "p", AT, Head())]


def test_every_kind_of_an_incident_has_a_rule() -> None:
    assert {kind.__name__ for kind in RULES} == set(Fact.KINDS) - WORKSPACE_KINDS - QUESTION_KINDS - BULLETIN_KINDS


def test_folding_in_parts_is_folding_at_once() -> None:
    lines = events(*STORY)

    for cut in range(len(lines)):
        assert fold("inc-1", lines[cut:], fold("inc-1", lines[:cut])) == fold("inc-1", lines)


@pytest.mark.parametrize(
    "forged",
    [
        APPROVED,
        STARTED,
        APPROVED.model_copy(update={"approval": "a-9"}),
        VOTE.model_copy(update={"digest": "e" * 64}),
        APPROVED.model_copy(update={"voters": ("U9",)}),
    ],
)
def test_a_fact_that_may_not_follow_changes_nothing_and_is_counted(forged: Fact) -> None:
    before = incident(*WAITING)
    after = incident(*WAITING, forged)

    assert after.approvals == before.approvals
    assert after.ignored == before.ignored + 1


def test_a_second_start_is_ignored() -> None:
    story = incident(*AGREED, STARTED, STARTED)

    assert story.approvals["a-1"].state is State.RUNNING
    assert story.ignored == 1


def test_a_kind_from_the_future_is_counted_as_unknown() -> None:
    line = {**seal("inc-1", [OPENED], "p", AT, Head())[0], "kind": "FromTheFuture"}

    assert fold("inc-1", [open_line(line)]).unknown == 1


def test_quiet_events_do_not_put_the_card_behind() -> None:
    assert incident(*WAITING, CLICK).told == incident(*WAITING).told
    assert incident(*WAITING, CLICK, VOTE).told > incident(*WAITING).told


def test_an_established_outcome_counts_the_click_that_made_it() -> None:
    story = incident(
        *LOST, OBSERVED, CLICK.model_copy(update={"click": "2" * 32}), DONE.model_copy(update={"click": "2" * 32})
    )

    assert story.clicks["2" * 32].state == "counted"
    assert story.approvals["a-1"].state is State.ESTABLISHED


@given(st.integers())
def test_no_order_of_true_facts_breaks_the_fold_or_approves_unasked(seed: int) -> None:
    facts: list[Any] = [*STORY, PROPOSED, FINDING]
    random.Random(seed).shuffle(facts)

    story = fold("inc-1", events(*facts))

    assert isinstance(story, Incident)
    assert story.length == len(facts)
    before = facts[: next(n for n, fact in enumerate(facts) if isinstance(fact, ActionApproved))]
    if VOTE not in before or PROPOSED not in before:
        assert all(a.state is not State.APPROVED for a in story.approvals.values())
