"""The sample store: what is kept, what is refused, what a reader sees while the writer goes on."""

import threading

import numpy as np
import pytest

from bot.playground.world.prom.matching import Comparison, Matcher
from bot.playground.world.prom.series import is_stale
from bot.playground.world.prom.store import SampleStore

NOW = 1_700_000_000.0


def _named(name: str) -> list[Matcher]:
    return [Matcher("__name__", Comparison.EQUAL, name)]


def _values(store: SampleStore, name: str = "m") -> list[list[float]]:
    return [series.values.tolist() for series in store.select(_named(name), 0, 2 * NOW)]


def test_samples_come_back_in_the_order_of_their_labels() -> None:
    store = SampleStore()
    for pod in ("b", "a", "c"):
        store.append({"__name__": "m", "pod": pod}, NOW, 1)

    assert [dict(series.labels)["pod"] for series in store.select(_named("m"), NOW, NOW)] == ["a", "b", "c"]


def test_both_ends_of_a_selection_are_included() -> None:
    store = SampleStore()
    store.extend({"__name__": "m"}, NOW + np.arange(5.0), np.arange(5.0))

    assert [one.values.tolist() for one in store.select(_named("m"), NOW + 1, NOW + 3)] == [[1, 2, 3]]


def test_a_sample_that_is_not_newer_is_dropped_and_counted() -> None:
    store = SampleStore()
    for at in (NOW, NOW + 1, NOW + 1, NOW - 5):
        store.append({"__name__": "m"}, at, at - NOW)

    assert _values(store) == [[0, 1]]
    assert store.dropped == 2


def test_a_backfill_that_overlaps_adds_only_what_is_newer() -> None:
    store = SampleStore()
    store.append({"__name__": "m"}, NOW + 2, 7)
    store.extend({"__name__": "m"}, NOW + np.arange(5.0), np.arange(5.0))

    assert _values(store) == [[7, 3, 4]]
    assert store.dropped == 3


def test_times_that_do_not_ascend_are_refused_whole() -> None:
    store = SampleStore()
    with pytest.raises(ValueError, match="ascend"):
        store.extend({"__name__": "m"}, np.array([NOW, NOW - 1]), np.array([1.0, 2.0]))

    assert _values(store) == []


def test_a_series_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="__name__"):
        SampleStore().append({"pod": "a"}, NOW, 1)


def test_an_empty_label_is_no_label() -> None:
    store = SampleStore()
    store.append({"__name__": "m", "pod": ""}, NOW, 1)
    store.append({"__name__": "m"}, NOW + 1, 2)

    assert _values(store) == [[1, 2]]


def test_samples_older_than_the_retention_are_not_shown() -> None:
    store = SampleStore(retention=10)
    store.extend({"__name__": "m"}, NOW + np.arange(100.0), np.arange(100.0))

    assert _values(store) == [list(range(89, 100))]


def test_memory_of_a_long_series_is_bounded_by_the_retention() -> None:
    store = SampleStore(retention=10)
    for second in range(5000):
        store.append({"__name__": "m"}, NOW + second, second)

    assert max(len(series.times) for series in store._series.values()) < 200


def test_a_series_never_holds_more_than_its_cap() -> None:
    store = SampleStore(cap=100)
    for second in range(1000):
        store.append({"__name__": "m"}, NOW + second, second)

    assert len(_values(store)[0]) <= 150
    assert _values(store)[0][-1] == 999


def test_series_of_pods_long_gone_are_forgotten() -> None:
    store = SampleStore(retention=60)
    for pod in range(5000):
        store.append({"__name__": "m", "pod": str(pod)}, NOW + pod, 1)

    assert len(store._series) < 2100
    assert len(store._index["pod"]) == len(store._series)


def test_a_marker_is_told_from_an_ordinary_nan() -> None:
    store = SampleStore()
    store.append({"__name__": "m"}, NOW, float("nan"))
    store.mark_stale({"__name__": "m"}, NOW + 1)

    assert is_stale(store.select(_named("m"), NOW, NOW + 1)[0].values).tolist() == [False, True]


def test_the_end_of_a_series_that_never_was_is_not_remembered() -> None:
    store = SampleStore()
    store.mark_stale({"__name__": "m"}, NOW)

    assert _values(store) == []


@pytest.mark.parametrize(
    ("comparison", "value", "pods"),
    [
        (Comparison.EQUAL, "a1", ["a1"]),
        (Comparison.EQUAL, "", [""]),
        (Comparison.NOT_EQUAL, "a1", ["", "a2", "b1"]),
        (Comparison.NOT_EQUAL, "", ["a1", "a2", "b1"]),
        (Comparison.MATCHES, "a.", ["a1", "a2"]),
        (Comparison.MATCHES, "a", []),
        (Comparison.MATCHES, "a1|", ["", "a1"]),
        (Comparison.MATCHES_NOT, "a.", ["", "b1"]),
    ],
)
def test_matchers_treat_a_missing_label_as_empty(comparison: Comparison, value: str, pods: list[str]) -> None:
    store = SampleStore()
    for pod in ("a1", "a2", "b1", ""):
        store.append({"__name__": "m", "pod": pod}, NOW, 1)
    found = store.select([*_named("m"), Matcher("pod", comparison, value)], NOW, NOW)

    assert sorted(dict(series.labels).get("pod", "") for series in found) == pods


def test_a_reader_keeps_what_it_saw_while_the_writer_goes_on() -> None:
    store = SampleStore(retention=100)
    for second in range(50):
        store.append({"__name__": "m"}, NOW + second, second)
    seen = store.select(_named("m"), NOW, NOW + 100)[0]
    for second in range(50, 5000):
        store.append({"__name__": "m"}, NOW + second, second)

    assert seen.values.tolist() == list(range(50))


def test_readers_never_see_half_a_write() -> None:
    store = SampleStore(retention=50)
    done = threading.Event()
    torn: list[str] = []

    def read() -> None:
        while not done.is_set():
            for series in store.select(_named("m"), 0, 2 * NOW):
                if not np.array_equal(series.times / 1000 - NOW, series.values):
                    torn.append(str(series.labels))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for second in range(3000):
        store.append({"__name__": "m", "pod": str(second % 7)}, NOW + second, second)
    done.set()
    for reader in readers:
        reader.join()

    assert torn == []
