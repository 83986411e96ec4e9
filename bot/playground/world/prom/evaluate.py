"""Evaluates nodes over a row of times: selection, aggregation, operators; calls are looked up in `calls`.

All times are unix milliseconds. One `Evaluation` serves one set of times; a subquery gets its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from bot.playground.world.prom import aggregate, binary
from bot.playground.world.prom.errors import BadData, ExecutionFailed
from bot.playground.world.prom.grid import Floats, Grid, Stamps, distinct
from bot.playground.world.prom.labels import drop_name
from bot.playground.world.prom.nodes import (
    Aggregation,
    Binary,
    Call,
    Edge,
    Negation,
    Node,
    Number,
    RangeSelector,
    Selector,
    Subquery,
    Text,
    kind_of,
)
from bot.playground.world.prom.operators import SET_OPERATORS
from bot.playground.world.prom.series import Series, is_stale
from bot.playground.world.prom.store import SampleStore
from bot.playground.world.prom.windows import Windows, windows_over

TOO_MANY = "query processing would load too many samples into memory in query execution"
VectorCall = Callable[["Evaluation", Call], Grid]
ScalarCall = Callable[["Evaluation", Call], Floats]
Called = TypeVar("Called")


@dataclass(frozen=True)
class Limits:
    lookback: int = 300_000
    subquery_step: int = 60_000
    samples: int = 10_000_000


@dataclass(frozen=True)
class Evaluation:
    store: SampleStore
    times: Stamps
    start: int
    end: int
    limits: Limits
    vector_calls: dict[str, VectorCall]
    scalar_calls: dict[str, ScalarCall]

    @property
    def width(self) -> int:
        return len(self.times)

    def vector(self, node: Node) -> Grid:
        match node:
            case Selector():
                return self.selected(node)[0]
            case Negation(inner=inner):
                grid = self.vector(inner)
                return distinct(Grid([drop_name(labels) for labels in grid.labels], -grid.values, grid.present))
            case Aggregation():
                return self._aggregation(node)
            case Binary():
                return self._binary(node)
            case Call(function=name):
                return _known(self.vector_calls, name)(self, node)
        raise BadData(f"expected an instant vector, got {kind_of(node)}")

    def scalar(self, node: Node) -> Floats:
        match node:
            case Number(value=value):
                return np.full(self.width, value)
            case Negation(inner=inner):
                return -self.scalar(inner)
            case Binary(operator=operator, left=left, right=right):
                return binary.between_scalars(operator, self.scalar(left), self.scalar(right))
            case Call(function=name):
                return _known(self.scalar_calls, name)(self, node)
        raise BadData(f"expected a scalar, got {kind_of(node)}")

    def text(self, node: Node) -> str:
        if not isinstance(node, Text):
            raise BadData(f"expected a string literal, got {kind_of(node)}")
        return node.value

    def windows(self, node: Node) -> Windows:
        match node:
            case RangeSelector(selector=selector, length=length):
                closes = self._moments(selector.at, selector.offset)
                opens = closes - length
                series = self.store.window(selector.matchers, int(opens.min()), int(closes.max()))
                self._afford(sum(len(one.times) for one in series), len(series) * self.width)
                return windows_over(series, opens, closes, self.times)
            case Subquery():
                return self._subquery(node)
        raise BadData(f"expected a range vector, got {kind_of(node)}")

    def selected(self, node: Selector) -> tuple[Grid, Floats]:
        """The newest sample of each series at each step, if not older than the lookback; and its time in seconds."""
        moments = self._moments(node.at, node.offset)
        earliest = int(moments.min()) - self.limits.lookback
        series = self.store.window(node.matchers, earliest, int(moments.max()))
        self._afford(len(series) * self.width)
        shape = (len(series), self.width)
        index = np.empty(shape, np.intp)
        base = 0
        for row, one in enumerate(series):
            index[row] = np.maximum(one.times.searchsorted(moments, "right") - 1, 0) + base
            base += len(one.times)
        times, values = _flat(series)
        grid_times, grid_values = times[index], values[index]
        present = (grid_times <= moments) & (grid_times >= moments - self.limits.lookback) & ~is_stale(grid_values)
        alive = np.flatnonzero(present.any(axis=1))
        whole = Grid([one.labels for one in series], grid_values, present)
        return whole.rows(alive), grid_times[alive] / 1000

    def _moments(self, at: int | Edge | None, offset: int) -> Stamps:
        """The time each step looks at."""
        if at is None:
            return self.times - offset
        fixed = self.start if at is Edge.START else self.end if at is Edge.END else at
        return np.full(self.width, int(fixed) - offset, np.int64)

    def _subquery(self, node: Subquery) -> Windows:
        """Evaluate the inner expression at multiples of its step, wherever some window needs it."""
        closes = self._moments(node.at, node.offset)
        opens = closes - node.length
        step = node.step or self.limits.subquery_step
        first = -(-int(opens.min()) // step) * step
        last = int(closes.max())
        self._afford((last - first) // step)
        steps = np.arange(first, last + 1, step, dtype=np.int64)
        if not len(steps):
            return windows_over([], opens, closes, self.times)
        inner = replace(self, times=steps).vector(node.inner)
        series = [
            Series(labels, steps[present], values[present])
            for labels, values, present in zip(inner.labels, inner.values, inner.present, strict=True)
        ]
        return windows_over(series, opens, closes, self.times)

    def _aggregation(self, node: Aggregation) -> Grid:
        grid = self.vector(node.inner)
        parameter, grouping = node.parameter, node.grouping
        match node.operator:
            case "quantile" if parameter is not None:
                return aggregate.aggregate_quantile(grid, self.scalar(parameter), grouping)
            case "topk" | "bottomk" if parameter is not None:
                return aggregate.aggregate_topk(grid, self.scalar(parameter), grouping, node.operator == "topk")
            case "count_values" if parameter is not None:
                return aggregate.aggregate_count_values(grid, self.text(parameter), grouping)
        return aggregate.aggregate(node.operator, grid, grouping)

    def _binary(self, node: Binary) -> Grid:
        operator, as_bool = node.operator, node.as_bool
        match kind_of(node.left), kind_of(node.right):
            case "scalar", _:
                grid = self.vector(node.right)
                return binary.with_scalar(operator, grid, self.scalar(node.left), as_bool, scalar_left=True)
            case _, "scalar":
                return binary.with_scalar(operator, self.vector(node.left), self.scalar(node.right), as_bool)
        left, right = self.vector(node.left), self.vector(node.right)
        if operator in SET_OPERATORS:
            return binary.joined_by(operator, left, right, node.matching)
        return binary.between_vectors(operator, left, right, node.matching, as_bool)

    def _afford(self, *cells: int) -> None:
        if max(cells) > self.limits.samples:
            raise ExecutionFailed(TOO_MANY)


def _known(calls: dict[str, Called], name: str) -> Called:
    call = calls.get(name)
    if call is None:
        raise BadData(f'unknown function with name "{name}"')
    return call


def _flat(series: list[Series]) -> tuple[Stamps, Floats]:
    if not series:
        return np.empty(0, np.int64), np.empty(0)
    return np.concatenate([one.times for one in series]), np.concatenate([one.values for one in series])
