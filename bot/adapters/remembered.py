"""What Slack said of somebody or something a moment ago; silence is not remembered."""

import time
from collections.abc import Callable

SECONDS = 60.0  # so long may somebody who was deactivated, or a channel that is shared now, still count as before
MOST = 5000


class Remembered:
    """``ask`` gives the reason against it or None, and raises where that is not known."""

    def __init__(self, ask: Callable[[str], str | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[str, tuple[float, str | None]] = {}

    def __call__(self, about: str) -> str | None:
        found = self._known.get(about)
        if found is not None and self._clock() - found[0] < SECONDS:
            return found[1]
        why = self._ask(about)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[about] = (self._clock(), why)
        return why
