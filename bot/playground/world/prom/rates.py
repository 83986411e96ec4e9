"""How fast: `rate`, `increase`, `delta`, `irate`, `idelta`, `deriv`, `predict_linear`, extrapolated as in 2.42."""

import numpy as np

from bot.playground.world.prom import kahan
from bot.playground.world.prom.grid import Bools, Floats
from bot.playground.world.prom.windows import Block, Indices, Windows, over

Folded = tuple[Floats, Bools]
_THRESHOLD = 1.1


def rate(windows: Windows) -> Folded:
    return _extrapolated(windows, counter=True, per_second=True)


def increase(windows: Windows) -> Folded:
    return _extrapolated(windows, counter=True, per_second=False)


def delta(windows: Windows) -> Folded:
    return _extrapolated(windows, counter=False, per_second=False)


def _extrapolated(windows: Windows, counter: bool, per_second: bool) -> Folded:
    """The growth between first and last sample, stretched to the window's ends where they are near enough."""
    present = windows.count >= 2
    row, step = np.nonzero(present)
    first, last = windows.first[row, step], windows.stop[row, step] - 1
    growth = windows.values[last] - windows.values[first]
    if counter:
        growth = growth + _lost_to_resets(windows.values, first, last)
    factor = _stretch(windows, first, last, step, growth if counter else None)
    if per_second:
        factor = factor / ((windows.closes - windows.opens)[step] / 1000)
    values = np.zeros(present.shape)
    values[row, step] = growth * factor
    return values, present


def _stretch(windows: Windows, first: Indices, last: Indices, step: Indices, growth: Floats | None) -> Floats:
    sampled = (windows.times[last] - windows.times[first]) / 1000
    to_start = (windows.times[first] - windows.opens[step]) / 1000
    to_end = (windows.closes[step] - windows.times[last]) / 1000
    between = sampled / (last - first)
    if growth is not None:
        start = windows.values[first]
        # A counter was never negative: going back, it meets zero here.
        to_zero = sampled * (start / np.where(growth > 0, growth, 1))
        to_start = np.where((growth > 0) & (start >= 0) & (to_zero < to_start), to_zero, to_start)
    near = between * _THRESHOLD
    interval = sampled + np.where(to_start < near, to_start, between / 2)
    interval = interval + np.where(to_end < near, to_end, between / 2)
    return np.asarray(interval / sampled)


def _lost_to_resets(values: Floats, first: Indices, last: Indices) -> Floats:
    """What each window's counter had reached whenever it fell, summed."""
    fell = values[1:] < values[:-1]
    lost = np.concatenate(([0.0], np.where(fell, values[:-1], 0.0), [0.0]))
    falls = np.concatenate(([0], np.cumsum(fell)))
    fallen = np.flatnonzero(falls[last] > falls[first])
    total = np.zeros(len(first))
    if len(fallen):
        bounds = np.stack([first[fallen] + 1, last[fallen] + 1], axis=1).ravel()
        total[fallen] = np.add.reduceat(lost, bounds)[::2]
    return total


def irate(windows: Windows) -> Folded:
    before, after, seconds, present = _last_two(windows)
    return np.where(after < before, after, after - before) / seconds, present


def idelta(windows: Windows) -> Folded:
    before, after, _, present = _last_two(windows)
    return after - before, present


def _last_two(windows: Windows) -> tuple[Floats, Floats, Floats, Bools]:
    present = windows.count >= 2
    before, after, seconds = np.zeros(present.shape), np.zeros(present.shape), np.ones(present.shape)
    last = windows.stop[present] - 1
    before[present], after[present] = windows.values[last - 1], windows.values[last]
    seconds[present] = (windows.times[last] - windows.times[last - 1]) / 1000
    return before, after, seconds, present


def deriv(windows: Windows) -> Folded:
    return over(windows, lambda block: _line(block, block.times[0])[0], least=2)


def predict_linear(windows: Windows, ahead: Floats) -> Folded:
    def value(block: Block) -> Floats:
        slope, intercept = _line(block, windows.at[block.step])
        return slope * ahead[block.step] + intercept

    return over(windows, value, least=2)


def _line(block: Block, origin: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> tuple[Floats, Floats]:
    """Least squares: slope per second, and the value at `origin` (milliseconds)."""
    count, x = block.count, (block.times - origin) / 1000
    sums = [kahan.add_up(terms, block.held) for terms in (x, block.values, x * block.values, x * x)]
    total_x, total_y, total_xy, total_xx = (total + lost for total, lost in sums)
    slope = (total_xy - total_x * total_y / count) / (total_xx - total_x * total_x / count)
    intercept = total_y / count - slope * total_x / count
    level = block.values[0]
    flat = np.all((block.values == level) | ~block.held, axis=0)
    on_level = np.where(np.isinf(level), np.nan, level)
    return np.where(flat, np.where(np.isinf(level), np.nan, 0.0), slope), np.where(flat, on_level, intercept)
