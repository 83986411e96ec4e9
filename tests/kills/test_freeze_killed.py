"""Whoever dies right after a freeze was written: it stands once, is answered once, and home is told once."""

from pathlib import Path

import pytest

from bot.core.events import Frozen
from bot.core.failpoint import Point
from bot.core.ledger import WORKSPACE
from bot.playground.outfit import BOT, HOME, RESPONDER
from tests.playing import Stage, arm, stage

STILL = Path(__file__).parent.parent / "scenarios" / "still-water"
POINTS = (Point.FREEZE_DECIDED,)
DEATHS = {Point.FREEZE_DECIDED: ["self", "self"]}


def at_home(story: Stage, words: str) -> int:
    return sum(words in str(message) and message.get("user") == BOT for message in story.people.messages(HOME))


@pytest.mark.timeout(200)
def test_a_freeze_is_written_and_told_once_whoever_dies_over_it(tmp_path: Path) -> None:
    with stage(tmp_path, arm(tmp_path / "armed", DEATHS), scenario=STILL, presses={}) as story:
        for number in (1, 2):
            assert story.people.command(RESPONDER, HOME, f"/ops freeze 30 reason {number}")["ok"]
            story.until(lambda: at_home(story, f"reason {number}") == 1, 60, "the message at home")  # noqa: B023
            story.until(lambda: len(story.whispers(RESPONDER)) >= number, 60, "an answer")  # noqa: B023

        frozen = [event for event in story.ledgers.read(WORKSPACE) if isinstance(event.fact, Frozen)]
        assert len(frozen) == 2
        assert story.armed() == {}, story.story()
        assert story.taken() == dict.fromkeys(map(str, POINTS), 2)
        story.until(lambda: at_home(story, "*Replaced* by") == 1, 60, "the first to say that it was replaced")
