"""`topk` and `bottomk`: which samples stay. Ties fall as they fall in Prometheus, whose heap is Go's container/heap."""

import math
from collections.abc import Callable

import numpy as np

from bot.playground.world.prom.grid import Floats, Grid
from bot.playground.world.prom.windows import Indices

Smaller = Callable[[float, float], bool]
Entry = tuple[float, int]


def chosen(grid: Grid, owner: Indices, limits: Floats, largest: bool) -> Grid:
    """Keep the `limits[step]` largest (or smallest) samples of each group at each step."""
    present = np.zeros_like(grid.present)
    order: list[int] = []
    for step, limit in enumerate(limits):
        rows = np.flatnonzero(grid.present[:, step])
        order = []
        for group in dict.fromkeys(owner[rows]):
            members = [(float(grid.values[row, step]), int(row)) for row in rows[owner[rows] == group]]
            order += _best(members, min(int(limit), len(rows)), largest)
        present[order, step] = True
    if len(limits) == 1:
        return Grid(grid.labels, grid.values, present).rows(np.array(order, np.intp))
    return Grid(grid.labels, grid.values, present).somewhere()


def _best(members: list[Entry], limit: int, largest: bool) -> list[int]:
    if limit < 1:
        return []
    smaller = _less if largest else _more
    heap: list[Entry] = []
    for entry in members:
        if len(heap) == limit:
            if not _replaces(heap[0][0], entry[0], largest):
                continue
            heap[0], heap[-1] = heap[-1], heap[0]
            heap.pop()
            _down(heap, 0, smaller)
        heap.append(entry)
        _up(heap, len(heap) - 1, smaller)
    return [row for _, row in sorted(heap, key=lambda entry: _rank(entry[0], largest))]


def _rank(value: float, largest: bool) -> tuple[bool, float]:
    return (True, 0.0) if math.isnan(value) else (False, -value if largest else value)


def _replaces(root: float, value: float, largest: bool) -> bool:
    return math.isnan(root) or (root < value if largest else root > value)


def _less(one: float, other: float) -> bool:
    return math.isnan(one) or one < other


def _more(one: float, other: float) -> bool:
    return math.isnan(one) or one > other


def _up(heap: list[Entry], place: int, smaller: Smaller) -> None:
    while place > 0:
        parent = (place - 1) // 2
        if not smaller(heap[place][0], heap[parent][0]):
            return
        heap[place], heap[parent] = heap[parent], heap[place]
        place = parent


def _down(heap: list[Entry], place: int, smaller: Smaller) -> None:
    while (child := 2 * place + 1) < len(heap):
        if child + 1 < len(heap) and smaller(heap[child + 1][0], heap[child][0]):
            child += 1
        if not smaller(heap[child][0], heap[place][0]):
            return
        heap[place], heap[child] = heap[child], heap[place]
        place = child
