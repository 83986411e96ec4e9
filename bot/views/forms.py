"""The modals: a reason for a decision, a new incident. `private_metadata` comes back as it was given.

A field's block and its element carry one id, which is also what an error in it is named by.
"""

from typing import Any

from bot.core.commands import LONGEST_TITLE, AskForIncident
from bot.core.grouping import ORDER
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Block, section
from bot.views.ids import ActionId, FormId

REASON, TITLE, SERVICE, SEVERITY = "reason", "title", "service", "severity"
MOST_REASON = 600
MOST_SERVICE = 100
View = dict[str, Any]


def reason_form(action: ActionId, target: str, metadata: str) -> View:
    """The words for Request Changes, or, after a denial that stands already, for why."""
    about = section(f"{t.said(target, 200)} stays as it is; nothing runs.")
    if action is ActionId.DENY:
        asked = _input(REASON, "Why not?", _line("What should others know?", MOST_REASON, lines=True), optional=True)
        return _modal(FormId.DENY, "Denied. Why?", "Say Why", [about, asked], metadata, "Skip")
    asked = _input(REASON, "What should be different?", _line("Another revision, later …", MOST_REASON, lines=True))
    return _modal(FormId.REQUEST_CHANGES, "Request changes", "Request Changes", [about, asked], metadata)


def incident_form(asked: AskForIncident, metadata: str) -> View:
    """A new incident; ``asked`` are the options that were given without a title."""
    options = [{"text": _plain(w.SEVERITY[severity]), "value": severity.value} for severity in ORDER]
    chosen = next(option for option in options if option["value"] == asked.severity)
    menu = {"type": "static_select", "action_id": SEVERITY, "options": options, "initial_option": chosen}
    service = _line("As your alerts label it", MOST_SERVICE) | {"action_id": SERVICE}
    service |= {"initial_value": asked.service[:MOST_SERVICE]} if asked.service else {}
    blocks = [
        _input(TITLE, "What is wrong?", _line("Payments fail for some customers", LONGEST_TITLE)),
        _input(SEVERITY, "How bad is it?", menu),
        _input(SERVICE, "Which service?", service, optional=True),
    ]
    return _modal(FormId.INCIDENT, "Open an incident", "Open", blocks, metadata)


def _modal(form: FormId, title: str, submit: str, blocks: list[Block], metadata: str, close: str = "Go Back") -> View:
    return {
        "type": "modal",
        "callback_id": form.value,
        "title": _plain(title, 24),
        "submit": _plain(submit, 24),
        "close": _plain(close, 24),
        "private_metadata": metadata,
        "blocks": blocks,
    }


def _input(block: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": _plain(label),
        "element": {**element, "action_id": block},
        "optional": optional,
    }


def _line(hint: str, most: int, *, lines: bool = False) -> Block:
    return {"type": "plain_text_input", "multiline": lines, "max_length": most, "placeholder": _plain(hint, 150)}


def _plain(text: str, most: int = 150) -> Block:
    return {"type": "plain_text", "text": t.label(text, most), "emoji": False}
