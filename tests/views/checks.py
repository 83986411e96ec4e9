"""What every message must be, whatever went into it: within Slack's limits, by its own models too, calling nobody."""

import re
from typing import Any

from slack_sdk.models.blocks import Block

from bot.playground.slack.limits.blocks import message_problems, text_total
from bot.views.blocks import MOST_ALL, MOST_BLOCKS, MOST_TEXT, Message

MENTION = re.compile(r"<@[^>]*>|<!subteam[^>]*>")
BROADCAST = re.compile(r"<!(?:channel|here|everyone)", re.IGNORECASE)
MARK = re.compile(r"<[^<>]*>")
OURS = re.compile(
    r"<(?:@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|#[CDG][A-Z0-9]+|!date\^\d+\^[^|<>]+\|[^|<>]+|https?://[^\s<>|]+\|[^<>|]+)>"
)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    return [text for inner in value for text in strings(inner)] if isinstance(value, (list, tuple)) else []


def marked(message: Message) -> list[str]:
    """Every text in which Slack reads marks."""
    found = [message["text"]]

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                found.append(value["text"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message["blocks"])
    return found


def assert_fit(message: Message) -> None:
    """Within every limit, by Slack's models, the stand-in's rules and our own totals."""
    assert 0 < len(message["text"]) <= MOST_TEXT
    assert len(message["blocks"]) <= MOST_BLOCKS
    assert text_total(message["blocks"]) <= MOST_ALL
    assert [str(problem) for problem in message_problems(message["blocks"])] == []
    for block in message["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()


def assert_only_our_marks(message: Message) -> None:
    """Nothing between angle brackets but what the views themselves made."""
    for text in marked(message):
        for mark in MARK.findall(text):
            assert OURS.fullmatch(mark), mark
        assert text.count("<") == len(MARK.findall(text)) == text.count(">"), text
    for text in strings(message["blocks"]):
        assert not BROADCAST.search(text)


def mentions(message: Message) -> list[str]:
    return [mark for text in marked(message)[1:] for mark in MENTION.findall(text)]
