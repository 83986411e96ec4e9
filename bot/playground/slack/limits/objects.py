"""Limits of the composition objects: text, confirm, option, option group, filter."""

from collections.abc import Iterator
from typing import Any

from bot.playground.slack.limits.checks import (
    Check,
    Problem,
    array,
    boolean,
    both,
    exactly_one,
    one_of,
    shape,
    string,
    tagged,
    url,
)


def plain(most: int) -> Check:
    return tagged({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


def mrkdwn(most: int) -> Check:
    return tagged({"mrkdwn": shape({"text": string(most)}, {"verbatim": boolean})})


def text(most: int) -> Check:
    return tagged(
        {
            "plain_text": shape({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most)}, {"verbatim": boolean}),
        }
    )


STYLE = one_of("primary", "danger")
ACTION_ID = string(255)

CONFIRM = shape({"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)}, {"style": STYLE})

OPTION = shape({"text": plain(75), "value": string(150)}, {"description": plain(75)})
CHOICE = shape({"text": text(75), "value": string(150)}, {"description": text(75)})
OVERFLOW_OPTION = shape({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": url()})
OPTION_GROUP = shape({"label": plain(75), "options": array(OPTION, 100)})

CONVERSATION_FILTER = shape(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)

SLACK_FILE = both(shape({}, {"id": string(255), "url": url()}), exactly_one("id", "url"))


def distinct_options(value: Any, at: str) -> Iterator[Problem]:
    """Slack refuses two options of one menu that carry the same value."""
    options = value.get("options") if isinstance(value, dict) else None
    seen: set[str] = set()
    for index, option in enumerate(options if isinstance(options, list) else []):
        found = option.get("value") if isinstance(option, dict) else None
        if isinstance(found, str) and found in seen:
            yield Problem(f"duplicate option value: {found}", f"{at}/options/{index}/value")
        elif isinstance(found, str):
            seen.add(found)
