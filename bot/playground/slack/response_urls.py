"""The short-lived addresses given with each command and click: five uses, thirty minutes.

It keeps and counts them. What an answer sent there does to a message is `answers.py`'s business.
"""

import secrets
from dataclasses import dataclass

from bot.playground.slack.errors import SlackError


@dataclass
class ResponseUrl:
    app_id: str
    user: str
    channel: str
    born: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    def __init__(self) -> None:
        self._known: dict[str, ResponseUrl] = {}

    def give(self, url: ResponseUrl) -> str:
        token = secrets.token_urlsafe(18)
        self._known[token] = url
        return token

    def use(self, token: str, now: float, life_s: float, most: int) -> ResponseUrl:
        url = self._known.get(token)
        if url is None:
            raise SlackError("invalid_url")
        if now - url.born > life_s:
            raise SlackError("expired_url")
        if url.uses >= most:
            raise SlackError("used_url")
        url.uses += 1
        return url
