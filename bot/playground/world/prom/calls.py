"""Every function this engine knows, by name: how its arguments are read and what it makes of them."""

from collections.abc import Callable

import numpy as np

from bot.playground.world.prom import histogram, maths, over_time, rates, relabel
from bot.playground.world.prom.dates import DATES
from bot.playground.world.prom.evaluate import Evaluation, ScalarCall, VectorCall
from bot.playground.world.prom.grid import Bools, Floats, Grid, distinct, merged, nothing, one_row
from bot.playground.world.prom.labels import drop_name
from bot.playground.world.prom.nodes import Call, Selector, kind_of
from bot.playground.world.prom.windows import Windows

Folding = Callable[..., tuple[Floats, Bools]]


def _over_range(fold: Folding, keeps_name: bool = False) -> VectorCall:
    """A function of one range vector, and of scalars in the order they are written."""

    def call(evaluation: Evaluation, node: Call) -> Grid:
        matrix = next(argument for argument in node.arguments if kind_of(argument) == "matrix")
        scalars = [evaluation.scalar(argument) for argument in node.arguments if argument is not matrix]
        windows: Windows = evaluation.windows(matrix)
        values, present = fold(windows, *scalars)
        labels = windows.labels if keeps_name else [drop_name(one) for one in windows.labels]
        return distinct(Grid(labels, values, present))

    return call


def _each(change: Callable[..., Floats], *defaults: float) -> VectorCall:
    """A function of each sample, and of scalars; those not written have their default."""

    def call(evaluation: Evaluation, node: Call) -> Grid:
        grid = evaluation.vector(node.arguments[0])
        scalars = [evaluation.scalar(argument) for argument in node.arguments[1:]]
        scalars += [np.full(evaluation.width, default) for default in defaults[len(scalars) :]]
        return _renamed(grid, change(grid.values, *scalars), grid.present)

    return call


def _renamed(grid: Grid, values: Floats, present: Bools) -> Grid:
    return merged(Grid([drop_name(labels) for labels in grid.labels], values, present))


def _calendar(read: Callable[[Floats], np.ndarray[tuple[int, ...], np.dtype[np.int64 | np.uint64]]]) -> VectorCall:
    def call(evaluation: Evaluation, node: Call) -> Grid:
        if not node.arguments:
            return one_row((), read(evaluation.times / 1000).astype(np.float64))
        grid = evaluation.vector(node.arguments[0])
        return _renamed(grid, read(grid.values).astype(np.float64), grid.present)

    return call


def _clamp(evaluation: Evaluation, node: Call) -> Grid:
    grid, low, high = evaluation.vector(node.arguments[0]), *map(evaluation.scalar, node.arguments[1:])
    return _renamed(grid, maths.clamp(grid.values, low, high), grid.present & ~(high < low))


def _timestamp(evaluation: Evaluation, node: Call) -> Grid:
    """A selector's samples know when they were taken; anything else was made at the step."""
    inner = node.arguments[0]
    if isinstance(inner, Selector):
        grid, taken = evaluation.selected(inner)
        return _renamed(grid, taken, grid.present)
    grid = evaluation.vector(inner)
    return _renamed(grid, np.broadcast_to(evaluation.times / 1000, grid.values.shape), grid.present)


def _sort(descending: bool) -> VectorCall:
    def call(evaluation: Evaluation, node: Call) -> Grid:
        grid = evaluation.vector(node.arguments[0])
        if evaluation.width > 1 or not len(grid.labels):
            return grid
        values = grid.values[:, 0]
        return grid.rows(np.lexsort((-values if descending else values, np.isnan(values))))

    return call


def _absent(evaluation: Evaluation, node: Call) -> Grid:
    return _where_nothing(evaluation, node, evaluation.vector(node.arguments[0]).present)


def _absent_over_time(evaluation: Evaluation, node: Call) -> Grid:
    return _where_nothing(evaluation, node, evaluation.windows(node.arguments[0]).count > 0)


