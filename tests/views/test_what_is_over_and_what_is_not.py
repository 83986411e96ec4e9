"""A card says what is so now: sent is not done, over is in the past, given up is not looking, and nothing twice."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.events import DiagnosisFailed, DiagnosisStarted, Outcome, Verdict
from bot.core.survey import state_of
from bot.core.tool import Change
from bot.views import notices
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.evidence_card import evidence_card
from bot.views.home_card import home_card
from bot.views.incident_card import incident_card
from bot.views.lead import past
from bot.views.verification import check_message
from tests.scene import FINDING, HOUSE, UNSURE, Paper, Scene, in_state, plan
from tests.views.checks import assert_fit, assert_only_our_marks

LONG = "charge <num> failed: NoSuchColumn: column <text> of relation <text> does not exist"


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def sent() -> tuple[Paper, Scene]:
    book = Paper()
    return book, in_state(Scene(book), "succeeded")


def with_home(scene: Scene) -> Scene:
    return scene.step("channel", channel="C0INC", name="inc-1").step("home", channel="C0OPS", ts="1.1")


# --- a change


def test_a_change_is_sent_and_not_done_before_a_check_has_passed():
    book, _ = sent()
    card = approval_card(book.story(), "a-1")
    assert "*Sent* at" in words(card)
    assert "rolling out, checking whether it helps" in words(card)
    assert "Done" not in words(card)
    assert "change sent, checking whether it helps" in card["text"]
    assert "change sent, checking whether it helps" in words(incident_card(book.story()))


def test_a_change_is_done_when_a_check_has_passed_with_how_it_was_before():
    book, scene = sent()
    book.passes(41)
    card = approval_card((scene.checked(1), book.story())[1], "a-1")
    assert "*Done* at" in words(card)
    assert "UTC>, 41 s" in words(card)
    assert "Before: checkout was failing for about 1 in 5 requests" in words(card)
    assert "CheckoutErrorRateHigh is quiet, 5xx 0.2 %, 6 of 6 ready" in words(card)


def test_what_came_of_it_is_told_in_figures_and_the_second_check_says_only_what_is_new():
    book = Paper()
    scene = Scene(book).opened().ruled().curved(book.at - timedelta(minutes=3)).found().proposed()
    fine = "6 of 6 pods of checkout are ready"
    scene.started().ended("succeeded").checked(1, value="0.2 %", fine=fine)
    assert "recovered. 21 % to 0.2 %; 6 of 6 pods of checkout are ready" in words(approval_card(book.story(), "a-1"))
    assert "21 % to 0.2 %; 6 of 6 pods" in words(check_message(book.story(), "x-a-1", 1))

    drawn = words(approval_card((scene.checked(2, value="0.1 %", fine=fine), book.story())[1], "a-1"))
    assert "still recovered. 0.1 %\n" in drawn
    assert drawn.count(fine) == 1


def test_a_second_check_in_the_words_of_the_first_is_told_in_two():
    book, scene = sent()
    drawn = words(approval_card((scene.checked(1).checked(2), book.story())[1], "a-1"))
    assert "still recovered.\n" in drawn
    assert drawn.count("CheckoutErrorRateHigh is quiet") == 1


def test_a_check_without_a_figure_says_what_is_as_it_should_be():
    book, scene = sent()
    drawn = words(approval_card((scene.checked(1, fine="Job ledger-1 completed"), book.story())[1], "a-1"))
    assert "recovered. Job ledger-1 completed" in drawn


@pytest.mark.parametrize("how", ["failed", "inconclusive"])
def test_a_change_that_no_check_has_passed_is_never_done(how: str):
    book, scene = sent()
    scene.checked(1, how)
    for card in (approval_card(book.story(), "a-1"), incident_card(book.story())):
        assert "Done" not in words(card)
        assert "Recovered" not in words(card)


def test_a_change_that_helped_and_then_did_not_is_not_called_done():
    book, scene = sent()
    scene.checked(1).checked(2, "failed")
    card = approval_card(book.story(), "a-1")
    assert "*Done*" not in words(card)
    assert "*Sent* at" in words(card)
    assert "Recovered:" not in words(incident_card(book.story()))


# --- an incident that is over


@pytest.mark.parametrize("card", [incident_card, home_card])
def test_what_recovered_is_told_in_the_past(card: Any):
    book, scene = sent()
    with_home(scene).checked(1)
    drawn = card(book.story())
    assert "Recovered: checkout was failing for about 1 in 5 requests" in words(drawn)
    assert "is failing" not in words(drawn) + drawn["text"]


@pytest.mark.parametrize("card", [incident_card, home_card])
def test_what_is_resolved_is_told_in_the_past(card: Any):
    book, scene = sent()
    with_home(scene).checked(1).checked(2).resolved()
    drawn = card(book.story())
    assert "Resolved: checkout was failing for about 1 in 5 requests" in words(drawn)
    assert "is failing" not in words(drawn) + drawn["text"]
    assert "is failing" not in notices.resolved(book.story())["text"]


def test_what_cannot_be_put_into_the_past_is_quoted_as_reported():
    book = Paper()
    Scene(book).opened().alert().looks().found(Verdict.UNSURE, UNSURE).resolved()
    drawn = incident_card(book.story())
    assert "Resolved. Reported: “checkout alerts, and nothing read so far explains it”" in words(drawn)


def test_an_alert_that_began_after_the_check_is_no_recovery():
    book, scene = sent()
    scene.checked(1)
    book.passes(30)
    scene.alert(fingerprint="f2")
    assert "Recovered:" not in words(incident_card(book.story()))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("checkout is failing for about 1 in 5 requests", "checkout was failing for about 1 in 5 requests"),
        ("search is slow: p99 2.4 s, usually 0.4 s", "search was slow: p99 2.4 s, usually 0.4 s"),
        ("QueueDeep: mailer is at 1,204, usually 3", "QueueDeep: mailer was at 1,204, usually 3"),
        ("cart failed for about 1 in 5 requests, and no longer does", "cart failed for about 1 in 5 requests"),
        ("search was slow: p99 2.4 s", "search was slow: p99 2.4 s"),
        ("checkout is slow, and it is not clear why", None),
        ("5xx of checkout above 5 %", None),
        ("there is failing for x", None),
    ],
)
def test_only_a_sentence_of_our_own_is_put_into_the_past(now: str, then: str | None):
    assert past(now) == then


# --- a diagnosis that was given up


def test_a_diagnosis_that_failed_three_times_is_said_to_have_failed():
    book = Paper()
    Scene(book).opened().alert()
    book.write(DiagnosisStarted(round=1, reasoner="guided"))
    for times in range(3):
        assert "Could not be diagnosed" not in words(incident_card(book.story())), times
        book.write(DiagnosisFailed(round=1, reasoner="guided", why="worker_died"))
    card = incident_card(book.story())
    assert "*Could not be diagnosed:* the worker died after starting" in words(card)
    assert "look yourself" in words(card)
    assert "investigating" not in words(card)
    assert "Looking:" not in words(card)
    assert "could not be diagnosed" in card["text"].lower()


# --- nothing twice, nothing long


def test_a_long_log_line_is_shown_once():
    claims = [
        {"text": f"Only pods of revision 2 log “{LONG}” (1,516 times)", "evidence": ["E2"]},
        {"text": f"New error in the logs: “{LONG}” (1,516 times)", "evidence": ["E2"]},
        {"text": f"Also in the pods' own logs: “{LONG}”", "evidence": ["E1"]},
    ]
    book = Paper()
    Scene(book).opened().alert().looks().found(content={**FINDING, "because": claims})
    said = words(incident_card(book.story()))
    assert said.count("NoSuchColumn") == 1
    assert "New error in the logs" not in said
    assert "Also in the pods' own logs: the same line" in said


def test_a_look_leads_with_its_answer_and_says_small_what_was_asked():
    book = Paper()
    scene = Scene(book).opened().alert()
    digest = "Killing at 2026-11-20T02:09:24.123Z\nrevision 1 at 2026-11-12T01:06:21.000Z"
    scene.looked("E1", "list_events" + "x" * 30, Outcome.OK, digest)
    book.texts = {
        ref: {**text, "asked": "GET events at 2026-11-20T02:14:27.400Z " + "y" * 300}
        if isinstance(text, dict) and "asked" in text
        else text
        for ref, text in book.texts.items()
    }
    card = evidence_card(book.story(), "E1")
    assert_fit(card)
    assert_only_our_marks(card)
    sections = "\n".join(texts_of([block for block in card["blocks"] if block["type"] == "section"]))
    small = [text for block in card["blocks"] if block["type"] == "context" for text in texts_of(block)]
    assert "asked" not in sections
    assert "Killing at 02:09:24" in sections
    assert "revision 1 at 12 Nov 01:06:21" in sections
    asked = next(text for text in small if text.startswith("asked"))
    assert "`GET events at 02:14:27 yyy" in asked
    assert len(asked) <= 210
    assert any("UTC" in text for text in small)


def test_no_pod_unavailable_is_explained():
    spared = plan(blast={"pods": 2, "ready": 2, "unavailable_at_most": 0, "share_percent": 0})
    book = Paper()
    Scene(book).opened().looks().found().proposed(proposal=spared)
    assert "at most 0 unavailable at a time (0 %), new pods start first" in words(approval_card(book.story(), "a-1"))


def test_a_topic_leads_nowhere():
    book = Paper()
    Scene(book).opened(title="look at https://evil.example/fix?x=1 or www.evil.example, mail a@evil.example, 0.25 s")
    topic = notices.topic(book.story())
    assert "://" not in topic
    assert "evil.example" not in topic
    assert "0.25 s" in topic
    assert len(topic) <= 250


def test_the_pace_of_a_recheck_is_still_told():
    book, scene = sent()
    scene.checked(1)
    book.passes(60)
    assert "Next check" in words(approval_card(book.story(), "a-1"))
    assert HOUSE.recheck > timedelta(0)


# --- what differs between lines


def test_masks_of_log_lines_are_not_shown_to_people():
    told = {**FINDING, "because": [{"text": f"only pods of revision 47 log “{LONG}”", "evidence": ["E1"]}]}
    book = Paper()
    Scene(book).opened().alert().looks().found(content=told).proposed()
    for card in (approval_card(book.story(), "a-1"), incident_card(book.story())):
        assert "log “charge … failed: NoSuchColumn: column … of relation … does not exist”" in words(card)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("r.example/till:2.1", "r.example/till:2.0", "image till `2.1` to `2.0`"),
        ("r.example/till:2.1", "evil.example/till:2.1", "image till `r.example/till:2.1` to `evil.example/till:2.1`"),
    ],
)
def test_an_image_is_told_by_its_tag_only_where_nothing_else_differs(before: str, after: str, shown: str):
    book = Paper()
    changed = plan(changes=(Change(what="image till", before=before, after=after),))
    Scene(book).opened().alert().looks().found().proposed(proposal=changed)
    assert shown in words(approval_card(book.story(), "a-1"))


# --- what /ops status says of a change


def test_status_says_what_became_of_a_change():
    book, scene = sent()
    assert state_of(book.incident()) == "change sent, checking whether it helps"
    scene.checked(1, "failed")
    assert state_of(book.incident()) == "change sent, it did not help so far"
    scene.checked(2)
    assert state_of(book.incident()) == "change made, it helped"
