"""Samples in memory with an index of labels: one writer, many readers.

Decides what is kept (a time, and a number of samples for each series) and what is refused: like Prometheus it drops
samples that are not newer than the series' last one, and counts them. Knows nothing of PromQL.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.prom.labels import NAME, Labels, freeze
from bot.playground.world.prom.matching import Comparison, Matcher, accepts_all
from bot.playground.world.prom.series import STALE, GrowingSeries, Series

_FIRST_SWEEP = 1000


@dataclass(frozen=True)
class Meaning:
    """What a scrape says of a metric: TYPE, HELP and UNIT."""

    kind: str
    help: str
    unit: str = ""


class SampleStore:
    def __init__(self, retention: float = 24 * 3600, cap: int = 200_000) -> None:
        """Keep `retention` seconds, and at most `cap` samples of one series."""
        self.meanings: dict[str, Meaning] = {}
        self.dropped = 0
        self._retention = int(retention * 1000)
        self._cap = cap
        self._lock = threading.RLock()
        self._series: dict[Labels, GrowingSeries] = {}
        self._index: dict[str, dict[str, set[Labels]]] = defaultdict(dict)
        self._ordered: dict[Labels, int] | None = None
        self._newest = 0
        self._sweep_at = _FIRST_SWEEP

    def append(self, labels: Mapping[str, str], at: float, value: float) -> None:
        """Add one sample; `labels` include ``__name__``, `at` is in unix seconds (kept in milliseconds)."""
        self._append(freeze(labels), milliseconds(at), value)

    def mark_stale(self, labels: Mapping[str, str], at: float) -> None:
        """Say that the series ended: from `at` on a selector no longer looks back to its last sample."""
        with self._lock:
            if (frozen := freeze(labels)) in self._series:
                self._append(frozen, milliseconds(at), float(STALE))

    def extend(self, labels: Mapping[str, str], times: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """Add many samples of one series, ascending; times in unix seconds."""
        stamps = np.rint(np.asarray(times, np.float64) * 1000).astype(np.int64)
        numbers = np.asarray(values, np.float64)
        if len(stamps) != len(numbers) or np.any(np.diff(stamps) <= 0):
            raise ValueError("times must ascend, to the millisecond, and be as many as the values")
        if not len(stamps):
            return
        with self._lock:
            series = self._of(freeze(labels))
            fresh = int(stamps.searchsorted(series.newest, "right")) if series.newest is not None else 0
            self.dropped += fresh
            self._newest = max(self._newest, int(stamps[-1]))
            series.extend(stamps[fresh:], numbers[fresh:], self._newest - self._retention, self._cap)

    def describe(self, metric: str, kind: str, help_text: str, unit: str = "") -> None:
        """Keep a metric's metadata for ``/api/v1/metadata``."""
        self.meanings[metric] = Meaning(kind, help_text, unit)

    def select(self, matchers: Iterable[Matcher], start: float, end: float) -> list[Series]:
        """Series that match and have samples in [start, end] (unix seconds), ordered by labels."""
        return self.window(tuple(matchers), milliseconds(start), milliseconds(end))

    def window(self, matchers: Sequence[Matcher], start: int, end: int) -> list[Series]:
        """`select` in milliseconds."""
        with self._lock:
            found = self._matching(matchers)
            order = self._order()
            found.sort(key=order.__getitem__)
            windows = [
                self._series[labels].between(max(start, self._newest - self._retention), end) for labels in found
            ]
        return [series for series in windows if series is not None]

    def _append(self, labels: Labels, at: int, value: float) -> None:
        with self._lock:
            series = self._of(labels)
            if series.newest is not None and at <= series.newest:
                self.dropped += 1
                return
            self._newest = max(self._newest, at)
            series.append(at, value, self._newest - self._retention, self._cap)

    def _of(self, labels: Labels) -> GrowingSeries:
        series = self._series.get(labels)
        if series is None:
            if not labels or (labels and not any(name == NAME for name, _ in labels)):
                raise ValueError(f"a series needs a {NAME} label")
            self._sweep_if_due()
            series = self._series[labels] = GrowingSeries(labels)
            self._ordered = None
            for name, value in labels:
                self._index[name].setdefault(value, set()).add(labels)
        return series

    def _order(self) -> dict[Labels, int]:
        if self._ordered is None:
            self._ordered = {labels: rank for rank, labels in enumerate(sorted(self._series))}
        return self._ordered

    def _matching(self, matchers: Sequence[Matcher]) -> list[Labels]:
        exact = [m for m in matchers if m.comparison is Comparison.EQUAL and m.value]
        rest = [m for m in matchers if m not in exact]
        sets = sorted((self._index.get(m.name, {}).get(m.value, set()) for m in exact), key=len)
        candidates: Iterable[Labels] = set.intersection(*sets) if sets else self._series
        return [labels for labels in candidates if accepts_all(rest, labels)] if rest else list(candidates)

    def _sweep_if_due(self) -> None:
        """Forget series whose last sample is older than the retention: pods come and go."""
        if len(self._series) < self._sweep_at:
            return
        oldest = self._newest - self._retention
        for labels in [labels for labels, series in self._series.items() if (series.newest or 0) < oldest]:
            del self._series[labels]
            for name, value in labels:
                self._forget(name, value, labels)
        self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._series))

    def _forget(self, name: str, value: str, labels: Labels) -> None:
        values = self._index[name]
        values[value].discard(labels)
        if not values[value]:
            del values[value]


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
