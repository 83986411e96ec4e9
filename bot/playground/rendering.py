"""Slack messages as a terminal shows them: Block Kit to plain lines, for the headless player. Decides nothing."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

LINK = re.compile(r"<(https?://[^|>]+)\|([^>]+)>")
BARE_LINK = re.compile(r"<(https?://[^>]+)>")
DATE = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")
MENTION = re.compile(r"<@([A-Z0-9]+)>")
GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|([^>]*))?>")
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
# a mark opens after a space or a bracket and closes before no letter: the stars of `logs-*,filebeat-*` do neither
BOLD = re.compile(r"(?<![^\s(\[“\"'_~])\*(?=\S)([^*\n]*?\S)\*(?![\w*])")
ITALIC = re.compile(r"(?<![^\s(\[“\"'*~])_(?=\S)([^_\n]*?\S)_(?![\w_])")
CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|([^>]*))?>")


def lines_of(message: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """What a person reads in one message; its `text` where it has no blocks."""
    blocks = message.get("blocks") or []
    raw = [line for block in blocks for line in _block(block)] if blocks else str(message.get("text", "")).split("\n")
    return [plain(line, names) for line in raw if line.strip()]


def plain(text: str, names: Mapping[str, str]) -> str:
    """mrkdwn without its marks; what stands in a code span stays as it is."""
    text = "".join(piece if piece.startswith("`") else _unmarked(piece, names) for piece in CODE.split(text))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").rstrip()


def _unmarked(text: str, names: Mapping[str, str]) -> str:
    text = DATE.sub(r"\1", LINK.sub(r"\2", text))
    text = BARE_LINK.sub(r"\1", text)
    text = MENTION.sub(lambda m: "@" + names.get(m[1], m[1]), text)
    text = GROUP.sub(lambda m: "@" + names.get(m[1], m[2] or m[1]), text)
    text = CHANNEL.sub(lambda m: "#" + names.get(m[1], m[2] or m[1]), text)
    return ITALIC.sub(r"\1", BOLD.sub(r"\1", text))


def _block(block: Mapping[str, Any]) -> Iterable[str]:
    match block.get("type"):
        case "header":
            yield _text(block["text"])
        case "section":
            yield from _text(block.get("text")).split("\n")
            for field in block.get("fields", ()):
                yield from _text(field).split("\n")
            if block.get("accessory"):
                yield _button(block["accessory"])
        case "context":
            yield "  ".join(_text(element) for element in block.get("elements", ()))
        case "actions":
            yield " ".join(_button(element) for element in block.get("elements", ()))
        case "image":
            yield f"(picture: {block.get('alt_text', '')})"
        case "divider":
            yield ""
        case "rich_text":
            yield _rich(block)
        case _:
            yield _text(block.get("text"))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("text") or value.get("alt_text") or "")
    return str(value or "")


def _button(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "button":
            return f"[ {_text(element.get('text'))} ]"
        case "static_select":
            return f"[ {_text((element.get('initial_option') or {}).get('text') or element.get('placeholder'))} ▾ ]"
        case "users_select":
            return f"[ {_text(element.get('placeholder'))} ▾ ]"
    return ""


def _rich(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = "".join(_rich(child) for child in value.get("elements", ()))
        return str(value.get("text", "")) + inner
    return ""


def buttons_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every button a person could press in this message."""
    found: list[Mapping[str, Any]] = []
    for block in message.get("blocks") or []:
        candidates = [*block.get("elements", ()), block.get("accessory")]
        found += [c for c in candidates if isinstance(c, Mapping) and c.get("type") == "button" and "url" not in c]
    return found
