"""How fast an app may call, as Slack says it: tiers a minute, a message a second a channel, an edit each 3 s a message.

It only counts and says who was too fast. Whether that is a note or a 429 is decided by the caller.
"""

from collections import defaultdict, deque
from dataclasses import dataclass

WINDOW_S = 60.0
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
CHANNEL_BURST = 4
WORKSPACE_MESSAGES = 300
UPDATE_GAP_S = 3.0


@dataclass(frozen=True)
class TooFast:
    rule: str
    detail: str
    retry_after_s: float


class Rates:
    def __init__(self) -> None:
        self._calls: dict[tuple[str, ...], deque[float]] = defaultdict(deque)
        self._tokens: dict[tuple[str, str], tuple[float, float]] = {}
        self._edits: dict[tuple[str, str, str], float] = {}

    def why_too_fast(self, app_id: str, method: str, most: int, now: float) -> TooFast | None:
        """Count one call of ``method`` of which ``most`` a minute are allowed."""
        calls = self._calls[(app_id, method)]
        while calls and calls[0] <= now - WINDOW_S:
            calls.popleft()
        calls.append(now)
        if len(calls) <= most:
            return None
        wait = calls[0] + WINDOW_S - now
        return TooFast("method_rate", f"{method}: {len(calls)} calls in a minute, {most} allowed", wait)

    def why_posting_too_fast(self, app_id: str, channel: str, now: float) -> TooFast | None:
        """Count one message: a second each, a few at once after a pause."""
        tokens, last = self._tokens.get((app_id, channel), (float(CHANNEL_BURST), now))
        tokens = min(float(CHANNEL_BURST), tokens + (now - last))
        if tokens < 1:
            self._tokens[(app_id, channel)] = (tokens, now)
            return TooFast("message_rate", f"more than a message a second to {channel}", 1 - tokens)
        self._tokens[(app_id, channel)] = (tokens - 1, now)
        return None

    def why_editing_too_fast(self, app_id: str, channel: str, ts: str, now: float) -> TooFast | None:
        key = (app_id, channel, ts)
        last = self._edits.get(key)
        if last is not None and now - last < UPDATE_GAP_S:
            gap = now - last
            return TooFast("update_rate", f"edited {channel}/{ts} again after {gap:.2f} s", UPDATE_GAP_S - gap)
        self._edits[key] = now
        return None
