"""Cursors: long lists are given in pages, and a cursor that was not ours is refused."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError

Item = TypeVar("Item")


def page(items: Sequence[Item], args: Arguments, default: int, most: int) -> tuple[list[Item], dict[str, Any]]:
    """One page of ``items`` and the ``response_metadata`` naming the next."""
    limit = args.number("limit", default) or default
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start = _start(args.text("cursor"))
    following = start + limit
    cursor = base64.b64encode(f"next:{following}".encode()).decode() if following < len(items) else ""
    return list(items[start:following]), {"next_cursor": cursor}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next" and number.isdigit():
            return int(number)
    except (binascii.Error, UnicodeDecodeError):
        pass
    raise SlackError("invalid_cursor")
