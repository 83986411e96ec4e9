"""A time in which nobody reached the bot is written down once, over a real Valkey, whatever dies in between."""

from datetime import timedelta

import pytest
import redis

from bot.adapters.presence import RedisBeat
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.bulletin import fold_bulletin
from bot.core.events import Disconnected
from bot.core.failpoint import Point, arm
from bot.core.ledger import parse_stamp, stamp
from bot.services.presence import Presence
from tests.fakes_ledger import NotingBell


class Store:
    def __init__(self, url: str) -> None:
        self.client: redis.Redis = patient(url)
        self.ledgers, self.beat, self.bell = RedisLedgers(self.client), RedisBeat(self.client), NotingBell()

    def serve(self, connected: bool = True) -> Presence:
        return Presence(self.ledgers, self.beat, self.bell, lambda: connected)

    def silent_for(self, seconds: float) -> None:
        self.beat.keep(self.ledgers.now() - timedelta(seconds=seconds))

    def absences(self) -> list[Disconnected]:
        names = [name for name in self.ledgers.names() if name.startswith("away-")]
        return [away for name in names if (away := fold_bulletin(name, self.ledgers.read(name)).away)]


@pytest.fixture
def store(redis_url: str) -> Store:
    return Store(redis_url)


def test_the_very_first_start_and_a_short_gap_are_no_absence(store: Store) -> None:
    store.serve().beat()
    assert store.beat.last() is not None
    store.silent_for(58)
    store.serve().beat()

    assert store.absences() == []
    assert store.bell.rung == []


def test_a_process_that_was_gone_says_so_once(store: Store) -> None:
    store.silent_for(240)

    for _ in range(3):
        store.serve().beat()

    [away] = store.absences()
    assert away.what == "process"
    assert len(store.bell.rung) == 1
    assert store.ledgers.open_ledgers() == store.bell.rung


def test_a_lost_connection_is_told_from_a_lost_process(store: Store) -> None:
    connected = [False]
    serve = Presence(store.ledgers, store.beat, store.bell, lambda: connected[0])
    serve.beat()
    assert store.beat.last() is None
    serve._since = store.ledgers.now() - timedelta(seconds=400)
    store.silent_for(240)
    serve.beat()
    assert store.absences() == []

    connected[0] = True
    serve.beat()

    assert [away.what for away in store.absences()] == ["slack"]


def test_dying_between_the_record_and_the_beat_makes_no_second_one(store: Store) -> None:
    store.silent_for(240)

    def die(point: str) -> None:
        if point == Point.AWAY_RECORDED:
            raise KeyboardInterrupt

    arm(die)
    try:
        with pytest.raises(KeyboardInterrupt):
            store.serve().beat()
    finally:
        arm(lambda _: None)
    assert len(store.absences()) == 1
    store.serve().beat()

    assert len(store.absences()) == 1
    last = store.beat.last()
    assert last is not None
    assert store.ledgers.now() - last < timedelta(seconds=5)


def test_a_second_absence_after_such_a_death_is_told_too(store: Store) -> None:
    store.silent_for(600)
    now = store.ledgers.now()
    first = f"away-{now - timedelta(seconds=600):%Y%m%dT%H%M%S}"
    store.serve().beat()
    [name] = store.bell.rung
    assert name.startswith(first)
    noted = store.absences()[0]
    # as if the record had been made five minutes ago, by a serve that died before its beat
    store.client.delete(f"mw:ledger:{name}", f"mw:once:{name}:away")
    earlier = Disconnected(since=noted.since, until=stamp(now - timedelta(seconds=300)), what="process")
    store.ledgers.record(name, [earlier], "process:serve")
    last = store.beat.last()
    assert last is not None
    store.client.set("mw:serve:beat", round(parse_stamp(noted.since).timestamp() * 1000))
    store.serve().beat()

    assert len(store.absences()) == 2
    assert sorted(away.since for away in store.absences())[1] == earlier.until
