"""A freeze through the real processes: it stops an approval, is told where people look, and its end runs nothing."""

from pathlib import Path

import pytest

from bot.core.approval import State
from bot.core.incident import Click
from bot.playground.outfit import APPROVER, HOME, RESPONDER, VISITOR
from tests.playing import Stage, check_record, check_told_once, stage
from tests.pressing import offers, press, shown

STILL = Path(__file__).parent / "still-water"


def home(story: Stage, words: str) -> bool:
    return any(words in str(message) for message in story.people.messages(HOME))


def state(story: Stage) -> State:
    [approval] = story.incident().approvals.values()
    return approval.state


def clicks(story: Stage) -> list[Click]:
    return [click for click in story.incident().clicks.values() if click.user == APPROVER]


@pytest.mark.timeout(200)
def test_a_freeze_stops_an_approval_and_lifting_it_runs_nothing_before_a_fresh_press(tmp_path: Path) -> None:
    with stage(tmp_path, {}, scenario=STILL, presses={}) as story:
        assert story.people.command(RESPONDER, HOME, "/ops do roll back loom")["ok"]
        story.until(lambda: any(i.open_approvals for i in story.incidents()), 40, "a request")
        [approval] = story.incident().approvals.values()
        story.until(lambda: story.incident().done(f"approval:{approval.id}") is not None, 40, "its card")
        card = shown(story, f"approval:{approval.id}")

        assert story.people.command(RESPONDER, HOME, "/ops freeze 30 the dye is being changed")["ok"]
        story.until(lambda: home(story, "Changes are frozen") and home(story, "the dye is being changed"), 40, "news")
        story.until(lambda: home(story, "*Frozen* by robin"), 40, "the card to say so")
        press(story, APPROVER, card, "approve")
        story.until(lambda: [click.why for click in clicks(story)] == ["frozen"], 40, "the press to be judged")
        story.until(lambda: any("was not counted" in line for line in story.whispers(APPROVER)), 40, "an answer")
        assert state(story) is State.PROPOSED

        assert story.people.command(VISITOR, HOME, "/ops unfreeze")["ok"]
        story.until(lambda: any("Not lifted" in line for line in story.whispers(VISITOR)), 40, "a refusal")
        assert story.people.command(APPROVER, HOME, "/ops unfreeze")["ok"]
        story.until(lambda: home(story, "*Lifted* by"), 40, "news of its end")
        story.until(lambda: not home(story, "*Frozen* by"), 40, "the card without it")
        assert (state(story), story.writes()) == (State.PROPOSED, [])

        press(story, APPROVER, card, "approve")
        story.until(lambda: state(story) is State.SUCCEEDED, 60, "the change")
        story.until(lambda: offers(story, card, "undo"), 40, "Undo")
        check_record(story)
        check_told_once(story)
        assert story.people.violations() == []
