"""Trigger ids: three seconds, one use, and only for the app they were given to."""

import secrets
from dataclasses import dataclass

from bot.playground.slack.errors import SlackError


@dataclass
class Trigger:
    app_id: str
    user: str
    born: float
    used: bool = False


class Triggers:
    def __init__(self) -> None:
        self._known: dict[str, Trigger] = {}

    def give(self, app_id: str, user: str, now: float) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._known[trigger_id] = Trigger(app_id, user, now)
        return trigger_id

    def spend(self, trigger_id: str, app_id: str, now: float, life_s: float) -> Trigger:
        trigger = self._known.get(trigger_id)
        if trigger is None or trigger.app_id != app_id:
            raise SlackError("invalid_trigger_id")
        if now - trigger.born > life_s:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger
