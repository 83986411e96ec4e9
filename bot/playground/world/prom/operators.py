"""Arithmetic and comparison of single numbers, over arrays: the value, and whether a comparison holds."""

from collections.abc import Callable

import numpy as np

from bot.playground.world.prom.grid import Bools, Floats

ARITHMETIC: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
    "atan2": np.arctan2,
}
COMPARISONS: dict[str, Callable[[Floats, Floats], Bools]] = {
    "==": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}
# Prometheus 2.42 drops the metric name for these between two vectors; `atan2` keeps it there.
DROPS_NAME = frozenset(ARITHMETIC) - {"atan2"}
SET_OPERATORS = frozenset({"and", "or", "unless"})


def operate(operator: str, left: Floats, right: Floats) -> tuple[Floats, Bools]:
    """Arithmetic always keeps its value; a comparison keeps the left one where it holds."""
    if operator in ARITHMETIC:
        values = ARITHMETIC[operator](left, right)
        return values, np.ones(values.shape, np.bool_)
    return np.broadcast_arrays(left, right)[0], COMPARISONS[operator](left, right)
