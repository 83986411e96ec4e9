"""A change that takes two, through the real processes: one vote, or one twice, is not enough; a broken glass is."""

from pathlib import Path

import pytest

from bot.core.approval import State
from bot.playground.outfit import APPROVER, HOME, RESPONDER, VISITOR
from tests.playing import Stage, check_record, check_told_once, stage
from tests.pressing import offers, press, shown, submit

STILL = Path(__file__).parent / "still-water"
TWO = {"MIDWATCH_REQUIRE_TWO": "roll_back_deployment"}


def whys(story: Stage, user: str) -> list[str | None]:
    return [click.why for click in story.incident().clicks.values() if click.user == user]


def says(story: Stage, words: str) -> bool:
    return any(words in line for line in story.seen())


@pytest.mark.timeout(200)
def test_one_person_is_not_enough_and_a_broken_glass_is_with_a_reason_everybody_is_told(tmp_path: Path) -> None:
    with stage(tmp_path, TWO, scenario=STILL, presses={}) as story:
        assert story.people.command(RESPONDER, HOME, "/ops do roll back loom")["ok"]
        story.until(lambda: any(i.open_approvals for i in story.incidents()), 40, "a request")
        [asked] = story.incident().approvals.values()
        assert asked.needed == 2
        story.until(lambda: story.incident().done(f"approval:{asked.id}") is not None, 40, "its card")
        card = shown(story, f"approval:{asked.id}")
        assert says(
            story, "Two people: two people are required for this tool, service, tier, severity or type of incident"
        )
        assert says(story, "0 of 2 approved")

        press(story, APPROVER, card, "approve")
        story.until(lambda: says(story, "1 of 2 approved"), 40, "one vote")
        press(story, APPROVER, card, "approve")
        story.until(lambda: any("already approved this" in line for line in story.whispers(APPROVER)), 40, "an answer")
        press(story, VISITOR, card, "break_glass")
        story.until(lambda: whys(story, VISITOR) == ["not_approver"], 40, "a refusal")
        assert story.writes() == []

        press(story, APPROVER, card, "break_glass")
        empty = submit(story, APPROVER, {"reason": " "})
        assert "why it cannot wait" in str(empty)
        assert story.people.submit(APPROVER, {"reason": "nobody else is awake, looms stand still"})["ok"]
        story.until(lambda: story.incident().approvals[asked.id].state is State.SUCCEEDED, 60, "the change")
        assert story.incident().approvals[asked.id].broken_by == APPROVER
        story.until(lambda: says(story, "Glass broken: Roll back Deployment loom"), 40, "the follow-up")
        assert says(story, "nobody else is awake, looms stand still")
        story.until(lambda: offers(story, card, "undo"), 40, "the card to be redrawn")
        assert not offers(story, card, "break_glass")
        assert len(story.writes()) == 1
        check_record(story)
        check_told_once(story)
        assert story.people.violations() == []
