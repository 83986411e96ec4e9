"""Any stored answer to a slash command -> the message that says it. What cannot be read is said to be so."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from bot.core.answers import ExplainAnswer, StatusAnswer
from bot.views import text as t
from bot.views.blocks import Message, message, section
from bot.views.explain import explain_message
from bot.views.freezing import froze_message, lifted_message, not_frozen_message
from bot.views.requested import not_requested_message, requested_message
from bot.views.status import status_message

OUTDATED = (
    "This button is from an older version of Midwatch: it does nothing any more, and nothing ran. "
    "Use the newest card of this incident, or ask `/ops status`."
)

SAID: Mapping[str, str] = {
    "probed": "This press went the whole way: Slack, serve, the ledger, the narrator. Thank you.",
    "gave_up": "Nobody could look in time: the diagnosing worker did not answer. Try again in a minute.",
    "not_known": "That request is not known any more. Nothing ran. Ask for a new one in the incident.",
    "outdated": OUTDATED,
}
FREEZING: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "froze": froze_message,
    "lifted": lifted_message,
    "not_frozen": not_frozen_message,
}


def answer_message(answer: Any, ask: str = "", home: str = "") -> Message:
    """``answer`` is the payload of `AnswerMade`, ``ask`` the question's id, ``home`` where cards are posted."""
    if not isinstance(answer, Mapping):
        return _unreadable()
    try:
        return _of_kind(answer, ask, home)
    except ValidationError:
        return _unreadable()


def _of_kind(answer: Mapping[str, Any], ask: str, home: str) -> Message:
    match answer.get("kind"):
        case "status":
            return status_message(StatusAnswer.model_validate(answer), ask)
        case "explain":
            return explain_message(ExplainAnswer.model_validate(answer))
        case "incident_opened":
            return _opened(answer, home)
        case "requested":
            return requested_message({"home": home, **answer})
        case "not_requested":
            return not_requested_message({"home": home, **answer})
        case "misread":
            return _alone(t.said(str(answer.get("says", "")), 700) or "That was not understood.")
        case kind if kind in FREEZING:
            return FREEZING[str(kind)](answer)
        case kind if kind in SAID:
            return _alone(SAID[str(kind)])
    return _unreadable()


def _opened(answer: Mapping[str, Any], home: str) -> Message:
    title, incident = t.said(str(answer.get("title", "")), 250), t.said(str(answer.get("incident", "")), 60)
    where = t.channel(home) if home else "the home channel"
    return _alone(f"Opened: {title} (`{incident}`). Its card is in {where}; evidence is being gathered.")


def _unreadable() -> Message:
    return _alone("The answer was made but cannot be shown: its text was erased or cut. Ask again.")


def _alone(words: str) -> Message:
    return message(words, [section(words)])