def _where_nothing(evaluation: Evaluation, node: Call, present: Bools) -> Grid:
    labels = relabel.labels_of_the_absent(node.arguments[0])
    return one_row(labels, np.ones(evaluation.width), np.logical_not(present.any(axis=0)))


def _label_replace(evaluation: Evaluation, node: Call) -> Grid:
    grid, texts = evaluation.vector(node.arguments[0]), [evaluation.text(each) for each in node.arguments[1:]]
    return relabel.label_replace(grid, *texts)


def _label_join(evaluation: Evaluation, node: Call) -> Grid:
    grid = evaluation.vector(node.arguments[0])
    target, separator, *sources = [evaluation.text(each) for each in node.arguments[1:]]
    return relabel.label_join(grid, target, separator, sources)


def _histogram_quantile(evaluation: Evaluation, node: Call) -> Grid:
    wanted, grid = evaluation.scalar(node.arguments[0]), evaluation.vector(node.arguments[1])
    return histogram.histogram_quantile(wanted, grid) if len(grid.labels) else nothing(evaluation.width)


def _vector(evaluation: Evaluation, node: Call) -> Grid:
    return one_row((), evaluation.scalar(node.arguments[0]))


def _scalar(evaluation: Evaluation, node: Call) -> Floats:
    grid = evaluation.vector(node.arguments[0])
    if not len(grid.labels):
        return np.full(evaluation.width, np.nan)
    only = np.take_along_axis(grid.values, grid.present.argmax(axis=0)[None, :], axis=0)[0]
    return np.where(grid.present.sum(axis=0) == 1, only, np.nan)


def _time(evaluation: Evaluation, node: Call) -> Floats:  # noqa: ARG001 - every call takes its node
    return evaluation.times / 1000


def _pi(evaluation: Evaluation, node: Call) -> Floats:  # noqa: ARG001 - every call takes its node
    return np.full(evaluation.width, np.pi)


SCALAR_CALLS: dict[str, ScalarCall] = {"scalar": _scalar, "time": _time, "pi": _pi}

VECTOR_CALLS: dict[str, VectorCall] = {
    "rate": _over_range(rates.rate),
    "increase": _over_range(rates.increase),
    "delta": _over_range(rates.delta),
    "irate": _over_range(rates.irate),
    "idelta": _over_range(rates.idelta),
    "deriv": _over_range(rates.deriv),
    "predict_linear": _over_range(rates.predict_linear),
    "holt_winters": _over_range(over_time.holt_winters),
    "changes": _over_range(over_time.changes),
    "resets": _over_range(over_time.resets),
    "avg_over_time": _over_range(over_time.avg_over_time),
    "sum_over_time": _over_range(over_time.sum_over_time),
    "min_over_time": _over_range(over_time.min_over_time),
    "max_over_time": _over_range(over_time.max_over_time),
    "count_over_time": _over_range(over_time.count_over_time),
    "last_over_time": _over_range(over_time.last_over_time, keeps_name=True),
    "present_over_time": _over_range(over_time.present_over_time),
    "stddev_over_time": _over_range(over_time.stddev_over_time),
    "stdvar_over_time": _over_range(over_time.stdvar_over_time),
    "quantile_over_time": _over_range(over_time.quantile_over_time),
    "absent": _absent,
    "absent_over_time": _absent_over_time,
    "clamp": _clamp,
    "clamp_min": _each(maths.larger),
    "clamp_max": _each(maths.smaller),
    "round": _each(maths.rounded, 1.0),
    "timestamp": _timestamp,
    "sort": _sort(descending=False),
    "sort_desc": _sort(descending=True),
    "label_replace": _label_replace,
    "label_join": _label_join,
    "histogram_quantile": _histogram_quantile,
    "vector": _vector,
    **{name: _each(change) for name, change in maths.PLAIN.items()},
    **{name: _calendar(read) for name, read in DATES.items()},
}
