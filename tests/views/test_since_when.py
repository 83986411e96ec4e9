"""Since when: the beginning of the trouble where the record has it, and the alert's own time beside it."""

from datetime import timedelta
from typing import Any

from bot.views import notices
from bot.views.blocks import Message, texts_of
from bot.views.home_card import home_card
from bot.views.incident_card import incident_card, summary
from tests.scene import NOON, Paper, Scene

BEGAN = NOON - timedelta(minutes=14)


def told(began: Any = BEGAN, **curve: Any) -> Scene:
    return Scene(Paper()).opened().ruled().curved(began, **curve).found()


def story(scene: Scene) -> Any:
    assert isinstance(scene.book, Paper)
    return scene.book.story()


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def test_the_card_counts_from_the_beginning_and_says_when_the_alert_came():
    one = story(told())
    assert "20 Nov 02:00 UTC> (alert <" in words(incident_card(one))
    assert "20 Nov 02:00 UTC> (alert <" in words(home_card(one))
    assert "since 02:00 UTC" in summary(one)


def test_how_long_it_lasted_counts_from_the_beginning_too():
    scene = told()
    assert isinstance(scene.book, Paper)
    scene.book.passes(120)
    one = story(scene.resolved())
    assert "02:16 UTC>, 16 min" in words(incident_card(one))
    assert "Resolved after 16 min" in notices.resolved(one)["text"]


def test_without_a_finding_the_alert_is_all_that_is_known():
    one = story(Scene(Paper()).opened().ruled().curved(BEGAN))
    assert "(alert" not in words(incident_card(one))


def test_a_beginning_in_the_alerts_own_minute_is_not_told_twice():
    assert "(alert" not in words(incident_card(story(told(NOON - timedelta(seconds=40)))))


def test_what_was_over_before_the_alert_or_went_the_other_way_is_not_its_beginning():
    over = told(ended_at="2026-11-20T02:05:00Z")
    assert "(alert" not in words(incident_card(story(over)))
    assert "(alert" not in words(incident_card(story(told(direction="down")))), "fewer errors are no trouble"


def test_a_record_that_was_erased_tells_nothing():
    scene = told()
    assert isinstance(scene.book, Paper)
    for ref, content in list(scene.book.texts.items()):
        if isinstance(content, dict) and "check" in content:
            del scene.book.texts[ref]
    assert "(alert" not in words(incident_card(story(scene)))
