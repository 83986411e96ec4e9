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

REASON, TITLE, SERVICE, SEVERITY, NAME = "reason", "title", "service", "severity", "name"
MOST_NAME = 253
MOST_REASON = 600
MOST_SERVICE = 100
View = dict[str, Any]


def reason_form(action: ActionId, target: str, metadata: str) -> View:
    """The words for Request Changes, or, after a denial that stands already, for why."""
    about = section(f"{t.said(target, 200)} stays as it is; nothing runs.")
    if action is ActionId.DENY:
        asked = _input(REASON, "Why not?", _line("What should others know?", MOST_REASON, lines=True), optional=True)
        return _modal(FormId.DENY, "Denied. Why?", "Say Why", [about, asked], metadata, "Skip")
    if action is ActionId.BREAK_GLASS:
        about = section(
            f"You alone approve: {t.said(target, 200)}. It takes others. Everybody who decides is told now, "
            "with your reason, and asked afterwards whether it was right."
        )
        asked = _input(
            REASON, "Why can it not wait?", _line("Who was not reached, what it costs", MOST_REASON, lines=True)
        )
        return _modal(FormId.BREAK_GLASS, "Break the glass", "Approve Alone", [about, asked], metadata)
    asked = _input(REASON, "What should be different?", _line("Another revision, later …", MOST_REASON, lines=True))
    return _modal(FormId.REQUEST_CHANGES, "Request changes", "Request Changes", [about, asked], metadata)


def typed_form(target: str, metadata: str) -> View:
    """The step-up of the highest tier: what would change is typed, letter by letter."""
    name = target.rpartition("/")[2]
    about = section(f"This reaches beyond one namespace. Type the name of what it changes: {t.quoted(name, 100)}")
    asked = _input(NAME, "Name", _line("As it is written above", MOST_NAME))
    return _modal(FormId.TYPED, "Approve", "Approve", [about, asked], metadata)


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
