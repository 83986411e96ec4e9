"""How long the cluster's own waits take. By the clock on the wall, unless whoever owns the world says otherwise."""

from typing import Protocol


class Waits(Protocol):
    """Until when a wait lasts."""

    def reached(self, begin: float, seconds: float) -> float:
        """Return the moment at which so many seconds of the wait have passed."""


class RealTime:
    """A second is a second."""

    def reached(self, begin: float, seconds: float) -> float:
        return begin + seconds
