"""How fast the world's story passes beside the real clock: its own waits, never its timestamps and never its rates.

The bot and the world share one real time, so every moment stays a moment of the clock on the wall. Beside it runs the
world's own clock, which tells how much of the story has passed: at speed 5 it gains five seconds each second. It only
ever goes forward and what it showed once it will always have shown, so a fault cannot run backwards. Until somebody
sets a speed both clocks show the same number, exactly.
"""

from bisect import bisect_right
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Speed = Literal[1, 2, 5, 10]
SPEEDS: tuple[int, ...] = get_args(Speed)


class Tempo:
    """The world's own clock: piecewise straight, one piece for each speed that was set."""

    def __init__(self) -> None:
        self._begins, self._stories, self._speeds = [0.0], [0.0], [1]

    @property
    def speed(self) -> int:
        """Seconds of the story in a second from now on."""
        return self._speeds[-1]

    def set(self, speed: int, at: float) -> None:
        """Let the story pass at `speed` from a moment on; what has been stays. Raises ValueError naming the choices."""
        if speed not in SPEEDS:
            raise ValueError(f"a speed of {', '.join(map(str, SPEEDS[:-1]))} or {SPEEDS[-1]}")
        if speed == self.speed:
            return
        begin = max(at, self._begins[-1])
        self._stories.append(self.story(begin))
        self._begins.append(begin)
        self._speeds.append(speed)

    def story(self, at: float) -> float:
        """Return what the world's own clock shows at a moment."""
        piece = max(0, bisect_right(self._begins, at) - 1)
        return self._stories[piece] + self._speeds[piece] * (at - self._begins[piece])

    def stories(self, times: Floats | float) -> Floats:
        """Return `story` for many moments at once."""
        piece = np.maximum(0, np.searchsorted(self._begins, times, side="right") - 1)
        begins, stories, speeds = np.array(self._begins), np.array(self._stories), np.array(self._speeds, np.float64)
        found: Floats = stories[piece] + speeds[piece] * (times - begins[piece])
        return found

    def moment(self, story: float) -> float:
        """Return the moment at which the world's own clock shows `story`, if the speed stays as it is."""
        piece = max(0, bisect_right(self._stories, story) - 1)
        return self._begins[piece] + (story - self._stories[piece]) / self._speeds[piece]

    def elapsed(self, begin: float, end: float) -> float:
        """Return the seconds of the story between two moments."""
        return self.story(end) - self.story(begin)

    def reached(self, begin: float, seconds: float) -> float:
        """Return the moment at which so many seconds of the story have passed, if the speed stays as it is."""
        return self.moment(self.story(begin) + seconds) if seconds else begin
