"""What an app wants to say, read from its arguments and held against every limit, before anything is stored.

Errors carry the JSON pointer of each fault. What Slack only frowns on (no fallback text, links that would unfurl, very
long text) is returned as ``frowns`` and noted by the caller.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.limits.blocks import TEXT_TOTAL, message_problems, text_total
from bot.playground.slack.limits.metadata import why_bad_metadata
from bot.playground.slack.model import Blocks

POST_TEXT = 40_000
EDIT_TEXT = 4_000
LINK = re.compile(r"https?://")
BARE_DATE = re.compile(r"<!date\^[^|>]*>")
NEVER_ACTED_ON = ("image",)


@dataclass(frozen=True)
class Draft:
    text: str
    blocks: Blocks | None
    metadata: dict[str, Any] | None = None
    frowns: list[str] = field(default_factory=list)


def read_draft(args: Arguments, most_text: int = POST_TEXT) -> Draft:
    """The message in ``args``; ``blocks`` is None when none were given, which an edit reads differently from ``[]``."""
    blocks = read_blocks(args)
    text = _read_text(args, blocks)
    if len(text) > most_text:
        raise SlackError("msg_too_long")
    if args.has("attachments") and args.nested("attachments", "invalid_attachments"):
        raise SlackError("invalid_attachments", ("legacy attachments are not taken here: use blocks",))
    return Draft(text, blocks, _read_metadata(args), _frowns(args, text, blocks))


def _read_text(args: Arguments, blocks: Blocks | None) -> str:
    if args.has("markdown_text"):
        if args.text("text") or blocks:
            raise SlackError("markdown_text_conflict")
        text = args.text("markdown_text")
        if len(text) > 12_000:
            raise SlackError("msg_too_long")
        return text
    text = args.text("text")
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    return text


def read_blocks(args: Arguments) -> Blocks | None:
    given = args.nested("blocks", "invalid_blocks_format")
    if given is None:
        return None
    if not isinstance(given, list):
        raise SlackError("invalid_blocks_format")
    if not given:
        return []
    problems = message_problems(given)
    if problems:
        raise SlackError("invalid_blocks", tuple(str(problem) for problem in problems))
    if text_total(given) > TEXT_TOTAL:
        raise SlackError("msg_blocks_too_long")
    return with_ids(given)


def _read_metadata(args: Arguments) -> dict[str, Any] | None:
    metadata = args.nested("metadata", "invalid_metadata_format")
    if metadata in (None, {}):
        return {} if metadata == {} else None
    reason = why_bad_metadata(metadata)
    if reason:
        raise SlackError(reason)
    return dict(metadata)


def _frowns(args: Arguments, text: str, blocks: Blocks | None) -> list[str]:
    found = []
    if blocks and not text.strip():
        found.append("missing_text_in_message")
    if len(text) > EDIT_TEXT:
        found.append("text_over_4000")
    if LINK.search(text + str(blocks or "")) and args.flag("unfurl_links", default=True):
        found.append("links_would_unfurl")
    if BARE_DATE.search(text + str(blocks or "")):
        found.append("date_without_fallback")
    if args.flag("link_names") or args.text("parse") == "full":
        found.append("names_would_be_linked")
    return found


def with_ids(blocks: Blocks) -> Blocks:
    """The blocks as Slack stores them: every block, and every element one can act on, has an id."""
    return [_block_with_ids(block) for block in blocks]


def _block_with_ids(block: dict[str, Any]) -> dict[str, Any]:
    named = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    if block.get("type") in ("actions", "context_actions"):
        named["elements"] = [_element_with_id(element) for element in block["elements"]]
    for place in ("accessory", "element"):
        if isinstance(block.get(place), dict):
            named[place] = _element_with_id(block[place])
    return named


def _element_with_id(element: dict[str, Any]) -> dict[str, Any]:
    if element.get("type") in NEVER_ACTED_ON:
        return element
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}
