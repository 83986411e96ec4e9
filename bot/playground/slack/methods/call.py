"""One Web API call as a method sees it, and what a method is: its name, its scope, its rate, its function."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.model import SlackApp
from bot.playground.slack.workspace import Workspace

Answer = dict[str, Any]


@dataclass(frozen=True)
class Call:
    workspace: Workspace
    app: SlackApp
    args: Arguments
    method: str

    @property
    def bot(self) -> str:
        return self.app.bot_user_id

    @property
    def now(self) -> float:
        return self.workspace.clock.now()

    def violate(self, rule: str, **detail: Any) -> None:
        self.workspace.note_violation(rule, self.app.app_id, method=self.method, **detail)


Run = Callable[[Call], Answer]


@dataclass(frozen=True)
class Method:
    """``scope`` is a scope, alternatives joined by ``|``, or a rule of `scopes.BY_KIND`; ``tier`` is Slack's."""

    name: str
    run: Run
    scope: str = ""
    tier: int = 3
    app_token: bool = False
