"""An instant vector over many times: rows are series, columns are steps, `present` says where there is a sample.

Every operator maps grids to grids, so that a range query costs array operations, not a loop over its steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.prom.errors import ExecutionFailed
from bot.playground.world.prom.labels import Labels

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Stamps = NDArray[np.int64]

SAME_LABELSET = "vector cannot contain metrics with the same labelset"


@dataclass(frozen=True)
class Grid:
    labels: Sequence[Labels]
    values: Floats
    present: Bools

    def rows(self, chosen: Sequence[int] | NDArray[np.intp]) -> "Grid":
        return Grid([self.labels[row] for row in chosen], self.values[chosen], self.present[chosen])

    def somewhere(self) -> "Grid":
        """Leave out rows without any sample: a series that has none does not exist."""
        alive = self.present.any(axis=1)
        return self if alive.all() else self.rows(np.flatnonzero(alive))


def nothing(width: int) -> Grid:
    return Grid([], np.empty((0, width)), np.empty((0, width), np.bool_))


def one_row(labels: Labels, values: Floats, present: Bools | None = None) -> Grid:
    shown = np.ones(len(values), np.bool_) if present is None else present
    return Grid([labels], values[None, :], shown[None, :]).somewhere()


def distinct(grid: Grid) -> Grid:
    """Refuse two rows of the same labels, also where they never meet at a step."""
    alive = grid.somewhere()
    if len(set(alive.labels)) != len(alive.labels):
        raise ExecutionFailed(SAME_LABELSET)
    return alive


def merged(grid: Grid) -> Grid:
    """Join rows of the same labels; refuse where two of them have a sample at the same step."""
    alive = grid.somewhere()
    if len(set(alive.labels)) == len(alive.labels):
        return alive
    places: dict[Labels, int] = {}
    owner = np.array([places.setdefault(labels, len(places)) for labels in alive.labels])
    count = np.zeros((len(places), alive.present.shape[1]), np.int64)
    values = np.zeros(count.shape)
    np.add.at(count, owner, alive.present)
    if (count > 1).any():
        raise ExecutionFailed(SAME_LABELSET)
    row, step = np.nonzero(alive.present)
    values[owner[row], step] = alive.values[row, step]
    return Grid(list(places), values, count > 0)


def grouped(keys: Sequence[Labels]) -> tuple[list[Labels], NDArray[np.intp]]:
    """Distinct keys in the order they appear, and for each row the number of its key."""
    places: dict[Labels, int] = {}
    owner = np.array([places.setdefault(key, len(places)) for key in keys], np.intp)
    return list(places), owner
