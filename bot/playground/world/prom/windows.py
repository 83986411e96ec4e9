"""A range vector over many steps at once: flat samples of all series, and for each series and step the slice it sees.

`over` walks windows of like length together, sample by sample, so that a sum adds in the order Prometheus adds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.prom.grid import Bools, Floats, Stamps
from bot.playground.world.prom.labels import Labels
from bot.playground.world.prom.series import Series, is_stale

_CELLS = 1 << 20
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """`first` and `stop` (series x steps) index `times` and `values`; `opens` and `closes` bound each step's window."""

    labels: Sequence[Labels]
    times: Stamps
    values: Floats
    first: Indices
    stop: Indices
    opens: Stamps
    closes: Stamps
    at: Stamps

    @property
    def count(self) -> Indices:
        return self.stop - self.first


@dataclass(frozen=True)
class Block:
    """Windows side by side: row j holds each window's j-th sample where `held`; `step` is each window's column."""

    values: Floats
    times: Stamps
    held: Bools
    count: Indices
    step: Indices


Reduce = Callable[[Block], Floats]


def windows_over(series: Sequence[Series], opens: Stamps, closes: Stamps, at: Stamps) -> Windows:
    """Cut every series into one window per step, both ends included, staleness markers left out."""
    fresh = [_without_markers(one) for one in series]
    bases = np.cumsum([0, *(len(one.times) for one in fresh)])
    shape = (len(fresh), len(at))
    first, stop = np.empty(shape, np.intp), np.empty(shape, np.intp)
    for row, one in enumerate(fresh):
        first[row] = one.times.searchsorted(opens, "left")
        stop[row] = one.times.searchsorted(closes, "right")
    first += bases[:-1, None]
    stop += bases[:-1, None]
    times = np.concatenate([one.times for one in fresh]) if fresh else np.empty(0, np.int64)
    values = np.concatenate([one.values for one in fresh]) if fresh else np.empty(0)
    return Windows([one.labels for one in fresh], times, values, first, stop, opens, closes, at)


def _without_markers(series: Series) -> Series:
    markers = is_stale(series.values)
    if not markers.any():
        return series
    return Series(series.labels, series.times[~markers], series.values[~markers])


def over(windows: Windows, reduce: Reduce, least: int = 1) -> tuple[Floats, Bools]:
    """Reduce every window of at least `least` samples to one value; the others have none."""
    count = windows.count
    present = count >= least
    values = np.zeros(count.shape)
    rows, steps = np.nonzero(present)
    for chosen in _alike(count[rows, steps]):
        row, step = rows[chosen], steps[chosen]
        values[row, step] = reduce(_block(windows, row, step))
    return values, present


def _alike(lengths: Indices) -> Iterator[Indices]:
    """Windows in order of length, in portions that fill a bounded amount of memory."""
    order = np.argsort(lengths, kind="stable")
    begin = 0
    while begin < len(order):
        size = max(1, _CELLS // int(lengths[order[min(begin + 4096, len(order) - 1)]]))
        yield order[begin : begin + min(size, 4096)]
        begin += min(size, 4096)


def _block(windows: Windows, row: Indices, step: Indices) -> Block:
    first, stop = windows.first[row, step], windows.stop[row, step]
    longest = int((stop - first).max())
    index = first[None, :] + np.arange(longest)[:, None]
    held = index < stop[None, :]
    index = np.minimum(index, len(windows.times) - 1)
    return Block(windows.values[index], windows.times[index], held, stop - first, step)
