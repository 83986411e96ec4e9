"""The engine on samples a person can work out by hand; the comparison with Prometheus is in test_against_prometheus."""

import math
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from bot.playground.world.prom.engine import BadData, Engine, ExecutionFailed
from bot.playground.world.prom.store import SampleStore

NOW = 1_700_000_000.0


def _engine(**series: list[float]) -> Engine:
    """Each series has a sample every 10 s, the last one now."""
    store = SampleStore()
    for name, values in series.items():
        store.extend({"__name__": name, "pod": "p"}, NOW - 10 * np.arange(len(values))[::-1], np.array(values))
    return Engine(store)


def _value(engine: Engine, expr: str, at: float = NOW) -> float:
    (sample,) = engine.instant(expr, at).vector
    return sample.value


def test_a_rate_reaches_to_the_ends_of_its_window() -> None:
    assert _value(_engine(m=[10, 20, 30, 40]), "rate(m[30s])") == pytest.approx(1.0)
    assert _value(_engine(m=[10, 20, 30, 40]), "increase(m[40s])") == pytest.approx(40.0)


def test_a_counter_is_not_extrapolated_below_zero() -> None:
    assert _value(_engine(m=[0, 20, 40]), "increase(m[25s])") == pytest.approx(40.0)


def test_a_reset_counts_what_came_after_it() -> None:
    assert _value(_engine(m=[90, 100, 5, 15]), "increase(m[30s])") == pytest.approx(25.0)


def test_a_rate_of_one_sample_is_nothing_and_not_zero() -> None:
    assert _engine(m=[1, 2, 3]).instant("rate(m[5s])", NOW).vector == ()


def test_a_sample_counts_as_current_for_five_minutes_to_the_millisecond() -> None:
    engine = _engine(m=[1])

    assert _value(engine, "m", NOW + 300) == 1
    assert engine.instant("m", NOW + 300.001).vector == ()


def test_a_shorter_lookback_can_be_set() -> None:
    engine = Engine(_engine(m=[1]).store, lookback=10)

    assert engine.instant("m", NOW + 11).vector == ()


def test_a_series_marked_stale_is_gone_at_once_and_comes_back_with_its_next_sample() -> None:
    engine = _engine(m=[1, 2])
    engine.store.mark_stale({"__name__": "m", "pod": "p"}, NOW + 10)
    engine.store.append({"__name__": "m", "pod": "p"}, NOW + 30, 3)

    assert engine.instant("m", NOW + 10).vector == ()
    assert [sample.value for sample in engine.instant("count_over_time(m[1m])", NOW + 30).vector] == [3]
    assert _value(engine, "m", NOW + 30) == 3


def test_a_range_query_has_a_gap_where_the_series_has_one() -> None:
    engine = _engine(m=[1])
    engine.store.append({"__name__": "m", "pod": "p"}, NOW + 600, 2)
    (curve,) = engine.range("m", NOW, NOW + 600, 100).matrix

    assert (curve.times - NOW).tolist() == [0, 100, 200, 300, 600]


def test_a_range_query_equals_its_instant_queries() -> None:
    engine = _engine(a=[1, 5, 2, 8, 9, 1, 4], b=[2, 2, 3, 3, 1, 1, 1])
    expr = "sum(rate(a[30s]) / on(pod) max_over_time(b[20s])) > 0.01"
    (curve,) = engine.range(expr, NOW - 40, NOW, 5).matrix
    single = [(at, s.value) for at in NOW - np.arange(40.0, -1, -5) for s in engine.instant(expr, at).vector]

    assert list(zip(curve.times.tolist(), curve.values.tolist(), strict=True)) == single


def test_scalars_and_strings_are_results_of_their_own_kind() -> None:
    engine = _engine()

    assert engine.instant("1 + 2", NOW).scalar == 3
    assert engine.instant('"told"', NOW).string == "told"
    assert engine.instant("time()", NOW).scalar == NOW
    assert [curve.values.tolist() for curve in engine.range("time() - time()", NOW, NOW + 2, 1).matrix] == [[0, 0, 0]]


