"""Limits of views: modals and Home tabs."""

import json
from collections.abc import Iterator
from typing import Any

from bot.playground.slack.limits.blocks import view_block_problems
from bot.playground.slack.limits.checks import Problem, anything, boolean, shape, string, tagged
from bot.playground.slack.limits.objects import plain

VIEW_BYTES = 250_000
COMMON = {
    "callback_id": string(255),
    "private_metadata": string(3000, 0),
    "external_id": string(255),
}
MODAL = shape(
    {"title": plain(24), "blocks": anything},
    COMMON
    | {
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
HOME = shape({"blocks": anything}, COMMON)
VIEW = tagged({"modal": MODAL, "home": HOME})


def view_problems(view: Any, at: str = "/view") -> list[Problem]:
    return [*_view_problems(view, at)]


def _view_problems(view: Any, at: str) -> Iterator[Problem]:
    yield from VIEW(view, at)
    if not isinstance(view, dict):
        return
    yield from view_block_problems(str(view.get("type")), view.get("blocks"), f"{at}/blocks")
    if _has_input(view.get("blocks")) and view.get("type") == "modal" and not view.get("submit"):
        yield Problem("`submit` is required when an `input` block is in `blocks`", f"{at}/submit")


def too_large(view: dict[str, Any]) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES


def _has_input(blocks: Any) -> bool:
    return isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
