"""One series: sample times and values in arrays that grow at the end and are never written twice.

Because a written element never changes, a reader's slice stays true while the writer appends.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.prom.labels import Labels

STALE_BITS: Final = 0x7FF0000000000002
STALE: Final = np.array([STALE_BITS], dtype=np.int64).view(np.float64)[0]
_FIRST_ROOM = 64


@dataclass(frozen=True)
class Series:
    """Samples of one series, ascending: times in unix milliseconds, staleness markers included."""

    labels: Labels
    times: NDArray[np.int64]
    values: NDArray[np.float64]


def is_stale(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values are staleness markers: one NaN of many, told by its bits."""
    return np.asarray(np.ascontiguousarray(values).view(np.int64) == STALE_BITS)


@dataclass
class GrowingSeries:
    labels: Labels
    size: int = 0
    times: NDArray[np.int64] = field(default_factory=lambda: np.empty(_FIRST_ROOM, np.int64))
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty(_FIRST_ROOM, np.float64))

    @property
    def newest(self) -> int | None:
        return int(self.times[self.size - 1]) if self.size else None

    def append(self, at: int, value: float, oldest: int, cap: int) -> None:
        if self.size == len(self.times):
            self._make_room(1, oldest, cap)
        self.times[self.size] = at
        self.values[self.size] = value
        self.size += 1

    def extend(self, times: NDArray[np.int64], values: NDArray[np.float64], oldest: int, cap: int) -> None:
        if self.size + len(times) > len(self.times):
            self._make_room(len(times), oldest, cap)
        end = self.size + len(times)
        self.times[self.size : end] = times
        self.values[self.size : end] = values
        self.size = end

    def between(self, start: int, end: int) -> Series | None:
        """Samples with start <= time <= end, or None where there are none."""
        times, size = self.times[: self.size], self.size
        if not size or times[0] > end or times[-1] < start:
            return None
        first = int(times.searchsorted(start, "left"))
        stop = int(times.searchsorted(end, "right"))
        return Series(self.labels, times[first:stop], self.values[first:stop]) if stop > first else None

    def _make_room(self, more: int, oldest: int, cap: int) -> None:
        """Move what is still kept into new arrays; readers keep the old ones."""
        kept_from = int(self.times[: self.size].searchsorted(oldest, "left"))
        kept_from = min(max(kept_from, self.size + more - cap, 0), self.size)
        kept = self.size - kept_from
        room = max(_FIRST_ROOM, kept + kept // 2 + more)
        times, values = np.empty(room, np.int64), np.empty(room, np.float64)
        times[:kept] = self.times[kept_from : self.size]
        values[:kept] = self.values[kept_from : self.size]
        self.times, self.values, self.size = times, values, kept
