"""One curve and its shape: where it stood, where it stands, when it left, whether it came back. Ratios, no limits.

The level before is told from the level after by the split that leaves the least variance on both sides: curves of an
incident are short and often hold one or two points of the time before.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median

ENDING = 4  # the last part of a curve is what is called now
FAR = 1.5  # times: what is nearer is a swing
CLIMBS = 0.5
BACK = 0.3  # back within this share of the way it went


@dataclass(frozen=True)
class Meter:
    """``name`` as the source calls it; ``points`` oldest first, at least one; values in the unit of `naming`."""

    name: str
    points: tuple[tuple[datetime, float], ...]
    unit: str = ""

    @cached_property
    def values(self) -> tuple[float, ...]:
        return tuple(value for _, value in self.points)

    @property
    def first(self) -> float:
        return self.values[0]

    @property
    def last(self) -> float:
        return self.values[-1]

    @cached_property
    def low(self) -> float:
        return min(self.values)

    @cached_property
    def high(self) -> float:
        return max(self.values)

    @cached_property
    def now(self) -> float:
        """The level of the last part."""
        return median(self.values[-min(ENDING, max(1, len(self.values) // 3)) :])

    @cached_property
    def split(self) -> int:
        """The index from which on it is another level; 0 for a curve of one point."""
        values = self.values
        if len(values) < 2:
            return 0
        return min(range(1, len(values)), key=lambda at: (_spread(values[:at]) + _spread(values[at:]), at))

    @cached_property
    def before(self) -> float:
        return median(self.values[: self.split or 1])

    @cached_property
    def after(self) -> float:
        return median(self.values[self.split :])

    @property
    def began(self) -> datetime:
        """When it left the level it had before."""
        return self.points[self.split][0]

    @cached_property
    def left(self) -> datetime:
        """When a climb or a fall begins to show: its first tenth is gone."""
        way = self.extreme - self.first
        gone = (at for at, value in self.points if way and (value - self.first) / way >= 0.1)
        return next(gone, self.began)

    @cached_property
    def extreme(self) -> float:
        """The value farthest from the first one."""
        return max(self.values, key=lambda value: abs(value - self.first))

    @property
    def extreme_at(self) -> datetime:
        return next(at for at, value in self.points if value == self.extreme)

    @property
    def straightness(self) -> float:
        """1 for a climb without a step back, -1 for such a fall, about 0 for what only swings."""
        way = sum(abs(after - before) for before, after in pairwise(self.values))
        return (self.last - self.first) / way if way else 0.0

    @property
    def came_back(self) -> bool:
        """It went far and is near its first level again."""
        way = abs(self.extreme - self.first)
        return way > 0 and abs(self.last - self.first) <= BACK * way and abs(self.now - self.first) <= BACK * way

    @property
    def climbs(self) -> bool:
        return self.straightness >= CLIMBS

    @property
    def came_down(self) -> bool:
        """It stood far above its first level for a while, and is back."""
        return self.extreme > FAR * max(self.first, 1e-9) and self.came_back

    @property
    def filled_up(self) -> bool:
        """It was far below what it is now, and is about as high as at first, or higher."""
        return self.last > FAR * max(self.low, 1e-9) and min(self.last, self.now) >= (1 - BACK) * self.first

    def rose(self, ratio: float, by: float = 0.0) -> bool:
        """Whether it stands at this many times its level before, and by at least so much above it."""
        level = max(self.before, 1e-9)
        return self.now >= ratio * level and self.now - self.before >= by

    def times(self) -> float:
        return self.now / max(self.before, 1e-9)

    def held(self, least: float, share: float = 0.6) -> bool:
        """Whether so many of the later points, and the last level, are at or above a value."""
        later = self.values[self.split :] if self.split < len(self.values) - 2 else self.values
        return self.now >= least and sum(value >= least for value in later) >= share * len(later)


def _spread(values: tuple[float, ...]) -> float:
    middle = fmean(values)
    return sum((value - middle) ** 2 for value in values)
