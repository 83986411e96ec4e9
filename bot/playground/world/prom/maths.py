"""Functions of one sample's value at a time; the metric name goes."""

from collections.abc import Callable

import numpy as np

from bot.playground.world.prom.grid import Floats

PLAIN: dict[str, Callable[[Floats], Floats]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sgn": lambda values: np.where(values < 0, -1.0, np.where(values > 0, 1.0, values)),
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "cos": np.cos,
    "cosh": np.cosh,
    "sin": np.sin,
    "sinh": np.sinh,
    "tan": np.tan,
    "tanh": np.tanh,
    "deg": lambda values: values * 180 / np.pi,
    "rad": lambda values: values * np.pi / 180,
}


def larger(one: Floats, other: Floats) -> Floats:
    """Go's math.Max: an infinite argument wins even over NaN."""
    return np.where((one == np.inf) | (other == np.inf), np.inf, np.maximum(one, other))


def smaller(one: Floats, other: Floats) -> Floats:
    """Go's math.Min."""
    return np.where((one == -np.inf) | (other == -np.inf), -np.inf, np.minimum(one, other))


def clamp(values: Floats, low: Floats, high: Floats) -> Floats:
    return larger(low, smaller(high, values))


def rounded(values: Floats, nearest: Floats) -> Floats:
    """Half goes up; dividing by the inverse keeps 0.1 steps exact."""
    inverse = 1.0 / nearest
    return np.asarray(np.floor(values * inverse + 0.5) / inverse)
