"""The card of an incident that stands only for a change somebody asked for: no word of anything being wrong."""

import pytest

from bot.core import events as e
from bot.core.incident import REQUESTED
from bot.views import notices
from bot.views.blocks import texts_of
from bot.views.conclusion import conclusion
from bot.views.incident_card import incident_card
from bot.views.lead import lead
from tests.scene import Paper
from tests.views.checks import assert_fit
from tests.views.conftest import Golden

TITLE = "Asked for: Restart checkout in payments"


def paper(*facts: e.Fact) -> Paper:
    book = Paper()
    opened = e.IncidentOpened(
        severity=e.Severity.INFO,
        service="checkout",
        namespace="payments",
        key="0" * 32,
        title=book.put(TITLE),
        why=REQUESTED,
        place="home",
        requester="U0BOB",
    )
    arguments = book.put({"namespace": "payments", "name": "checkout"})
    intent = e.IntentMade(intent="i-1", round=0, tool="restart_deployment", arguments=arguments, requester="U0BOB")
    book.write(opened, intent, *facts)
    return book


def shown(book: Paper) -> str:
    message = incident_card(book.story())
    assert_fit(message)
    return "\n".join(texts_of(message["blocks"]))


def test_it_says_who_asked_and_diagnoses_nothing(golden: Golden):
    book = paper()
    words = shown(book)
    assert "nothing is diagnosed" in words
    assert "being prepared" in words
    assert "evidence" not in words
    golden("incident_requested", incident_card(book.story()))


def test_what_cannot_be_proposed_is_said():
    refused = e.ActionRefused(intent="i-1", why="not_found", detail=Paper().put("gone"))
    assert "cannot be proposed" in shown(paper(refused))


def test_once_over_it_does_not_speak_of_something_reported():
    assert lead(paper(e.IncidentResolved(why="request_over")).story()) == f"Over. {TITLE}"


def test_an_alert_that_joins_makes_it_an_incident_like_any_other():
    joined = e.AlertReceived(
        fingerprint="f1", alertname="CheckoutFailing", severity=e.Severity.SEV2, starts_at="2026-11-20T02:14:00.000Z",
        group="0" * 32, alert=Paper().put({}), source="alertmanager",
    )  # fmt: skip
    blocks = list(conclusion(paper(joined).story()))
    assert "nothing is diagnosed" not in str(blocks)


@pytest.mark.parametrize("resolved", [False, True])
def test_it_is_led_by_what_was_asked(resolved: bool):
    facts = [e.IncidentResolved(why="request_over")] if resolved else []
    assert TITLE in lead(paper(*facts).story())


def test_what_cannot_be_done_is_told_to_who_asked_and_is_not_called_decided():
    book = paper()
    says = {"why": "no_such_revision", "says": "there is no earlier revision to go back to; kept revisions: 1"}
    book.write(e.ActionRefused(intent="i-1", why="no_such_revision", detail=book.put(says)))

    told = "\n".join(texts_of(notices.intent_refused(book.story(), "i-1")["blocks"]))
    assert "it cannot be done: there is no earlier revision to go back to" in told
    assert "<@U0BOB> asked for it" in told

    book.write(e.IncidentResolved(why="request_over"))
    over = notices.resolved(book.story())["text"]
    assert over.startswith("It cannot be done: there is no earlier revision to go back to")
    assert "decided" not in over
