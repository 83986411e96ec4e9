"""Curves: what moved and since when, that noise does not, and which service they point at first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.records import Curve
from bot.core.signs import Role
from bot.core.window import Window
from tools.read.curves.judging import Move, judge, judge_one
from tools.read.curves.ranking import joint_onset, rank_services
from tools.read.curves.signs import signs_of

START = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
STEP = timedelta(seconds=15)
BROKEN = 160  # the sample
WINDOW = Window(START, START + STEP * 150, START + STEP * 180, START + STEP * 240)


def curve(name: str, value: Callable[[int], float], service: str = "basket", count: int = 240) -> Curve:
    return Curve(name, tuple((START + STEP * n, value(n)) for n in range(count)), service)


def noisy(seed: int, level: float = 100.0, noise: float = 5.0) -> Callable[[int], float]:
    values = level + noise * np.random.default_rng(seed).standard_normal(10_000)
    return lambda n: float(values[n])


def stepped(seed: int, factor: float, at: int = BROKEN) -> Callable[[int], float]:
    base = noisy(seed)
    return lambda n: base(n) * (factor if n >= at else 1.0)


def test_a_step_is_told_with_its_moment_and_both_levels() -> None:
    [found] = judge([curve("request_duration_p99_ms", stepped(1, 3.0))], WINDOW)
    assert found.move is Move.ROSE
    assert found.onset is not None
    assert abs((found.onset - (START + STEP * BROKEN)).total_seconds()) <= 30
    assert found.before == pytest.approx(100, abs=5)
    assert found.after == pytest.approx(300, abs=15)
    assert not found.over


def test_noise_alone_moves_hardly_ever() -> None:
    moved = [judge_one(curve("cpu", noisy(seed)), WINDOW.start).moved for seed in range(200)]
    assert sum(moved) <= 2


def test_a_single_leap_is_no_move() -> None:
    base = noisy(3)
    assert not judge_one(curve("cpu", lambda n: 900.0 if n == 200 else base(n)), WINDOW.start).moved


def test_what_came_back_is_over() -> None:
    base = noisy(4)
    found = judge_one(curve("cpu", lambda n: base(n) * (4 if 160 <= n < 190 else 1)), WINDOW.start)
    assert (found.moved, found.over) == (True, True)


def test_a_constant_curve_that_moves_has_a_finite_score_and_one_that_stays_is_steady() -> None:
    assert judge_one(curve("errors_total", lambda n: 0.0), WINDOW.start).move is Move.STEADY
    rose = judge_one(curve("errors_total", lambda n: 0.0 if n < BROKEN else 7.0), WINDOW.start)
    assert (rose.move, np.isfinite(rose.score)) == (Move.ROSE, True)


def test_what_happens_every_day_at_this_hour_is_no_trouble() -> None:
    day = timedelta(days=1)
    points = []
    rng = np.random.default_rng(5)
    for n in range(2 * 288 + 60):
        minute = n * 5 % 1440
        points.append((START + timedelta(minutes=5 * n), 100 + (300 if 0 <= minute < 180 else 0) + rng.normal(0, 3)))
    window_start = START + 2 * day
    found = judge_one(Curve("requests_per_second", tuple(points)), window_start)
    assert not found.moved


@given(st.floats(0.001, 1000), st.integers(0, 50))
def test_the_unit_does_not_matter(scale: float, seed: int) -> None:
    value = stepped(seed, 2.0)
    plain = judge_one(curve("x", value), WINDOW.start)
    scaled = judge_one(curve("x", lambda n: value(n) * scale), WINDOW.start)
    assert (plain.move, plain.onset) == (scaled.move, scaled.onset)


def test_too_few_samples_say_nothing() -> None:
    assert judge_one(curve("x", noisy(1), count=3), WINDOW.start).move is Move.TOO_SHORT


def test_signs_tell_the_worse_and_one_line_for_all_that_stayed() -> None:
    found = signs_of(
        judge(
            [
                curve("http_5xx_ratio", lambda n: 0.001 if n < BROKEN else 0.4),
                curve("cache_hit_ratio", lambda n: 0.97 if n < BROKEN else 0.2, "catalogue"),
                *(curve(f"cpu_{seed}", noisy(seed), "mail") for seed in range(3)),
            ],
            WINDOW,
        )
    )
    says = [one.says for one in found]
    assert any("http_5xx_ratio of basket rose from 0.001 to 0.4 at 01:40:00" in one for one in says)
    assert any("cache_hit_ratio of catalogue fell" in one for one in says)
    calm = [one for one in found if one.role is Role.WELL]
    assert len(calm) == 1
    assert "3 curves stayed" in calm[0].says


def shifted(base: Callable[[int], float], more: float, since: int) -> Callable[[int], float]:
    return lambda n: base(n) + (more if n >= since else 0.0)


def broken_graph(seed: int, kind: str) -> tuple[list[Curve], str]:
    """Eight services; the culprit's resource moves far, latency of it and of two callers follows."""
    rng = np.random.default_rng(seed)
    names = [f"svc{n}" for n in range(8)]
    culprit = names[int(rng.integers(8))]
    callers = [name for name in names if name != culprit][:2]
    at = int(rng.integers(110, 190))
    curves = []
    for number, name in enumerate(names):
        for metric in ("cpu", "mem", "latency", "error", "load"):
            far = 1.0
            if name == culprit:
                far = {kind: 6.0, "latency": 2.5}.get(metric, 1.0)
            elif name in callers and metric == "latency":
                far = 2.0
            base = noisy(
                seed * 1000 + number * 10 + len(metric), level=rng.uniform(1, 1000), noise=rng.uniform(0.01, 0.1)
            )
            level = base(0)
            delay = at + (0 if name == culprit else 2)
            curves.append(
                curve(metric, lambda n, b=base, f=far, d=delay, v=level: b(n) + (v * (f - 1) if n >= d else 0), name)
            )  # type: ignore[misc]
    return curves, culprit


def test_the_culprit_is_ranked_first_also_where_nobody_says_when_it_broke() -> None:
    hits = 0
    for seed in range(30):
        curves, culprit = broken_graph(seed, ("cpu", "mem", "error")[seed % 3])
        ranked = rank_services(curves)
        hits += ranked.services[0][0] == culprit
    assert hits >= 27


def test_the_joint_onset_is_found_within_a_minute() -> None:
    curves = [curve("cpu", shifted(noisy(n), 300.0, BROKEN), f"svc{n}") for n in range(3)]
    curves += [curve("cpu", noisy(n + 10), f"calm{n}") for n in range(5)]
    found = joint_onset(curves)
    assert found is not None
    assert abs((found - (START + STEP * BROKEN)).total_seconds()) <= 60
