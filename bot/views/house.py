"""What the views know of the house they speak for: who decides, who is on call, where home is, how bold the bot is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from bot.core.approvers import Deciders
from bot.core.sources import Sources


@dataclass(frozen=True)
class House:
    """``approvers`` and ``oncall`` are Slack ids of people (U…) or user groups (S…); ``home`` is a channel id.

    ``approvers`` is everybody who decides anything.
    """

    home: str
    deciders: Deciders = field(default_factory=Deciders)
    oncall: tuple[str, ...] = ()
    mode: Literal["observe", "propose", "act"] = "propose"
    recheck: timedelta = timedelta(minutes=15)
    verbs: Mapping[str, str] = field(default_factory=dict)  # changing tool -> "Roll Back", as its button says it
    sources: Sources = field(default_factory=Sources)
    usages: tuple[str, ...] = ()  # how changes are asked for by `/ops do`, one line each

    @property
    def approvers(self) -> tuple[str, ...]:
        return self.deciders.of(None)

    def verb(self, tool: str) -> str:
        """The Title Case verb of a changing tool."""
        return self.verbs.get(tool) or tool.replace("_", " ").title()
