"""Functions that fold a window into one number: `*_over_time`, `changes`, `resets`, `holt_winters`."""

import numpy as np

from bot.playground.world.prom import kahan
from bot.playground.world.prom.errors import ExecutionFailed
from bot.playground.world.prom.grid import Bools, Floats
from bot.playground.world.prom.quantiles import quantile
from bot.playground.world.prom.windows import Block, Windows, over

Folded = tuple[Floats, Bools]


def sum_over_time(windows: Windows) -> Folded:
    def total(block: Block) -> Floats:
        summed, lost = kahan.add_up(block.values, block.held)
        return np.where(np.isinf(summed), summed, summed + lost)

    return over(windows, total)


def avg_over_time(windows: Windows) -> Folded:
    return over(windows, _mean)


def _mean(block: Block) -> Floats:
    mean, lost = np.zeros(len(block.count)), np.zeros(len(block.count))
    for seen, (value, held) in enumerate(zip(block.values, block.held, strict=True), start=1):
        moves = held & ~(np.isinf(mean) & (np.isfinite(value) | (value == mean)))
        mean, lost = kahan.add(value / seen - mean / seen, mean, lost, moves)
    return np.where(np.isinf(mean), mean, mean + lost)


def stdvar_over_time(windows: Windows) -> Folded:
    return over(windows, _variance)


def stddev_over_time(windows: Windows) -> Folded:
    return over(windows, lambda block: np.sqrt(_variance(block)))


def _variance(block: Block) -> Floats:
    width = len(block.count)
    mean, mean_lost, spread, spread_lost = (np.zeros(width) for _ in range(4))
    for seen, (value, held) in enumerate(zip(block.values, block.held, strict=True), start=1):
        delta = value - (mean + mean_lost)
        mean, mean_lost = kahan.add(delta / seen, mean, mean_lost, held)
        spread, spread_lost = kahan.add(delta * (value - (mean + mean_lost)), spread, spread_lost, held)
    return (spread + spread_lost) / block.count


def min_over_time(windows: Windows) -> Folded:
    return over(windows, lambda block: np.fmin.reduce(np.where(block.held, block.values, np.nan)))


def max_over_time(windows: Windows) -> Folded:
    return over(windows, lambda block: np.fmax.reduce(np.where(block.held, block.values, np.nan)))


def count_over_time(windows: Windows) -> Folded:
    return windows.count.astype(np.float64), windows.count > 0


def last_over_time(windows: Windows) -> Folded:
    present = windows.count > 0
    values = np.zeros(present.shape)
    values[present] = windows.values[windows.stop[present] - 1]
    return values, present


def present_over_time(windows: Windows) -> Folded:
    return np.ones(windows.count.shape), windows.count > 0


def changes(windows: Windows) -> Folded:
    before, after = windows.values[:-1], windows.values[1:]
    return _steps_that(windows, (before != after) & ~(np.isnan(before) & np.isnan(after)))


def resets(windows: Windows) -> Folded:
    return _steps_that(windows, windows.values[1:] < windows.values[:-1])


def _steps_that(windows: Windows, between: Bools) -> Folded:
    """Count the marked steps from one sample to the next inside each window."""
    sums = np.concatenate(([0, 0], np.cumsum(between)))[: len(windows.values) + 1]
    present = windows.count > 0
    values = np.zeros(present.shape)
    values[present] = sums[windows.stop[present]] - sums[windows.first[present] + 1]
    return values, present


def quantile_over_time(windows: Windows, wanted: Floats) -> Folded:
    return over(windows, lambda block: quantile(wanted[block.step], block.values, block.held))


def holt_winters(windows: Windows, smoothing: Floats, trend: Floats) -> Folded:
    asked = (windows.count > 0).any(axis=0)
    for factor in smoothing[asked & ~((smoothing > 0) & (smoothing < 1))]:
        raise ExecutionFailed(f"invalid smoothing factor. Expected: 0 < sf < 1, got: {factor:f}")
    for factor in trend[asked & ~((trend > 0) & (trend < 1))]:
        raise ExecutionFailed(f"invalid trend factor. Expected: 0 < tf < 1, got: {factor:f}")
    return over(windows, lambda block: _smoothed(block, smoothing[block.step], trend[block.step]), least=2)


def _smoothed(block: Block, smoothing: Floats, trend: Floats) -> Floats:
    before = np.zeros(len(block.count))
    level: Floats = block.values[0]
    slope: Floats = block.values[1] - block.values[0]
    for seen, (value, held) in enumerate(zip(block.values[1:], block.held[1:], strict=True)):
        steeper = slope if seen == 0 else trend * (level - before) + (1 - trend) * slope
        higher = smoothing * value + (1 - smoothing) * (level + steeper)
        before, level = np.where(held, level, before), np.where(held, higher, level)
        slope = np.where(held, steeper, slope)
    return level
