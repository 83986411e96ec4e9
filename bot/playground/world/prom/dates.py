"""Calendar functions of a sample's value taken as unix seconds, in UTC.

Counts whole days from a distant year that begins a 400-year cycle, in unsigned 64 bits: also NaN and infinite values
then give what Prometheus gives (on amd64), instead of an error.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.prom.grid import Floats

Counts = NDArray[np.uint64]

_FIRST_YEAR = -292277022399
_TO_1970 = np.uint64(9223372028715321600)
_DAY, _HOUR, _MINUTE = np.uint64(86400), np.uint64(3600), np.uint64(60)
_MONTH_ENDS = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_LEAP_MONTH_ENDS = _MONTH_ENDS + (np.arange(12) > 0)


def _seconds(values: Floats) -> Counts:
    with np.errstate(over="ignore"):
        inside = np.abs(values) < 2.0**63
        whole = np.where(inside, values, 0).astype(np.int64)
        return np.where(inside, whole, np.int64(-(2**63))).astype(np.uint64) + _TO_1970


def _calendar(values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Year, day of the year (from 0), and whether the year is a leap year."""
    days = (_seconds(values) // _DAY).astype(np.int64)
    cycles, days = np.divmod(days, 146097)
    centuries = np.minimum(days // 36524, 3)
    days = days - centuries * 36524
    fours, days = np.divmod(days, 1461)
    years = np.minimum(days // 365, 3)
    leap = (years == 3) & ((fours != 24) | (centuries == 3))
    return _FIRST_YEAR + 400 * cycles + 100 * centuries + 4 * fours + years, days - 365 * years, leap


def _month_and_day(values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    _, day, leap = _calendar(values)
    ends = np.where(leap[..., None], _LEAP_MONTH_ENDS, _MONTH_ENDS)
    month = (day[..., None] >= ends).sum(axis=-1)
    before = np.where(month > 0, np.take_along_axis(ends, np.maximum(month - 1, 0)[..., None], axis=-1)[..., 0], 0)
    return month + 1, day - before + 1, leap


def _days_in_month(values: Floats) -> NDArray[np.int64]:
    month, _, leap = _month_and_day(values)
    lengths = np.diff(np.concatenate(([0], _MONTH_ENDS)))
    return np.asarray(lengths[month - 1] + (leap & (month == 2)))


DATES: dict[str, Callable[[Floats], NDArray[np.int64] | Counts]] = {
    "minute": lambda values: _seconds(values) % _HOUR // _MINUTE,
    "hour": lambda values: _seconds(values) % _DAY // _HOUR,
    "day_of_week": lambda values: (_seconds(values) // _DAY + np.uint64(1)) % np.uint64(7),
    "day_of_month": lambda values: _month_and_day(values)[1],
    "day_of_year": lambda values: _calendar(values)[1] + 1,
    "days_in_month": _days_in_month,
    "month": lambda values: _month_and_day(values)[0],
    "year": lambda values: _calendar(values)[0],
}
