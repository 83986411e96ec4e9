"""Aggregation operators: many rows to one row per group, step by step, adding in the order of the rows."""

from collections.abc import Callable

import numpy as np

from bot.playground.world.prom import topk
from bot.playground.world.prom.errors import ExecutionFailed
from bot.playground.world.prom.grid import Floats, Grid, grouped
from bot.playground.world.prom.labels import NAME, Labels, is_label_name, keep, put, quote, without
from bot.playground.world.prom.nodes import Grouping
from bot.playground.world.prom.numbers import plain
from bot.playground.world.prom.quantiles import quantile
from bot.playground.world.prom.windows import Indices

Fold = Callable[[Grid, Indices, int], Floats]
_LARGEST_INT = 2.0**63


def aggregate(operator: str, grid: Grid, grouping: Grouping) -> Grid:
    """Aggregators without a parameter."""
    keys, owner = grouped([_key(labels, grouping) for labels in grid.labels])
    values = _FOLDS[operator](grid, owner, len(keys))
    return Grid(keys, values, _count(grid, owner, len(keys)) > 0).somewhere()


def aggregate_quantile(grid: Grid, wanted: Floats, grouping: Grouping) -> Grid:
    keys, owner = grouped([_key(labels, grouping) for labels in grid.labels])
    present = _count(grid, owner, len(keys)) > 0
    values = np.zeros(present.shape)
    for group in range(len(keys)):
        rows, steps = np.flatnonzero(owner == group), np.flatnonzero(present[group])
        cells = np.ix_(rows, steps)
        values[group, steps] = quantile(wanted[steps], grid.values[cells], grid.present[cells])
    return Grid(keys, values, present).somewhere()


def aggregate_topk(grid: Grid, limits: Floats, grouping: Grouping, largest: bool) -> Grid:
    for limit in limits[~((limits >= -_LARGEST_INT) & (limits < _LARGEST_INT))]:
        raise ExecutionFailed(f"Scalar value {plain(float(limit))} overflows int64")
    _, owner = grouped([_key(labels, grouping) for labels in grid.labels])
    return topk.chosen(grid, owner, limits, largest)


def aggregate_count_values(grid: Grid, label: str, grouping: Grouping) -> Grid:
    if not is_label_name(label):
        raise ExecutionFailed(f"invalid label name {quote(label)}")
    listed = grouping if grouping.without else Grouping(grouping.labels | {label}, without=False)
    counts: dict[Labels, Floats] = {}
    for row, step in zip(*np.nonzero(grid.present), strict=True):
        key = _key(put(grid.labels[row], label, plain(float(grid.values[row, step]))), listed)
        counts.setdefault(key, np.zeros(grid.values.shape[1]))[step] += 1
    values = np.array(list(counts.values())).reshape(len(counts), grid.values.shape[1])
    return Grid(list(counts), values, values > 0)


def _key(labels: Labels, grouping: Grouping) -> Labels:
    return without(labels, grouping.labels | {NAME}) if grouping.without else keep(labels, grouping.labels)


def _count(grid: Grid, owner: Indices, groups: int) -> Floats:
    return _added(np.where(grid.present, 1.0, 0.0), owner, groups)


def _sum(grid: Grid, owner: Indices, groups: int) -> Floats:
    return _added(np.where(grid.present, grid.values, -0.0), owner, groups)


def _added(terms: Floats, owner: Indices, groups: int) -> Floats:
    """Starts from minus zero, the only start that changes no sum, not even one of minus zeros."""
    total = np.full((groups, terms.shape[1]), -0.0)
    np.add.at(total, owner, terms)
    return total


def _avg(grid: Grid, owner: Indices, groups: int) -> Floats:
    mean, count = np.zeros((groups, grid.values.shape[1])), np.zeros((groups, grid.values.shape[1]))
    for value, present, group in zip(grid.values, grid.present, owner, strict=True):
        count[group] += present
        so_far, seen = mean[group], np.maximum(count[group], 1)
        settled = np.isinf(so_far) & (np.isfinite(value) | (value == so_far))
        moved = np.where(seen == 1, value, so_far + (value / seen - so_far / seen))
        mean[group] = np.where(present & ~settled, moved, so_far)
    return mean


def _stdvar(grid: Grid, owner: Indices, groups: int) -> Floats:
    shape = (groups, grid.values.shape[1])
    mean, spread, count = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for value, present, group in zip(grid.values, grid.present, owner, strict=True):
        count[group] += present
        first = present & (count[group] == 1)
        delta = value - mean[group]
        moved = np.where(first, value, mean[group] + delta / np.maximum(count[group], 1))
        spread[group] += np.where(present & ~first, delta * (value - moved), 0.0)
        mean[group] = np.where(present, moved, mean[group])
    return spread / np.maximum(count, 1)


def _stddev(grid: Grid, owner: Indices, groups: int) -> Floats:
    return np.sqrt(_stdvar(grid, owner, groups))


def _smallest(grid: Grid, owner: Indices, groups: int) -> Floats:
    out = np.full((groups, grid.values.shape[1]), np.nan)
    np.fmin.at(out, owner, np.where(grid.present, grid.values, np.nan))
    return out


def _largest(grid: Grid, owner: Indices, groups: int) -> Floats:
    out = np.full((groups, grid.values.shape[1]), np.nan)
    np.fmax.at(out, owner, np.where(grid.present, grid.values, np.nan))
    return out


def _ones(grid: Grid, owner: Indices, groups: int) -> Floats:  # noqa: ARG001 - one shape for every fold
    return np.ones((groups, grid.values.shape[1]))


_FOLDS: dict[str, Fold] = {
    "sum": _sum,
    "avg": _avg,
    "min": _smallest,
    "max": _largest,
    "count": _count,
    "group": _ones,
    "stdvar": _stdvar,
    "stddev": _stddev,
}
