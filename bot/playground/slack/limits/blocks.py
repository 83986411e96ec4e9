"""Limits of blocks: each kind's shape, what is counted over a whole message, and which kinds a surface takes.

`message_problems` answers for messages and `view_block_problems` for modals and Home. Kinds of blocks this table does
not know are refused: what Midwatch posts must be something whose limits are checked.
"""

from collections.abc import Iterator
from typing import Any

from bot.playground.slack.limits import elements
from bot.playground.slack.limits.checks import (
    Check,
    Problem,
    anything,
    array,
    boolean,
    both,
    exactly_one,
    one_of,
    shape,
    string,
    tagged,
    unique,
    url,
)
from bot.playground.slack.limits.objects import SLACK_FILE, mrkdwn, plain, text
from bot.playground.slack.limits.rich_text import RICH_TEXT

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_TOTAL = 12_000
TEXT_TOTAL = 13_200
TABLE_TEXT_TOTAL = 10_000
ID = {"block_id": string(255)}


def _has_content(value: Any, at: str) -> Iterator[Problem]:
    if isinstance(value, dict) and not value.get("text") and not value.get("fields"):
        yield Problem("must have text or fields", at)


SECTION_FIELDS = {"text": text(3000), "fields": array(text(2000), 10), "accessory": elements.IN_ACCESSORY}
SECTION = both(shape({}, ID | SECTION_FIELDS | {"expand": boolean}), _has_content)
ACTIONS = shape({"elements": both(array(elements.IN_ACTIONS, 25), unique("action_id"))}, ID)
IN_CONTEXT = tagged({"image": elements.IMAGE, "mrkdwn": mrkdwn(3000), "plain_text": plain(3000)})
CONTEXT = shape({"elements": array(IN_CONTEXT, 10)}, ID)
IMAGE = both(
    shape({"alt_text": string(2000)}, ID | {"image_url": url(), "slack_file": SLACK_FILE, "title": plain(2000)}),
    exactly_one("image_url", "slack_file"),
)
INPUT = shape(
    {"label": plain(2000), "element": elements.IN_INPUT},
    ID | {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)
CONTEXT_ACTIONS = shape({"elements": both(array(elements.IN_CONTEXT_ACTIONS, 5), unique("action_id"))}, ID)
RAW_NUMBER = shape({"value": anything}, {"text": string(3000)})
CELL = tagged({"raw_text": shape({"text": string(3000)}), "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT})
COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})
TABLE = shape({"rows": array(array(CELL, 20), 100)}, ID | {"column_settings": array(COLUMN, 20)})
SOURCE = tagged({"url": shape({"url": url(), "text": string(255)})})
TASK_CARD = shape(
    {"task_id": string(255), "title": string(255), "status": one_of("pending", "in_progress", "complete", "error")},
    ID | {"details": RICH_TEXT, "output": RICH_TEXT, "sources": array(SOURCE, 100)},
)
PLAN = shape({"title": string(255)}, ID | {"tasks": array(TASK_CARD, 50)})

EVERYWHERE: dict[str, Check] = {
    "section": SECTION,
    "header": shape({"text": plain(150)}, ID),
    "divider": shape({}, ID),
    "image": IMAGE,
    "context": CONTEXT,
    "actions": ACTIONS,
    "input": INPUT,
    "rich_text": RICH_TEXT,
}
IN_MESSAGES = EVERYWHERE | {
    "markdown": shape({"text": string(MARKDOWN_TOTAL)}, ID),
    "context_actions": CONTEXT_ACTIONS,
    "table": TABLE,
    "task_card": TASK_CARD,
    "plan": PLAN,
}
IN_MODALS = EVERYWHERE | {
    "alert": shape({"text": text(200)}, ID | {"level": one_of("default", "info", "warning", "error", "success")})
}

_MESSAGE = both(array(tagged(IN_MESSAGES), MESSAGE_BLOCKS), unique("block_id"))
_MODAL = both(array(tagged(IN_MODALS), VIEW_BLOCKS), unique("block_id"))
_HOME = both(array(tagged(EVERYWHERE), VIEW_BLOCKS), unique("block_id"))


def message_problems(blocks: Any) -> list[Problem]:
    """Everything wrong with a message's blocks, by place; totals are `text_total`'s matter."""
    return [*_MESSAGE(blocks, "/blocks"), *_message_totals(blocks)]


def view_block_problems(kind: str, blocks: Any, at: str) -> Iterator[Problem]:
    return (_HOME if kind == "home" else _MODAL)(blocks, at)


def _message_totals(blocks: Any) -> Iterator[Problem]:
    found = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    markdown = [block for block in found if block.get("type") == "markdown"]
    tables = [block for block in found if block.get("type") == "table"]
    if text_total(markdown) > MARKDOWN_TOTAL:
        yield Problem(f"markdown blocks must have less than {MARKDOWN_TOTAL + 1} characters together", "/blocks")
    if len(tables) > 1:
        yield Problem("no more than 1 table allowed", "/blocks")
    if text_total(tables) > TABLE_TEXT_TOTAL:
        yield Problem(f"tables must have less than {TABLE_TEXT_TOTAL + 1} characters", "/blocks")


def text_total(node: Any) -> int:
    """Characters of text a person could read anywhere in these blocks, which Slack limits to about 13 200."""
    if isinstance(node, list):
        return sum(text_total(item) for item in node)
    if not isinstance(node, dict):
        return 0
    own = sum(len(node[key]) for key in ("text", "alt_text") if isinstance(node.get(key), str))
    return own + sum(text_total(value) for value in node.values())
