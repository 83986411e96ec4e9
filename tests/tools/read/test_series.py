"""When a curve left its usual level, whether it came back, and what is no departure."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.read.shapes.promql import Threshold
from tools.read.shapes.series import baseline_of, read_curve, step_for

START, END, STEP = 2400.0, 3420.0, 12.0
OVER = Threshold(">", 0.05)


def curve(level: float, noise: float, *changes: tuple[float, float, float], seed: int = 1, until: float = END):  # type: ignore[no-untyped-def]
    """Points from 0 to ``until`` around ``level``; each change is (from, to, level in it)."""
    chance = random.Random(seed)
    points = []
    for number in range(int(until / STEP) + 1):
        at = number * STEP
        value = next((inner for begin, end, inner in changes if begin <= at < end), level)
        points.append((at, max(0.0, value + chance.uniform(-noise, noise))))
    return points


@pytest.mark.parametrize("seed", range(12))
def test_a_step_up_began_where_it_stepped(seed: int) -> None:
    seen = read_curve(curve(0.001, 0.0005, (2940, 9999, 0.21), seed=seed), START, END, STEP, OVER)

    assert seen.episode is not None
    assert abs(seen.episode.began_at - 2940) <= 2 * STEP
    assert (seen.episode.direction, seen.episode.ended_at) == ("up", None)
    assert seen.now is not None
    assert seen.now[1] > 0.2
    assert seen.peak is not None
    assert seen.peak[1] >= seen.now[1]


@pytest.mark.parametrize("seed", range(12))
def test_a_spike_that_is_over_says_when_it_ended(seed: int) -> None:
    seen = read_curve(curve(0.001, 0.0005, (2700, 2760, 0.3), seed=seed), START, END, STEP, OVER)

    assert seen.episode is not None
    assert abs(seen.episode.began_at - 2700) <= STEP
    assert seen.episode.ended_at is not None
    assert abs(seen.episode.ended_at - 2760) <= STEP
    assert seen.now is not None
    assert seen.now[1] < 0.05


@pytest.mark.parametrize("seed", range(30))
def test_noise_alone_never_begins(seed: int) -> None:
    assert read_curve(curve(50, 6, seed=seed), START, END, STEP).episode is None


def test_one_or_two_odd_points_in_the_middle_are_no_departure() -> None:
    assert read_curve(curve(10, 0.2, (2700, 2724, 90.0)), START, END, STEP).episode is None


def test_a_fall_has_its_direction_and_its_lowest_point_as_peak() -> None:
    seen = read_curve(curve(80, 2, (3000, 9999, 3.0)), START, END, STEP)

    assert seen.episode is not None
    assert seen.episode.direction == "down"
    assert seen.peak is not None
    assert seen.peak[1] < 6


def test_an_onset_before_the_window_is_found_where_it_was() -> None:
    seen = read_curve(curve(1, 0.05, (2100, 9999, 9.0)), START, END, STEP)

    assert seen.episode is not None
    assert abs(seen.episode.began_at - 2100) <= STEP


def test_two_points_at_the_end_are_enough_and_one_that_breaks_the_rule() -> None:
    two = read_curve(curve(0.001, 0.0005, (3400, 9999, 0.2)), START, END, STEP)
    one = curve(0.001, 0.0005, (3415, 9999, 0.2))

    assert two.episode is not None
    assert read_curve(one, START, END, STEP).episode is None
    assert read_curve(one, START, END, STEP, OVER).episode is not None


def test_a_curve_that_only_appears_has_no_baseline_and_begins_when_it_breaks_the_rule() -> None:
    points = [point for point in curve(0.2, 0.01) if point[0] >= 3000]
    seen = read_curve(points, START, END, STEP, OVER)

    assert seen.baseline is None
    assert seen.appeared_at == 3000
    assert seen.episode is not None
    assert seen.episode.began_at == 3000
    assert read_curve(points, START, END, STEP).episode is None


def test_a_curve_that_stopped_has_no_now() -> None:
    assert read_curve(curve(5, 0.1, until=3000), START, END, STEP).now is None


def test_the_baseline_is_not_moved_by_a_third_of_odd_points() -> None:
    values = [10.0] * 40 + [500.0] * 20
    base = baseline_of(values)

    assert base is not None
    assert base.median == 10.0


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=80), st.floats(1, 60))
def test_any_finite_curve_is_read(values: list[float], step: float) -> None:
    points = [(number * step, value) for number, value in enumerate(values)]
    seen = read_curve(points, 20 * step, 60 * step, step, OVER)

    if seen.episode and seen.episode.ended_at:
        assert seen.episode.ended_at > seen.episode.began_at


@given(st.floats(0, 500_000))
def test_a_step_never_asks_for_more_points_than_agreed(seconds: float) -> None:
    assert seconds / step_for(seconds) + 1 <= 300


def test_a_stray_error_after_none_at_all_is_no_onset() -> None:
    """A baseline of exactly nothing has no spread: only the rule says what is far."""
    before = [(float(at), 0.0) for at in range(0, 600, 10)]
    stray = [
        (600.0, 0.0),
        (610.0, 0.001),
        (620.0, 0.001),
        (630.0, 0.001),
        *((float(at), 0.0) for at in range(640, 700, 10)),
    ]
    outage = [(float(at), 0.2) for at in range(700, 800, 10)]

    curve = read_curve([*before, *stray, *outage], 600.0, 790.0, 10.0, Threshold(">", 0.05))

    assert curve.episode is not None
    assert curve.episode.began_at == 700.0
