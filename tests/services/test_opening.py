"""Open Incident beside an alert of a status: looked up in the answer, opened once, and never from what a press says."""

from typing import Any

import pytest

from bot.core.answers import Attention, StatusAnswer
from bot.core.events import AnswerMade, CommandReceived, Severity
from bot.core.folding import fold
from bot.core.question import fold_question
from bot.services.intake import Intake
from bot.services.opening import open_seen
from bot.views.answers import answer_message
from bot.views.ids import ActionId
from tests.reasoning.stage import Bell, Store, store
from tests.views.checks import assert_fit

SEEN, PRESS = "ask-0123456789abcdef", "ask-fedcba9876543210"
ALERT = Attention(level="sev3", kind="alert", service="till", namespace="shop", says="TillSlow fires", title="TillSlow")
SICK = Attention(level="warn", kind="workload", service="bank", says="Deployment is not healthy: 1 of 3")
STATUS = StatusAnswer(as_of="2026-11-20T02:30:00.000Z", attention=(ALERT, SICK), attention_total=2)


@pytest.fixture
def at(redis_url: str) -> Store:
    made = store(redis_url)
    answer = made.payloads.put(SEEN, STATUS.model_dump(mode="json"))
    asked = {"user": "U1", "team": "T1", "channel": "C1"}
    text = made.payloads.put(SEEN, "status")
    made.ledgers.record(SEEN, [CommandReceived(command="status", text=text, **asked), AnswerMade(answer=answer)], "p")
    return made


def press(at: Store, value: str, ask: str = PRESS) -> Any:
    text = at.payloads.put(ask, value)
    received = CommandReceived(command="open_seen", user="U2", team="T1", channel="C1", text=text)
    at.ledgers.record(ask, [received], "slack:T1/U2")
    intake = Intake(at.ledgers, at.payloads, None, Bell())  # type: ignore[arg-type]
    return open_seen(intake, at.ledgers, at.payloads, fold_question(ask, at.ledgers.read(ask)))


def incidents(at: Store) -> list[str]:
    return [name for name in at.ledgers.names() if name.startswith("inc-")]


def test_the_button_leads_to_the_alert_it_stands_beside(at: Store) -> None:
    message = answer_message(STATUS.model_dump(mode="json"), SEEN)
    assert_fit(message)
    [row] = [block for block in message["blocks"] if block["type"] == "actions"]
    [button] = row["elements"]
    assert (button["action_id"], button["value"]) == (ActionId.OPEN_INCIDENT, f"{SEEN}:0")

    told = press(at, button["value"])

    incident = fold(told["incident"], at.ledgers.read(told["incident"]))
    assert (incident.service, incident.namespace, incident.severity) == ("till", "shop", Severity.SEV3)
    assert (incident.requester, told["title"]) == ("U2", "TillSlow fires")


def test_pressed_again_by_somebody_else_it_is_the_same_incident(at: Store) -> None:
    first = press(at, f"{SEEN}:0")

    assert press(at, f"{SEEN}:0", "ask-00000000000000aa")["incident"] == first["incident"]
    assert len(incidents(at)) == 1


@pytest.mark.parametrize(
    "value", [f"{SEEN}:1", f"{SEEN}:9", "ask-ffffffffffffffff:0", "inc-1", "TillSlow", f"{PRESS}:0"]
)
def test_what_is_no_alert_of_an_answer_opens_nothing(at: Store, value: str) -> None:
    assert press(at, value) == {"kind": "not_known"}
    assert incidents(at) == []


def test_without_its_question_a_status_has_no_buttons() -> None:
    message = answer_message(STATUS.model_dump(mode="json"))

    assert [block for block in message["blocks"] if block["type"] == "actions"] == []
