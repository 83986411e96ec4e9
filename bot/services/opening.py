"""Open Incident, pressed beside an alert of a status: the alert is read from that answer, never from the press."""

import re

from bot.core.answers import Attention, StatusAnswer
from bot.core.canonical import Json
from bot.core.errors import NotFound
from bot.core.events import Severity
from bot.core.labels import as_name
from bot.core.ports import Ledgers, Payloads
from bot.core.question import Question, fold_question
from bot.services.intake import Intake, Opening, person_opens

ROW = re.compile(r"(ask-[0-9a-f]{16}):(\d{1,3})")


def open_seen(intake: Intake, ledgers: Ledgers, payloads: Payloads, question: Question) -> Json:
    """The answer to the press. Pressed twice, by whomever, one row of one answer opens one incident."""
    assert question.text is not None
    pointed = ROW.fullmatch(str(payloads.get(question.id, question.text)))
    item = _item(ledgers, payloads, pointed[1], int(pointed[2])) if pointed else None
    if pointed is None or item is None:
        return {"kind": "not_known"}
    said = Opening(
        f"{item.title} fires", question.user, Severity(item.level), as_name(item.service), as_name(item.namespace)
    )
    incident = person_opens(intake, ledgers, payloads, pointed[0], said)
    return {"kind": "incident_opened", "incident": incident, "title": said.title}


def _item(ledgers: Ledgers, payloads: Payloads, ask: str, row: int) -> Attention | None:
    """The row of that answer, where there is one and it is an alert without an incident."""
    asked = fold_question(ask, ledgers.read(ask))
    try:
        told = payloads.get(ask, asked.answer) if asked.answer is not None else None
    except NotFound:
        return None
    if not isinstance(told, dict) or told.get("kind") != "status":
        return None
    seen = StatusAnswer.model_validate(told).attention
    item = seen[row] if row < len(seen) else None
    return item if item is not None and item.kind == "alert" and item.incident is None and item.title else None
