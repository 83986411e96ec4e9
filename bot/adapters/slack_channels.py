"""Whether a channel is shared with another organisation, as Slack says: there nobody approves anything."""

import time
from collections.abc import Callable

from slack_sdk import WebClient

from bot.adapters.remembered import Remembered
from bot.adapters.slack_calls import Pace, SlackCalls, quiet

ASK_SECONDS = 2


class SlackChannels:
    """Asks `conversations.info`, and remembers the answer for a minute."""

    def __init__(self, client: WebClient, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        asked = quiet(client)
        asked.timeout = min(asked.timeout, ASK_SECONDS)
        self._calls = SlackCalls(asked, pace)
        self._remembered = Remembered(self._asked, clock)

    def why_not(self, channel: str) -> str | None:
        """The reason's name, or None. Raises `Unreachable`, `Busy` or `Refused` when Slack does not say."""
        return self._remembered(channel)

    def _asked(self, channel: str) -> str | None:
        told = self._calls.call("conversations.info", channel=channel).get("channel") or {}
        return "shared_channel" if told.get("is_ext_shared") else None
