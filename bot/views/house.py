"""What the views know of the house they speak for: who decides, who is on call, where home is, how bold the bot is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True)
class House:
    """``approvers`` and ``oncall`` are Slack ids of people (U…) or user groups (S…); ``home`` is a channel id."""

    home: str
    approvers: tuple[str, ...] = ()
    oncall: tuple[str, ...] = ()
    mode: Literal["observe", "propose", "act"] = "propose"
    recheck: timedelta = timedelta(minutes=15)
