"""What judging must hold to whatever the curve: scale, noise, constants, gaps, and daily seasons."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bot.core.records import Curve
from bot.core.window import window_of
from tools.read.curves.judging import Move, judge_one

ALERT = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
WINDOW = window_of(ALERT, ALERT + timedelta(minutes=15))
STEP = timedelta(seconds=15)
TIMES = [WINDOW.baseline_start + STEP * at for at in range(280)]
SPLIT = sum(at < WINDOW.start for at in TIMES)


def _curve(values: np.ndarray) -> Curve:
    return Curve("queue_depth", tuple(zip(TIMES, values.tolist(), strict=True)))


def _stepped(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(100, 5, len(TIMES))
    values[SPLIT + 20 :] += 80
    return values


@pytest.mark.parametrize("scale", [1e-3, 7.0, 1e6])
def test_the_unit_does_not_change_the_verdict(scale: float) -> None:
    plain = judge_one(_curve(_stepped(1)), WINDOW.start)
    scaled = judge_one(_curve(_stepped(1) * scale), WINDOW.start)
    assert (scaled.move, scaled.onset) == (plain.move, plain.onset)
    assert scaled.score == pytest.approx(plain.score)


def test_pure_noise_is_rarely_said_to_have_moved() -> None:
    noise = (np.random.default_rng(seed).normal(100, 5, len(TIMES)) for seed in range(300))
    moved = sum(judge_one(_curve(values), WINDOW.start).moved for values in noise)
    assert moved <= 3


def test_a_step_is_found_within_a_minute_of_its_onset() -> None:
    for seed in range(40):
        judged = judge_one(_curve(_stepped(seed)), WINDOW.start)
        assert judged.move is Move.ROSE
        assert judged.onset is not None
        assert abs(judged.onset - TIMES[SPLIT + 20]) <= timedelta(minutes=1)


def test_a_constant_stays_and_one_that_leaves_has_a_finite_score() -> None:
    assert judge_one(_curve(np.zeros(len(TIMES))), WINDOW.start).move is Move.STEADY
    left = np.zeros(len(TIMES))
    left[SPLIT + 20 :] = 3
    judged = judge_one(_curve(left), WINDOW.start)
    assert judged.move is Move.ROSE
    assert np.isfinite(judged.score)


def test_a_third_of_the_samples_missing_changes_no_verdict() -> None:
    whole = _curve(_stepped(3))
    kept = np.random.default_rng(3).random(len(TIMES)) > 1 / 3
    holed = Curve(whole.name, tuple(point for point, keep in zip(whole.points, kept, strict=True) if keep))
    assert judge_one(holed, WINDOW.start).move is Move.ROSE


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.4])
def test_a_few_errors_now_and_then_are_rarely_said_to_have_risen(rate: float) -> None:
    counts = (np.random.default_rng(seed).poisson(rate, len(TIMES)).astype(float) for seed in range(300))
    moved = sum(judge_one(_curve(values), WINDOW.start).moved for values in counts)
    assert moved <= 9


def test_a_burst_of_errors_over_a_few_now_and_then_is_found() -> None:
    counts = np.random.default_rng(5).poisson(0.2, len(TIMES)).astype(float)
    counts[SPLIT + 20 :] += 6
    assert judge_one(_curve(counts), WINDOW.start).move is Move.ROSE
