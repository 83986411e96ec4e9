"""Pacing that all processes share, and turns that a death ends."""

import threading
import time

import pytest
import redis

from bot.adapters.redis_pace import TURN_MS, RedisPace


@pytest.fixture
def pace(redis_url: str) -> RedisPace:
    return RedisPace(redis.Redis.from_url(redis_url))


def test_a_burst_goes_through_and_then_one_waits(pace: RedisPace):
    assert [pace.wait("c", 1.0, 3) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 0 < pace.wait("c", 1.0, 3) <= 1.0


def test_asking_again_does_not_push_the_next_one_back(pace: RedisPace):
    pace.wait("c", 2.0, 1)
    waits = [pace.wait("c", 2.0, 1) for _ in range(5)]
    assert all(0 < wait <= 0.5 for wait in waits)
    time.sleep(0.55)
    assert pace.wait("c", 2.0, 1) == 0.0


def test_buckets_are_their_own(pace: RedisPace):
    pace.wait("a", 0.1, 1)
    assert pace.wait("a", 0.1, 1) > 9
    assert pace.wait("b", 0.1, 1) == 0.0


def test_a_closed_bucket_gives_nothing_until_then(pace: RedisPace):
    pace.close("m", 0.4)
    assert 0.2 < pace.wait("m", 100.0, 10) <= 0.4
    time.sleep(0.45)
    assert pace.wait("m", 100.0, 10) == 0.0


def test_no_more_pass_than_the_rate_however_many_ask_at_once(redis_url: str):
    passed: list[float] = []

    def ask() -> None:
        mine = RedisPace(redis.Redis.from_url(redis_url))
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            if mine.wait("shared", 10.0, 3) == 0.0:
                passed.append(time.monotonic())
            time.sleep(0.005)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 8 <= len(passed) <= 15


def test_one_turn_at_a_time(pace: RedisPace):
    with pace.turn("inc-1", "me") as mine:
        assert mine
        assert pace.still("inc-1", "me")
        assert not pace.still("inc-1", "you")
        with pace.turn("inc-1", "you") as yours:
            assert not yours
        assert pace.still("inc-1", "me"), "somebody else's failed turn took mine away"
    with pace.turn("inc-1", "you") as yours:
        assert yours


def test_a_turn_is_held_as_long_as_it_lasts_and_ends_soon_after_a_death(redis_url: str):
    client = redis.Redis.from_url(redis_url)
    pace = RedisPace(client)
    with pace.turn("inc-1", "me"):
        time.sleep(2.0)
        left = client.pttl("mw:slack:turn:inc-1")
        assert TURN_MS - 1900 < left <= TURN_MS, "nobody renewed it"
    assert client.get("mw:slack:turn:inc-1") is None


def test_a_channel_is_one_incidents_for_ever(pace: RedisPace):
    assert pace.claim("C1", "inc-1")
    assert pace.claim("C1", "inc-1")
    assert not pace.claim("C1", "inc-2")
