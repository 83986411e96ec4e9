"""The quantile of plain samples, interpolated between neighbours; NaN counts as smallest, as in Prometheus."""

import numpy as np

from bot.playground.world.prom.grid import Bools, Floats


def quantile(wanted: Floats, values: Floats, held: Bools) -> Floats:
    """Quantiles along the first axis over the held values; each column holds at least one."""
    count = held.sum(axis=0)
    nans = (held & np.isnan(values)).sum(axis=0)
    numbers = np.sort(np.where(held & ~np.isnan(values), values, np.inf), axis=0)
    rank = np.where(np.isfinite(wanted), wanted, 0) * (count - 1)
    lower = np.clip(np.floor(rank), 0, count - 1).astype(np.intp)
    upper = np.minimum(lower + 1, count - 1)
    weight = rank - np.floor(rank)
    inside = _ranked(numbers, nans, lower) * (1 - weight) + _ranked(numbers, nans, upper) * weight
    answer = np.where(wanted < 0, -np.inf, np.where(wanted > 1, np.inf, inside))
    return np.where(np.isnan(wanted), np.nan, answer)


def _ranked(numbers: Floats, nans: "np.ndarray[tuple[int, ...], np.dtype[np.intp]]", rank: Floats) -> Floats:
    place = np.maximum(rank - nans, 0).astype(np.intp)
    return np.where(rank < nans, np.nan, np.take_along_axis(numbers, place[None, :], axis=0)[0])
