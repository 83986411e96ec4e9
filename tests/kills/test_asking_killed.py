"""Whoever dies over a person's request: it is made once, answered once in its thread, and nothing runs by itself."""

from pathlib import Path

import pytest

from bot.core.failpoint import Point
from bot.playground.outfit import BOT, HOME, VISITOR
from tests.playing import Stage, arm, check_record, check_told_once, stage

STILL = Path(__file__).parent.parent / "scenarios" / "still-water"
POINTS = (Point.TARGET_FOUND, Point.CHANGE_REQUESTED, Point.ANSWER_BEGUN)
DEATHS = {
    Point.TARGET_FOUND: ["self", "both"],
    Point.CHANGE_REQUESTED: ["self", "self"],
    Point.ANSWER_BEGUN: ["self", "both"],
}


def asked(story: Stage, name: str) -> str:
    return str(story.people.say(VISITOR, HOME, f"<@{BOT}> do restart {name}")["ts"])


def replies(story: Stage, thread: str) -> int:
    return sum(m.get("thread_ts") == thread and m["user"] == BOT for m in story.people.messages(HOME))


@pytest.mark.timeout(200)
def test_a_request_is_made_once_and_answered_once_whoever_dies_over_it(tmp_path: Path) -> None:
    with stage(tmp_path, arm(tmp_path / "armed", DEATHS), scenario=STILL, presses={}) as story:
        for number, name in enumerate(("loom", "vat"), start=1):
            thread = asked(story, name)
            story.until(lambda: replies(story, thread) == 1, 60, "an answer")  # noqa: B023
            story.until(lambda: sum(bool(i.open_approvals) for i in story.incidents()) == number, 60, "a card")  # noqa: B023
        story.until(story.told, 60, "everything told")

        assert story.armed() == {}, story.story()
        assert story.taken() == dict.fromkeys(map(str, POINTS), 2)
        assert sorted(len(incident.intents) for incident in story.incidents()) == [1, 1]
        assert story.writes() == []
        check_told_once(story)
        check_record(story)
