"""PromQL over a sample store: instant and range queries with the semantics of Prometheus 2.42.

What it cannot evaluate raises `BadData` (or `ExecutionFailed`, one of its kind); it never answers with less instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bot.playground.world.prom.calls import SCALAR_CALLS, VECTOR_CALLS
from bot.playground.world.prom.errors import BadData, ExecutionFailed
from bot.playground.world.prom.evaluate import Evaluation, Limits
from bot.playground.world.prom.grid import Grid, Stamps
from bot.playground.world.prom.nodes import Node, kind_of
from bot.playground.world.prom.result import Curve, Result, Sample
from bot.playground.world.prom.store import SampleStore, milliseconds
from bot.playground.world.prom.syntax import TOO_DEEP, parse
from bot.playground.world.prom.windows import Windows

MOST_POINTS = 11_000

__all__ = ["BadData", "Curve", "Engine", "ExecutionFailed", "Result", "Sample"]


class Engine:
    def __init__(self, store: SampleStore, lookback: float = 300.0) -> None:
        """`lookback` in seconds: how old a sample may be and still count as current."""
        self.store = store
        self.limits = Limits(lookback=milliseconds(lookback))

    def instant(self, expr: str, at: float) -> Result:
        """Evaluate at one time, in unix seconds."""
        node, moment = parse(expr), milliseconds(at)
        evaluation = self._evaluation(np.array([moment], np.int64), moment, moment)
        with _evaluating():
            return _instant(evaluation, node, moment / 1000)

    def range(self, expr: str, start: float, end: float, step: float) -> Result:
        """Evaluate at start, start + step … up to end; all in unix seconds."""
        first, last, interval = milliseconds(start), milliseconds(end), milliseconds(step)
        if interval <= 0:
            raise BadData("zero or negative query resolution step widths are not accepted. Try a positive integer")
        if (last - first) / interval > MOST_POINTS:
            raise BadData(TOO_FINE)
        if last < first:
            raise BadData("end timestamp must not be before start time")
        node = parse(expr)
        if (kind := kind_of(node)) not in ("vector", "scalar"):
            raise BadData(
                f'invalid expression type "{_SPOKEN[kind]}" for range query, must be Scalar or instant Vector'
            )
        evaluation = self._evaluation(np.arange(first, last + 1, interval, dtype=np.int64), first, last)
        with _evaluating():
            return Result("matrix", last / 1000, matrix=tuple(_curves(evaluation, node)))

    def _evaluation(self, times: Stamps, start: int, end: int) -> Evaluation:
        return Evaluation(self.store, times, start, end, self.limits, VECTOR_CALLS, SCALAR_CALLS)


TOO_FINE = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
_SPOKEN = {"vector": "instant vector", "matrix": "range vector", "scalar": "scalar", "string": "string"}


@contextmanager
def _evaluating() -> Iterator[None]:
    """Floats follow IEEE 754 without a word; an expression too deep for the stack is refused."""
    try:
        with np.errstate(all="ignore"):
            yield
    except RecursionError as error:
        raise BadData(TOO_DEEP) from error


def _instant(evaluation: Evaluation, node: Node, at: float) -> Result:
    match kind_of(node):
        case "string":
            return Result("string", at, string=evaluation.text(node))
        case "scalar":
            return Result("scalar", at, scalar=float(evaluation.scalar(node)[0]))
        case "matrix":
            return Result("matrix", at, matrix=tuple(_raw(evaluation.windows(node))))
    grid = evaluation.vector(node)
    rows = zip(grid.labels, grid.values[:, 0], strict=True)
    return Result("vector", at, vector=tuple(Sample(dict(labels), at, float(value)) for labels, value in rows))


def _raw(windows: Windows) -> list[Curve]:
    spans = zip(windows.labels, windows.first[:, 0], windows.stop[:, 0], strict=True)
    return [
        Curve(dict(labels), windows.times[first:stop] / 1000, windows.values[first:stop])
        for labels, first, stop in sorted(spans)
        if stop > first
    ]


def _curves(evaluation: Evaluation, node: Node) -> list[Curve]:
    times = evaluation.times / 1000
    if kind_of(node) == "scalar":
        return [Curve({}, times, evaluation.scalar(node))]
    grid: Grid = evaluation.vector(node)
    rows = sorted(range(len(grid.labels)), key=lambda row: grid.labels[row])
    return [
        Curve(dict(grid.labels[row]), times[grid.present[row]], grid.values[row][grid.present[row]])
        for row in rows
        if grid.present[row].any()
    ]