def test_raw_samples_of_a_range_selector_keep_their_own_times() -> None:
    (curve,) = _engine(m=[1, 2, 3]).instant("m[15s]", NOW + 1).matrix

    assert (curve.times - NOW).tolist() == [-10, 0]


@pytest.mark.parametrize(
    "expr",
    [
        "histogram_count(m)", "limitk(1, m)", "info(m)", "mad_over_time(m[5m])", "sort_by_label(m, 'pod')", "end()",
        "m @ -5", "m offset-Inf", "m offset inf", "m offset -NaN", "m[1e400]", "m[300y]", "m[99999999y]", "m[Inf]",
        "m[5m:nan]", "m / fill(0) m", 'm{a="b" or c="d"}', "double_exponential_smoothing(m[5m], 0.5, 0.5)", "m[300]",
        'm{pod=~"\\\\pL"}', "nosuch(m)", "rate(m)", "m{", "", "{}", "m offset 5",
    ],
)  # fmt: skip
def test_what_it_cannot_evaluate_is_bad_data_and_never_empty(expr: str) -> None:
    with pytest.raises(BadData) as refused:
        _engine(m=[1, 2]).instant(expr, NOW)

    assert refused.value.error_type == "bad_data"


@pytest.mark.parametrize(
    "expr",
    [
        "(" * 20_000 + "1" + ")" * 20_000,
        "-" * 50_000 + "m",
        "m" + "+m" * 2000,
        "sum(" * 90 + "m" + ")" * 90 + "+m" * 900,
    ],
)
def test_a_monstrous_expression_is_refused_and_the_process_lives(expr: str) -> None:
    refusals: list[BadData] = []

    def ask() -> None:
        try:
            _engine(m=[1]).instant(expr, NOW)
        except BadData as refusal:
            refusals.append(refusal)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()

    assert len(refusals) == 1


def test_a_query_for_too_many_samples_is_refused_before_it_takes_the_memory() -> None:
    with pytest.raises(ExecutionFailed, match="too many samples"):
        _engine(m=[1, 2]).instant("sum_over_time(m[20y:1s])", NOW)


def test_more_than_eleven_thousand_points_are_refused() -> None:
    with pytest.raises(BadData, match="11,000 points"):
        _engine(m=[1]).range("m", NOW, NOW + 11_001, 1)


@pytest.mark.parametrize(("start", "end", "step"), [(NOW, NOW + 1, 0), (NOW, NOW + 1, -1), (NOW, NOW - 1, 1)])
def test_a_range_that_is_none_is_refused(start: float, end: float, step: float) -> None:
    with pytest.raises(BadData):
        _engine(m=[1]).range("m", start, end, step)


def test_an_error_of_execution_says_so() -> None:
    with pytest.raises(ExecutionFailed, match="many-to-many matching not allowed") as failed:
        _engine(a=[1], b=[1]).instant('a + on() {__name__=~"a|b"}', NOW)

    assert failed.value.error_type == "execution"


def test_a_raw_string_keeps_its_backslashes() -> None:
    assert _value(_engine(m=[7]), r"m{pod=~`\w`}") == 7


def test_a_comment_ends_with_its_line() -> None:
    assert _value(_engine(m=[7]), "m # the `first\n + 1 # the 'second") == 8


def test_infinite_and_undefined_values_pass_through() -> None:
    assert _value(_engine(m=[1]), "m / 0") == math.inf
    assert math.isnan(_value(_engine(m=[0]), "m / 0"))


def test_a_dashboard_of_many_series_is_quick() -> None:
    """Five times what is aimed at on a quiet machine: 20 ms for an instant query, 300 ms for a range of 120 steps."""
    store = SampleStore()
    for number in range(500):
        labels = {"__name__": "m", "service": f"s{number % 10}", "pod": f"p{number}"}
        store.extend(labels, NOW - 2 * np.arange(2000.0)[::-1], np.cumsum(np.ones(2000)))
    engine, expr = Engine(store), "sum by (service) (rate(m[1m]))"

    assert _best_of(5, lambda: engine.instant(expr, NOW)) < 0.3
    assert _best_of(3, lambda: engine.range(expr, NOW - 1200, NOW, 10)) < 4


def _best_of(times: int, ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        ask()
        taken.append(time.process_time() - began)
    return min(taken)
