"""`histogram_quantile` over classic buckets, steps side by side wherever the same buckets have samples."""

import numpy as np

from bot.playground.world.prom.grid import Bools, Floats, Grid, grouped
from bot.playground.world.prom.labels import NAME, get, without
from bot.playground.world.prom.numbers import read
from bot.playground.world.prom.windows import Indices


def histogram_quantile(wanted: Floats, grid: Grid) -> Grid:
    bounds = [read(get(labels, "le")) for labels in grid.labels]
    usable = [row for row, bound in enumerate(bounds) if bound is not None]
    buckets = grid.rows(np.array(usable, np.intp))
    upper = np.array([bounds[row] for row in usable], np.float64)
    keys, owner = grouped([without(labels, {NAME, "le"}) for labels in buckets.labels])
    values = np.zeros((len(keys), len(wanted)))
    present = np.zeros(values.shape, np.bool_)
    for group in range(len(keys)):
        rows = np.flatnonzero(owner == group)
        rows = rows[np.argsort(upper[rows], kind="stable")]
        for held, steps in _same_presence(buckets.present[rows]):
            counts = buckets.values[np.ix_(rows[held], steps)]
            values[group, steps] = _quantile(wanted[steps], upper[rows[held]], counts)
            present[group, steps] = True
    return Grid(keys, values, present).somewhere()


def _same_presence(present: Bools) -> list[tuple[Indices, Indices]]:
    """Steps at which the same, and any, buckets have samples: (buckets, steps)."""
    if present.all():
        return [(np.arange(present.shape[0]), np.arange(present.shape[1]))]
    patterns, pattern_of = np.unique(present, axis=1, return_inverse=True)
    pairs = [(np.flatnonzero(patterns[:, at]), np.flatnonzero(pattern_of == at)) for at in range(patterns.shape[1])]
    return [(held, steps) for held, steps in pairs if len(held)]


def _quantile(wanted: Floats, upper: Floats, counts: Floats) -> Floats:
    """Quantiles of one histogram: `counts` is cumulative, buckets x steps, ascending by `upper`."""
    outside = np.where(wanted < 0, -np.inf, np.where(wanted > 1, np.inf, np.nan))
    bounds, counts = _coalesced(upper, counts)
    if bounds[-1] != np.inf or len(bounds) < 2:
        return outside
    inside = _interpolated(wanted, bounds, counts)
    usable = (wanted >= 0) & (wanted <= 1) & (counts[-1] != 0)
    return np.asarray(np.where(usable, inside, outside))


def _coalesced(upper: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Add up buckets of the same bound, and let no count fall from one bucket to the next; NaN stays where it is."""
    bounds, place = np.unique(upper, return_inverse=True)
    summed = np.zeros((len(bounds), counts.shape[1]))
    np.add.at(summed, place, counts)
    top = summed[0]
    for bucket, count in enumerate(summed[1:], start=1):
        summed[bucket] = np.where(count < top, top, count)
        top = np.where(count > top, count, top)
    return bounds, summed


def _interpolated(wanted: Floats, bounds: Floats, counts: Floats) -> Floats:
    steps = np.arange(counts.shape[1])
    rank = wanted * counts[-1]
    bucket = _first_reaching(counts[:-1], rank)
    last = len(bounds) - 1
    below = np.maximum(bucket - 1, 0)
    start = np.where(bucket > 0, bounds[below], 0.0)
    before = np.where(bucket > 0, counts[below, steps], 0.0)
    share = (rank - before) / (counts[bucket, steps] - before)
    value = start + (bounds[bucket] - start) * share
    value = np.where((bucket == 0) & (bounds[0] <= 0), bounds[0], value)
    return np.asarray(np.where(bucket == last, bounds[last - 1], value))


def _first_reaching(counts: Floats, rank: Floats) -> Indices:
    reached = counts >= rank
    return np.asarray(np.where(reached.any(axis=0), reached.argmax(axis=0), counts.shape[0]))
