"""`@midwatch …` in a channel or thread: the same words as after `/ops`, answered in the thread.

“Thanks, @midwatch” asks nothing and is left alone. Slack may deliver one mention several times, and as several events:
what counts is the message (channel and ts). When it cannot be written down the listener raises, Slack is not told that
it arrived, and delivers it again.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.core.commands import AskForIncident, Help
from bot.core.errors import BadInput
from bot.services.reception import Person, Said
from handlers.commands import NAMES, as_typed, understood
from handlers.listener import Door

WORDS = frozenset(NAMES.values())
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
LINK = re.compile(r"<(?:https?://|mailto:)[^|>]*\|([^>]*)>|<#[A-Z0-9]+\|([^>]*)>|<(https?://[^|>]*)>")


def mentioned(body: Mapping[str, Any], door: Door) -> None:
    """Write down what was asked; another app's words are not heard, so that two bots cannot talk for ever."""
    event = body["event"]
    if event.get("bot_id") or event.get("subtype") or not event.get("user"):
        return
    typed, us = str(event.get("text") or ""), _us(body)
    text = words_of(typed, us)
    command = _command(text, door)
    if command == "misread" and not _asks(text) and not _addressed(typed, us):
        return  # somebody speaks of us, not to us
    channel, ts = str(event["channel"]), str(event["ts"])
    team = event.get("user_team") or event.get("team") or body.get("team_id")
    door.reception.said(
        Said(
            who=Person(str(event["user"]), str(team)),
            command=command,
            text=text,
            channel=channel,
            response_url="",
            trigger=f"{channel}:{ts}",
            thread=str(event.get("thread_ts") or ts),
        )
    )


def _command(text: str, door: Door) -> str:
    """Its name in the record; words that are not understood are answered too."""
    try:
        command = understood(text, door)
    except BadInput:
        return "misread"
    if isinstance(command, AskForIncident):
        return "misread"  # a mention opens no form: the answer says what to add
    return "help" if isinstance(command, Help) else NAMES[type(command)]


def _asks(text: str) -> bool:
    """Whether it begins with a command, well put or not."""
    return text.partition(" ")[0].lower() in WORDS


def _addressed(typed: str, us: str | None) -> bool:
    """Whether the message begins with the mention."""
    first = MENTION.match(typed.lstrip())
    return first is not None and us in (None, first[1])


def _us(body: Mapping[str, Any]) -> str | None:
    """The bot's own user id, as the delivery names it."""
    told = body.get("authorizations") or ()
    return next((str(one["user_id"]) for one in told if isinstance(one, Mapping) and one.get("user_id")), None)


def words_of(text: str, us: str | None) -> str:
    """What was said to us: after the mention, or before it where nothing follows; links as people read them."""
    called = next((found for found in MENTION.finditer(text) if us in (None, found[1])), None)
    if called is not None:
        text = text[called.end() :].strip() or text[: called.start()].strip()
    plain = LINK.sub(lambda link: link[1] or link[2] or link[3] or "", text)
    return as_typed(plain).lstrip(":,").strip()
