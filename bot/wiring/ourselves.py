"""Who this bot is in Slack."""

import logging
import threading
from dataclasses import dataclass, field

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.settings import ServeSettings

log = logging.getLogger("midwatch.serve")
SLACK_SECONDS = 10


@dataclass
class Ourselves:
    """Who this bot is in Slack, learnt by auth.test as soon as Slack answers."""

    client: WebClient
    team: str | None = None
    user: str | None = None
    bot: str | None = None
    why_not: str = "Slack has not been asked yet"
    _learning: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: ServeSettings) -> "Ourselves":
        token = settings.slack_bot_token.get_secret_value()
        return cls(WebClient(token=token, base_url=settings.slack_api_url, timeout=SLACK_SECONDS))

    def learn(self) -> bool:
        with self._learning:
            try:
                answer = self.client.auth_test()
            except SlackApiError as error:
                self.why_not = f"auth.test: {error.response.get('error')}"
                return False
            except OSError as error:
                self.why_not = f"Slack does not answer: {type(error).__name__}"
                return False
            self.team, self.user, self.bot = answer["team_id"], answer["user_id"], answer.get("bot_id")
            self.why_not = ""
            return True

    def keep_learning(self, stop: threading.Event) -> None:
        while not self.learn() and not stop.wait(2.0):
            log.warning("%s; trying again", self.why_not)
