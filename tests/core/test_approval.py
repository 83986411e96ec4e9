"""The approval's machine, walked whole: every history that 38 concrete steps can make, for one approver and for two.

Sixteen faults planted by hand in `approval.py`, each caught here: a second vote of one person counted (as a vote, or by
naming the person twice in the approval), a start from PROPOSED, from RUNNING or after expiry, an approval that is late,
over another digest, by fewer or by others than voted, a vote over another digest, an expiry before its time, a start on
another target or under another id, an outcome of another execution, a denied request approved, an outcome established
that was never unknown, the last moment before expiry refused. Whoever asked for the change is one of those who try.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from bot.core.approval import NEXT, OPEN, TEXT, Approval, State, advance
from bot.core.errors import Refused
from bot.core.events import (
    ActionApproved,
    ActionChangesRequested,
    ActionDenied,
    ActionExpired,
    ActionSuperseded,
    ActionWentStale,
    ExecutionFailed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionUnknown,
    Fact,
    IncidentResolved,
    OutcomeEstablished,
    Ref,
    VoteCast,
)

REF = Ref(ref="0" * 64, bytes=1)
PROPOSED_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
EXPIRES = PROPOSED_AT + timedelta(minutes=15)
EARLY, LAST, LATE = PROPOSED_AT + timedelta(minutes=1), EXPIRES, EXPIRES + timedelta(milliseconds=1)
RIGHT, WRONG = "d" * 64, "e" * 64
TARGET = "Deployment/web/shop"
MINE, OTHER = "x-a-1", "x-a-2"
ASKER = "U0"
LONGEST = 9
TERMINAL = {state for state, following in NEXT.items() if not following}


@dataclass(frozen=True)
class Step:
    fact: Fact
    at: datetime


History = tuple[Step, ...]


def approval(needed: int, tier: str | None = None) -> Approval:
    return Approval(
        id="a-1",
        intent="i-1",
        tool="roll_back_deployment",
        target=TARGET,
        plan=REF,
        digest=RIGHT,
        needed=needed,
        proposed_at=PROPOSED_AT,
        expires_at=EXPIRES,
        requester=ASKER,
        tier=tier,
    )


def vote(user: str, digest: str = RIGHT) -> VoteCast:
    return VoteCast(approval="a-1", click="c" * 32, user=user, team="T1", digest=digest)


def approved(
    *voters: str, digest: str = RIGHT, broken_by: str | None = None, lease: str | None = None
) -> ActionApproved:
    return ActionApproved(
        approval="a-1",
        incident="inc-1",
        digest=digest,
        voters=voters,
        approved_at="2026-03-01T02:01:00.000Z",
        expires_at="2026-03-01T02:15:00.000Z",
        key="a" * 16,
        signature="b" * 128,
        broken_by=broken_by,
        lease=lease,
    )


FACTS: tuple[Fact, ...] = (
    vote("U1"),
    vote("U2"),
    vote("U3"),
    vote(ASKER),
    vote("U1", WRONG),
    approved("U1"),
    approved("U2"),
    approved("U1", "U2"),
    approved("U2", "U1"),
    approved("U1", "U1"),
    approved("U1", "U9"),
    approved(ASKER),
    approved("U1", ASKER),
    approved("U1", "U2", "U3"),
    approved("U1", digest=WRONG),
    approved("U1", "U2", digest=WRONG),
    approved("U1", broken_by="U1"),
    approved(ASKER, broken_by=ASKER),
    approved("U2", "U1", broken_by="U1"),
    approved("U2", broken_by="U1"),
    approved("U1", digest=WRONG, broken_by="U1"),
    approved("U1", lease="l-1"),
    approved(ASKER, lease="l-1"),
    approved("U1", "U2", lease="l-1"),
    approved("U1", digest=WRONG, lease="l-1"),
    approved("U1", lease="l-1", broken_by="U1"),
    ActionDenied(approval="a-1", click="c" * 32, user="U2"),
    ActionChangesRequested(approval="a-1", click="c" * 32, user="U2"),
    ActionSuperseded(approval="a-1", why="newer"),
    ActionWentStale(approval="a-1", why="changed"),
    ActionExpired(approval="a-1"),
    ExecutionStarted(approval="a-1", execution=MINE, target=TARGET),
    ExecutionStarted(approval="a-1", execution=OTHER, target=TARGET),
    ExecutionStarted(approval="a-1", execution=MINE, target="Deployment/web/other"),
    ExecutionSucceeded(approval="a-1", execution=MINE, result=REF),
    ExecutionSucceeded(approval="a-1", execution=OTHER, result=REF),
    ExecutionFailed(approval="a-1", execution=MINE, why="changed", detail=REF),
    ExecutionUnknown(approval="a-1", execution=MINE, why="worker_died"),
    ExecutionUnknown(approval="a-1", execution=OTHER, why="worker_died"),
    OutcomeEstablished(approval="a-1", execution=MINE, outcome="done", click="c" * 32, user="U1"),
    OutcomeEstablished(approval="a-1", execution=MINE, outcome="not_done", click="c" * 32, user="U1"),
    OutcomeEstablished(approval="a-1", execution=OTHER, outcome="done", click="c" * 32, user="U1"),
    IncidentResolved(why="alerts_over"),
)
STEPS = tuple(Step(fact, at) for fact in FACTS for at in (EARLY, LAST, LATE))


def walk(start: Approval) -> Iterator[tuple[History, Approval]]:
    """Every history there is, with what it comes to; time never runs backwards, as in a ledger."""
    waiting: list[tuple[History, Approval]] = [((), start)]
    while waiting:
        history, current = waiting.pop()
        assert len(history) < LONGEST, "the machine has a cycle beside voting"
        yield history, current
        since = history[-1].at if history else PROPOSED_AT
        for step in STEPS:
            if step.at < since:
                continue
            before = (current.state, current.voters)
            after = after_or_why(current, step)
            if isinstance(after, Approval):
                waiting.append(((*history, step), after))
                continue
            assert (current.state, current.voters) == before
            assert after in {*TEXT, f"already_{current.state}"}


def after_or_why(current: Approval, step: Step) -> Approval | str:
    try:
        return advance(current, step.fact, step.at)
    except Refused as refusal:
        return refusal.why


@cache
def histories(needed: int) -> tuple[tuple[History, Approval], ...]:
    return tuple(walk(approval(needed, "routine")))


def of(history: History, *kinds: type[Fact]) -> list[Step]:
    return [step for step in history if isinstance(step.fact, kinds)]


both = pytest.mark.parametrize("needed", [1, 2])


@both
def test_every_state_can_be_reached_and_no_other_ends_are_open(needed: int) -> None:
    reached = {current.state for _, current in histories(needed)}

    assert reached == set(State)
    assert set(State) - TERMINAL == OPEN


@both
def test_nothing_starts_without_a_timely_approval_over_this_very_plan_by_enough_different_people(needed: int) -> None:
    for history, current in histories(needed):
        if not of(history, ExecutionStarted):
            continue
        (given,) = of(history, ActionApproved)
        fact = given.fact
        assert isinstance(fact, ActionApproved)
        voted = {step.fact.user for step in of(history, VoteCast) if isinstance(step.fact, VoteCast)}
        alone = {fact.broken_by} - {None} | ({"U1"} if fact.lease else set())
        assert fact.lease is None or (needed == 1 and not voted and fact.broken_by is None)
        assert set(fact.voters) == voted | alone == set(current.voters)
        assert len(voted) >= needed or alone
        assert current.broken_by == fact.broken_by
        assert fact.digest == RIGHT
        assert given.at <= EXPIRES
        assert history.index(given) < history.index(of(history, ExecutionStarted)[0])


@both
def test_nothing_starts_twice_late_or_on_another_target(needed: int) -> None:
    for history, _ in histories(needed):
        started = of(history, ExecutionStarted)
        assert len(started) <= 1
        for step in started:
            assert step.at <= EXPIRES
            assert step.fact == ExecutionStarted(approval="a-1", execution=MINE, target=TARGET)


@both
def test_an_outcome_follows_a_start_once_and_only_an_unknown_one_is_established(needed: int) -> None:
    for history, _ in histories(needed):
        ends = of(history, ExecutionSucceeded, ExecutionFailed, ExecutionUnknown)
        established = of(history, OutcomeEstablished)
        assert len(ends) <= len(of(history, ExecutionStarted))
        assert len(established) <= len(of(history, ExecutionUnknown)) <= 1
        for step in (*ends, *established):
            assert getattr(step.fact, "execution", None) == MINE


@both
def test_nobody_votes_twice_or_over_another_plan_or_after_the_decision(needed: int) -> None:
    for history, _ in histories(needed):
        votes = of(history, VoteCast)
        users = [step.fact.user for step in votes if isinstance(step.fact, VoteCast)]
        assert len(users) == len(set(users))
        assert all(isinstance(step.fact, VoteCast) and step.fact.digest == RIGHT for step in votes)
        assert all(step.at <= EXPIRES for step in votes)
        others = [index for index, step in enumerate(history) if not isinstance(step.fact, VoteCast)]
        assert not others or all(history.index(step) < others[0] for step in votes)


@both
def test_whoever_asked_for_a_change_has_no_part_in_approving_it(needed: int) -> None:
    for history, current in histories(needed):
        if current.broken_by != ASKER:  # who answers for it alone, with a reason
            assert ASKER not in current.voters
            assert not [step for step in of(history, ActionApproved) if ASKER in getattr(step.fact, "voters", ())]


@pytest.mark.parametrize("change", [{"tier": "careful"}, {"tier": None}, {"needed": 2}, {"undoes": "a-0"}])
def test_only_a_routine_change_is_approved_under_a_lease(change: dict[str, Any]) -> None:
    routine = approval(1, "routine")
    assert advance(routine, approved("U1", lease="l-1"), EARLY).lease == "l-1"
    with pytest.raises(Refused):
        advance(replace(routine, **change), approved("U1", lease="l-1"), EARLY)


def test_a_change_nobody_asked_for_is_approved_by_anybody_entitled() -> None:
    unasked = replace(approval(1), requester=None)

    assert advance(unasked, vote(ASKER), EARLY).voters == (ASKER,)


@both
def test_nothing_is_approved_after_its_time(needed: int) -> None:
    assert all(step.at <= EXPIRES for history, _ in histories(needed) for step in of(history, ActionApproved))


@both
def test_it_expires_only_after_its_time_and_never_while_running(needed: int) -> None:
    for history, _ in histories(needed):
        for step in of(history, ActionExpired):
            assert step.at > EXPIRES
            assert not of(history, ExecutionStarted)


@both
def test_what_is_over_stays_over(needed: int) -> None:
    for history, current in histories(needed):
        if current.state in TERMINAL:
            for step in STEPS:
                with pytest.raises(Refused):
                    advance(current, step.fact, step.at)
        kinds = [type(step.fact) for step in history]
        assert all(not (one is other is not VoteCast) for one, other in pairwise(kinds))


@both
def test_who_decided_and_when_is_kept(needed: int) -> None:
    for history, current in histories(needed):
        decided = of(history, ActionApproved, ActionDenied, ActionChangesRequested, OutcomeEstablished)
        assert current.decided_at == (decided[-1].at if decided else None)
        assert (current.decided_by is None) == (not decided)


@pytest.mark.parametrize(("needed", "count"), [(1, 1_000), (2, 1_000)])
def test_the_walk_is_not_empty_by_accident(needed: int, count: int) -> None:
    assert len(histories(needed)) > count


def test_the_execution_is_named_after_its_approval_so_that_every_try_has_the_same_id() -> None:
    assert approval(1).execution == MINE
