"""The workspace's clock: the time now, shifted on request, and message timestamps that never repeat.

Nothing else of the stand-in reads the time of day, so that a test may jump 30 minutes ahead without waiting.
"""

import time


class Clock:
    def __init__(self) -> None:
        self.offset_s = 0.0
        self._last_micros = 0

    def restart(self) -> None:
        """Back to the present; only a workspace that has forgotten its messages may do so."""
        self.offset_s = 0.0
        self._last_micros = 0

    def now(self) -> float:
        return time.time() + self.offset_s

    def stamp(self) -> str:
        """A Slack `ts`: seconds and microseconds, unique and growing, which Slack uses as the message's name."""
        self._last_micros = max(int(self.now() * 1_000_000), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"


def wall() -> float:
    """Real time, for signatures: a receiver checks them against its own clock."""
    return time.time()


def stopwatch() -> float:
    return time.monotonic()
