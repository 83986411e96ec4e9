"""The world's own clock beside the real one: it adds up, only goes forward, and can be read both ways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.world.tempo import SPEEDS, Tempo

START = 1_790_000_000.0
CLOSE = 1e-3
"""Unix seconds in a float are exact to a quarter of a microsecond; ten of the story's are a little less so."""
changes = st.lists(st.tuples(st.floats(0, 5000), st.sampled_from(SPEEDS)), max_size=8)
moments = st.floats(START - 5000, START + 50_000)


def made(changes: list[tuple[float, int]]) -> Tempo:
    tempo, at = Tempo(), START
    for gap, speed in changes:
        at += gap
        tempo.set(speed, at)
    return tempo


@given(changes, moments, moments, moments)
def test_what_elapsed_adds_up(changes: list[tuple[float, int]], one: float, two: float, three: float) -> None:
    tempo, (begin, between, end) = made(changes), sorted((one, two, three))
    whole = tempo.elapsed(begin, end)

    assert whole == pytest.approx(tempo.elapsed(begin, between) + tempo.elapsed(between, end), abs=CLOSE)
    assert end - begin - CLOSE <= whole <= SPEEDS[-1] * (end - begin) + CLOSE


@given(changes, moments, moments)
def test_it_never_goes_back_and_never_stands(changes: list[tuple[float, int]], one: float, two: float) -> None:
    tempo, (early, late) = made(changes), sorted((one, two))

    assert tempo.story(early) <= tempo.story(late)
    assert late - early <= CLOSE or tempo.story(early) < tempo.story(late)


@given(changes, moments, st.floats(0, 50_000))
def test_a_wait_is_over_when_its_seconds_have_elapsed(
    changes: list[tuple[float, int]], begin: float, wait: float
) -> None:
    tempo = made(changes)

    assert tempo.elapsed(begin, tempo.reached(begin, wait)) == pytest.approx(wait, abs=CLOSE)
    assert tempo.moment(tempo.story(begin)) == pytest.approx(begin, abs=CLOSE)


@given(changes, st.lists(moments, min_size=1, max_size=9))
def test_many_moments_at_once_are_told_as_each_is(changes: list[tuple[float, int]], asked: list[float]) -> None:
    tempo = made(changes)

    assert tempo.stories(np.array(asked)).tolist() == [tempo.story(at) for at in asked]


@given(changes, st.sampled_from(SPEEDS), moments)
def test_another_speed_changes_nothing_that_has_been(
    changes: list[tuple[float, int]], speed: int, asked: float
) -> None:
    tempo, now = made(changes), START + 40_000
    before = tempo.story(asked)
    tempo.set(speed, now)

    assert asked > now or tempo.story(asked) == before


@given(moments, moments, st.floats(0, 1e6))
def test_until_a_speed_is_set_every_number_is_the_real_one(one: float, two: float, wait: float) -> None:
    tempo = Tempo()

    assert (tempo.story(one), tempo.moment(one)) == (one, one)
    assert tempo.elapsed(one, two) == two - one
    assert tempo.reached(one, wait) == one + wait


def test_what_never_comes_stays_away_at_any_speed() -> None:
    tempo = made([(0, 10), (5, 2)])

    assert tempo.story(float("inf")) == tempo.moment(float("inf")) == float("inf")


def test_a_clock_that_was_set_back_takes_no_story_away() -> None:
    tempo = made([(0, 10), (60, 5)])
    tempo.set(1, START + 30)

    assert tempo.elapsed(START, START + 60) == 600
    assert tempo.elapsed(START + 60, START + 70) == 10


@pytest.mark.parametrize("speed", [0, -1, 3, 11, 1000])
def test_a_speed_there_is_not_is_refused_with_those_there_are(speed: int) -> None:
    tempo = Tempo()

    with pytest.raises(ValueError, match="a speed of 1, 2, 5 or 10"):
        tempo.set(speed, START)
    assert tempo.speed == 1
