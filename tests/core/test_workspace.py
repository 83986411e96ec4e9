"""What crosses incidents: locks held by one at a time, a freeze and its end, which incidents are open."""

from datetime import timedelta

import pytest

from bot.core.events import (
    Fact,
    Frozen,
    IncidentClosed,
    IncidentListed,
    LeaseGranted,
    Severity,
    TargetLocked,
    TargetReleased,
    Unfrozen,
    VoteCast,
)
from bot.core.ledger import WORKSPACE, UnknownKind, stamp
from bot.core.workspace import Workspace, fold_workspace
from tests.fakes_ledger import BEGINNING, MemoryLedgers

SHOP, CART = "Deployment/web/shop", "Deployment/web/cart"


@pytest.fixture
def ledgers() -> MemoryLedgers:
    return MemoryLedgers()


def write(ledgers: MemoryLedgers, *facts: Fact) -> Workspace:
    ledgers.record(WORKSPACE, facts, "process:test")
    return fold_workspace(ledgers.read(WORKSPACE))


def locked(execution: str, target: str = SHOP) -> TargetLocked:
    return TargetLocked(target=target, incident="inc-1", execution=execution)


def listed(incident: str, key: str) -> IncidentListed:
    return IncidentListed(incident=incident, key=key * 16, service="shop", namespace="web", severity=Severity.SEV2)


def test_a_target_is_held_by_the_first_who_locked_it(ledgers: MemoryLedgers) -> None:
    workspace = write(ledgers, locked("x-1"), locked("x-2"))

    assert workspace.locks == {SHOP: "x-1"}
    assert workspace.held[SHOP].incident == "inc-1"
    assert workspace.ignored == 1


def test_only_the_holder_releases(ledgers: MemoryLedgers) -> None:
    held = write(ledgers, locked("x-1"), TargetReleased(target=SHOP, execution="x-2"))
    freed = write(ledgers, TargetReleased(target=SHOP, execution="x-1"))

    assert held.locks == {SHOP: "x-1"}
    assert freed.locks == {}


def test_targets_are_locked_apart(ledgers: MemoryLedgers) -> None:
    assert write(ledgers, locked("x-1"), locked("x-2", CART)).locks == {SHOP: "x-1", CART: "x-2"}


def test_a_freeze_lasts_until_its_time_or_until_somebody_lifts_it(ledgers: MemoryLedgers) -> None:
    until = BEGINNING + timedelta(minutes=10)
    timed = write(ledgers, Frozen(user="U1", until=stamp(until)))
    assert timed.frozen(until - timedelta(milliseconds=1)) is not None
    assert timed.frozen(until) is None

    endless = write(ledgers, Frozen(user="U1"))
    assert endless.frozen(BEGINNING + timedelta(days=365)) is not None
    assert write(ledgers, Unfrozen(user="U2")).frozen(BEGINNING) is None


def test_executions_are_counted_by_target_within_the_last_hour_and_refused_locks_do_not_count(
    ledgers: MemoryLedgers,
) -> None:
    for number in range(3):
        write(ledgers, locked(f"x-{number}"), locked("x-late"), TargetReleased(target=SHOP, execution=f"x-{number}"))
        ledgers.pass_time(minutes=25)
    workspace = fold_workspace(ledgers.read(WORKSPACE))

    assert workspace.started_since(SHOP, ledgers.now() - timedelta(hours=1)) == 2
    assert workspace.started_since(SHOP, ledgers.now() - timedelta(hours=2)) == 3
    assert workspace.started_since(CART, ledgers.now() - timedelta(hours=1)) == 0


def test_what_was_started_long_ago_is_forgotten(ledgers: MemoryLedgers) -> None:
    write(ledgers, locked("x-1"), TargetReleased(target=SHOP, execution="x-1"))
    ledgers.pass_time(days=2)

    assert len(write(ledgers, locked("x-2")).started[SHOP]) == 1


def test_an_incident_is_open_from_listing_to_closing_and_a_key_has_one(ledgers: MemoryLedgers) -> None:
    opened = write(ledgers, listed("inc-1", "a"), listed("inc-2", "b"), listed("inc-3", "a"))
    assert opened.open_by_key == {"a" * 16: "inc-1", "b" * 16: "inc-2"}
    assert opened.open_incidents["inc-2"].service == "shop"

    closed = write(ledgers, IncidentClosed(incident="inc-1"), listed("inc-4", "a"))
    assert closed.open_by_key == {"a" * 16: "inc-4", "b" * 16: "inc-2"}
    assert closed.closed == 1


def test_folding_goes_on_where_it_stopped(ledgers: MemoryLedgers) -> None:
    first = write(ledgers, listed("inc-1", "a"), locked("x-1"))
    whole = write(ledgers, Frozen(user="U1"), TargetReleased(target=SHOP, execution="x-1"))

    assert fold_workspace(ledgers.read(WORKSPACE, first.length), first) == whole
    assert whole.length == 4


def test_what_does_not_belong_is_counted_and_what_is_not_known_is_counted_apart(ledgers: MemoryLedgers) -> None:
    stray = VoteCast(approval="a-1", click="c" * 32, user="U1", team="T1", digest="d" * 64)
    lease = LeaseGranted(lease="l-1", user="U1", tool="t", target=SHOP, uses=1, until=stamp(BEGINNING))
    workspace = write(ledgers, stray, lease)
    assert (workspace.ignored, workspace.unknown) == (1, 0)

    ledgers.lines[WORKSPACE][1]["kind"] = "PartlyFrozen"
    read = ledgers.read(WORKSPACE)
    assert isinstance(read[1].fact, UnknownKind)
    assert fold_workspace(read).unknown == 1
