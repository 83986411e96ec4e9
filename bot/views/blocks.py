"""Block Kit, built so that nothing Slack would refuse can leave here. No wording of messages, no values of the core.

Slack's limits (2026): 50 blocks, section 3,000 characters, header 150, 10 elements of a context, 25 of actions, button
text 75, value 2,000, confirm 100/300/30, about 13,200 characters of block text in all. Texts are cut with "…"; a
message with too much loses its later sections, says so, and keeps its buttons. `text` is never empty.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypedDict

from bot.views.ids import ActionId
from bot.views.text import clip, clip_marked, label

Block = dict[str, Any]
Style = Literal["primary", "danger"]

MOST_BLOCKS = 50
MOST_SECTION = 2900
MOST_CONTEXT = 1000
MOST_FIELD = 1900
MOST_ALL = 13_000
MOST_TEXT = 300
MOST_ALT = 1000
CUT = "_More than fits into one message; the rest is in the thread and in the ledger._"


class Message(TypedDict):
    """What is posted. ``text`` is what notifications and screen readers say."""

    text: str
    blocks: list[Block]


def header(text: str) -> Block:
    """A heading; plain text, so nothing in it is read as a mark."""
    return {"type": "header", "text": {"type": "plain_text", "text": label(text) or "Midwatch", "emoji": False}}


def section(*lines: str) -> Block:
    """Lines of marked text (already escaped); those that do not fit are left out with "…"."""
    return {"type": "section", "text": _mrkdwn(_fitting([line for line in lines if line], MOST_SECTION))}


def context(*texts: str) -> Block:
    """Small print: at most ten pieces."""
    pieces = [text for text in texts if text][:10] or [" "]
    return {"type": "context", "elements": [_mrkdwn(clip_marked(piece, MOST_CONTEXT)) for piece in pieces]}


def picture(file: str, alt: str) -> Block:
    """An uploaded file as an image; ``alt`` says what is seen, for people who do not see it."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": label(alt, MOST_ALT) or "A chart"}


def has_picture(message: Message) -> bool:
    return any(block["type"] == "image" for block in message["blocks"])


def pair(left: str, right: str) -> Block:
    """Two marked texts beside each other; one below the other on a phone."""
    return {"type": "section", "fields": [_mrkdwn(clip_marked(text, MOST_FIELD)) for text in (left, right)]}


def divider() -> Block:
    return {"type": "divider"}


def button(
    words: str,
    action: ActionId,
    value: str,
    *,
    reads: str,
    style: Style | None = None,
    confirm: Block | None = None,
) -> Block:
    """``words`` are what it does in Title Case; ``reads`` is what a screen reader says, which names the target too."""
    drawn: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": label(words, 75), "emoji": False},
        "action_id": action.value,
        "value": clip(value, 255),
        "accessibility_label": label(reads, 75),
    }
    return drawn | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def choice(action: ActionId, hint: str, options: Sequence[tuple[str, str]], chosen: str | None) -> Block:
    """A menu of values and their words; ``chosen`` is the value shown, where it is one of them."""
    drawn = [{"text": _plain(words, 75), "value": value} for value, words in options[:100]]
    initial = next((option for option in drawn if option["value"] == chosen), None)
    menu: Block = {"type": "static_select", "action_id": action.value, "placeholder": _plain(hint, 150)}
    return menu | {"options": drawn} | ({"initial_option": initial} if initial else {})


def person_choice(action: ActionId, hint: str, chosen: str | None) -> Block:
    """A menu of everybody in the workspace."""
    menu: Block = {"type": "users_select", "action_id": action.value, "placeholder": _plain(hint, 150)}
    return menu | ({"initial_user": chosen} if chosen else {})


def confirmation(title: str, text: str, yes: str, no: str = "Go Back", *, danger: bool = False) -> Block:
    """The dialog before a press counts. ``text`` is plain: a dialog needs no marks."""
    drawn: Block = {
        "title": _plain(title, 100),
        "text": _plain(text, 300),
        "confirm": _plain(yes, 30),
        "deny": _plain(no, 30),
    }
    return drawn | ({"style": "danger"} if danger else {})


def actions(block_id: str, *buttons: Block) -> Block:
    """``block_id`` changes with the state, so that a stale press can be told from a fresh one."""
    return {"type": "actions", "block_id": clip(block_id, 255), "elements": list(buttons[:25])}


def message(text: str, blocks: Iterable[Block]) -> Message:
    """The message, within every limit of the whole."""
    return {"text": _notification(text), "blocks": _within(list(blocks))}


def _notification(text: str) -> str:
    return clip_marked(" ".join(text.split()), MOST_TEXT) or "Midwatch"


def _within(blocks: list[Block]) -> list[Block]:
    """``blocks`` cut to the number and the total that Slack takes; what people press is never what goes."""
    if len(blocks) <= MOST_BLOCKS and sum(map(length, blocks)) <= MOST_ALL:
        return blocks
    notice = context(CUT)
    held = [block for block in blocks if block["type"] == "actions"]
    room = MOST_ALL - sum(map(length, held)) - length(notice)
    places = MOST_BLOCKS - len(held) - 1
    kept: list[Block] = []
    full = False
    for block in blocks:
        if block["type"] == "actions":
            kept.append(block)
            continue
        full = full or length(block) > room or places == 0
        if full:
            continue
        kept.append(block)
        room -= length(block)
        places -= 1
    return [*kept, notice]


def length(block: Block) -> int:
    """Characters of text in a block, as Slack counts them for the whole message."""
    return sum(len(text) for text in texts_of(block))


def texts_of(value: Any) -> Iterable[str]:
    """Every text object's text, and every value and label of a button."""
    if isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in {"text", "value", "accessibility_label"} and isinstance(inner, str):
                yield inner
            else:
                yield from texts_of(inner)


def _fitting(lines: Sequence[str], most: int) -> str:
    kept: list[str] = []
    room = most
    for line in lines:
        if len(line) + 1 > room:
            kept.append(clip_marked(line, room) if not kept else "…")
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept) or " "


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text or " ", "verbatim": True}


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": label(text, most) or "…", "emoji": False}
