"""Who is a full member of our workspace, as Slack says: no guest, no bot, nobody of another team, nobody who left."""

import time
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient

from bot.adapters.remembered import Remembered
from bot.adapters.slack_calls import Pace, SlackCalls, quiet
from bot.core.errors import Refused

ASK_SECONDS = 2


class SlackMembers:
    """Asks `users.info`, and remembers the answer for a minute."""

    def __init__(
        self,
        client: WebClient,
        pace: Pace,
        team: Callable[[], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        asked = quiet(client)
        asked.timeout = min(asked.timeout, ASK_SECONDS)  # others wait behind whoever asks
        self._calls = SlackCalls(asked, pace)
        self._team = team
        self._remembered = Remembered(self._asked, clock)

    def why_not(self, user: str) -> str | None:
        """The reason's name, or None for a full member. Raises `Unreachable` or `Busy` when Slack does not say."""
        return self._remembered(user)

    def _asked(self, user: str) -> str | None:
        try:
            told = self._calls.call("users.info", user=user).get("user") or {}
        except Refused as refusal:
            if refusal.why in {"user_not_found", "user_not_visible"}:
                return "not_member"
            raise
        return why_no_member(told, self._team())


def why_no_member(user: dict[str, Any], team: str | None) -> str | None:
    """``user`` is Slack's own object."""
    teams = {user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ())}
    if user.get("deleted") or user.get("is_bot") or (team is not None and team not in teams):
        return "not_member"
    return "guest" if user.get("is_restricted") or user.get("is_ultra_restricted") else None
