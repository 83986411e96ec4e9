"""Ledgers in a real Valkey: durable, conditional, joined, once."""

import threading
from collections.abc import Iterator

import pytest

from bot.adapters.redis_client import fast, patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.errors import LedgerBroken, Unreachable
from bot.core.events import CommandAnswered, Fact, Unfrozen
from bot.core.ledger import WORKSPACE, check_chain
from bot.core.ports import Entry


@pytest.fixture
def ledgers(redis_url: str) -> Iterator[RedisLedgers]:
    with patient(redis_url) as client:
        yield RedisLedgers(client)


def said(user: str = "U1") -> Fact:
    return Unfrozen(user=user)


def test_what_was_recorded_is_read_back_chained(ledgers: RedisLedgers) -> None:
    ledgers.record(WORKSPACE, [said("U1"), said("U2")], "process:serve")

    events = ledgers.read(WORKSPACE)

    assert [event.fact for event in events] == [said("U1"), said("U2")]
    assert check_chain(WORKSPACE, ledgers.lines(WORKSPACE)).intact


def test_the_same_name_is_recorded_once(ledgers: RedisLedgers) -> None:
    assert ledgers.record("inc-1", [said()], "p", once="click:1")
    assert not ledgers.record("inc-1", [said()], "p", once="click:1")
    assert ledgers.length("inc-1") == 1


def test_a_name_spent_in_one_ledger_is_free_in_another(ledgers: RedisLedgers) -> None:
    assert ledgers.record("inc-1", [said()], "p", once="evidence:1:E1")

    assert ledgers.record("inc-2", [said()], "p", once="evidence:1:E1")
    assert [ledgers.length(name) for name in ("inc-1", "inc-2")] == [1, 1]


def test_threads_are_joined_and_nothing_is_lost_or_doubled(ledgers: RedisLedgers) -> None:
    def write(thread: int) -> None:
        for number in range(20):
            ledgers.record("inc-1", [said(f"U{thread}-{number}")], "p", once=f"{thread}-{number % 10}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    users = [event.line["body"]["user"] for event in ledgers.read("inc-1")]
    assert len(users) == len(set(users)) == 16 * 10
    assert check_chain("inc-1", ledgers.lines("inc-1")).intact


def test_an_append_wants_the_length_its_writer_saw(ledgers: RedisLedgers) -> None:
    ledgers.record("inc-1", [said()], "p")

    assert not ledgers.append([Entry("inc-1", 0, (said(),))], "p")
    assert not ledgers.append([Entry("inc-1", 7, (said(),))], "p")
    assert ledgers.append([Entry("inc-1", 1, (said(),))], "p")


def test_an_append_to_two_ledgers_is_all_or_nothing(ledgers: RedisLedgers) -> None:
    ledgers.record(WORKSPACE, [said()], "p")

    stale = [Entry("inc-1", 0, (said(),)), Entry(WORKSPACE, 0, (said(),))]

    assert not ledgers.append(stale, "p")
    assert ledgers.length("inc-1") == 0
    assert ledgers.append([Entry("inc-1", 0, (said(),)), Entry(WORKSPACE, 1, (said(),))], "p")
    assert (ledgers.length("inc-1"), ledgers.length(WORKSPACE)) == (1, 2)


def test_ledgers_are_open_until_closed_and_the_workspace_never_is(ledgers: RedisLedgers) -> None:
    ledgers.record("ask-1", [CommandAnswered(how="whisper")], "p")
    ledgers.append([Entry("inc-1", 0, (said(),)), Entry(WORKSPACE, 0, (said(),))], "p")
    assert sorted(ledgers.open_ledgers()) == ["ask-1", "inc-1"]

    ledgers.close("ask-1")

    assert ledgers.open_ledgers() == ["inc-1"]
    assert ledgers.length("ask-1") == 1

    ledgers.reopen("ask-1")
    ledgers.reopen("ask-1")

    assert sorted(ledgers.open_ledgers()) == ["ask-1", "inc-1"]


def test_of_twenty_racing_deciders_exactly_one_gets_through(redis_url: str) -> None:
    through: list[int] = []

    def race(number: int) -> None:
        with patient(redis_url) as client:
            if RedisLedgers(client).append([Entry("inc-1", 0, (said(f"U{number}"),))], "p"):
                through.append(number)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(through) == 1


def test_a_dead_redis_is_said_quickly_and_as_such() -> None:
    with fast("redis://127.0.0.1:1/0") as client, pytest.raises(Unreachable, match="Redis does not answer"):
        RedisLedgers(client).record("inc-1", [said()], "p")


def test_what_is_recorded_once_is_once_for_each_ledger(ledgers: RedisLedgers) -> None:
    assert ledgers.record("inc-1", [said()], "p", once="evidence:1:E1")
    assert ledgers.record("inc-2", [said()], "p", once="evidence:1:E1")


def test_a_redis_that_only_reads_is_said_to_keep_nothing(ledgers: RedisLedgers, redis_url: str) -> None:
    with patient(redis_url) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            with pytest.raises(Unreachable, match="cannot keep this"):
                ledgers.record("inc-1", [said()], "p")
        finally:
            client.execute_command("REPLICAOF", "NO", "ONE")


def test_a_line_that_is_none_of_ours_is_said_to_be_so(ledgers: RedisLedgers, redis_url: str) -> None:
    with patient(redis_url) as client:
        client.rpush("mw:ledger:inc-1", "garbage")

    for use in (lambda: ledgers.read("inc-1"), lambda: ledgers.record("inc-1", [said()], "p")):
        with pytest.raises(LedgerBroken):
            use()
