"""Round numbers for the axes of a chart: levels in the unit's own steps, times people say. Pure."""

from datetime import UTC, datetime
from math import floor, log10

from bot.core.measures import Unit

LEVELS = 4  # about so many lines, of which the lowest is the ground
HOURS = 5
NOTHING = 0.02  # a dip under zero of so little of the height is drawn as zero
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)


def ticks(low: float, high: float, unit: Unit) -> tuple[float, ...]:
    """Three to six levels at round values, the first at or under ``low``, the last at or over ``high``."""
    if -NOTHING * high < low < 0:
        low = 0.0
    if high <= low:
        high = low + (abs(low) or 1.0)
    step = _step((high - low) / (LEVELS - 1), 1024.0 if unit is Unit.BYTES else 1000.0)
    first = floor(low / step + 1e-9)
    levels = [first * step]
    while levels[-1] < high - step * 1e-9 or len(levels) < 2:
        levels.append((first + len(levels)) * step)
    return tuple(levels)


def _step(rough: float, base: float) -> float:
    """The next round number: 1, 2, 5 times a power of ten, and of bytes powers of two."""
    if base == 1024.0:
        step = 1.0
        while step < rough:
            step *= 2
        return step
    power = 10.0 ** floor(log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * (1 - 1e-9))


def hours(start: float, end: float) -> list[tuple[float, str]]:
    """Round times between two moments (seconds since 1970), with the hour of the day in UTC."""
    minutes = next((m for m in MINUTES if (end - start) / 60 / m <= HOURS), MINUTES[-1])
    step = minutes * 60
    first = int(-(-start // step))
    found = []
    while first * step <= end:
        found.append((float(first * step), datetime.fromtimestamp(first * step, UTC).strftime("%H:%M")))
        first += 1
    return found
