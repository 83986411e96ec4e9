"""Killed between the write-ahead and the record of what came of it: nobody acts again, and a person is asked.

Two deaths are armed; the second stays unused, because a started execution is never begun again.
"""

from pathlib import Path

import pytest

from bot.core.approval import State
from bot.core.failpoint import Point
from bot.core.ledger import WORKSPACE
from bot.core.workspace import fold_workspace
from bot.playground.outfit import APPROVER
from tests.playing import Stage, arm, check_ended_well, check_record, check_told_once, check_world, stage

POINTS = (Point.EXECUTION_STARTED, Point.EXECUTION_EFFECT_DONE, Point.OUTCOME_OBSERVED)
KILLED = pytest.mark.parametrize("whom", ["self", "parent", "both"])


def asked(story: Stage) -> bool:
    """The outcome is unknown, the bot has looked, and said so."""
    states = [a.state for i in story.incidents() for a in i.approvals.values()]
    return states == [State.UNKNOWN] and any("Outcome unknown" in line for line in story.seen()) and story.told()


def locks(story: Stage) -> int:
    return len(fold_workspace(story.ledgers.read(WORKSPACE)).locks)


def settled(story: Stage) -> bool:
    return [a.state for a in story.incident().approvals.values()] == [State.ESTABLISHED] and story.told()


@pytest.mark.timeout(150)
@KILLED
def test_killed_before_the_effect_leaves_it_to_a_person_who_finds_nothing_done(tmp_path: Path, whom: str) -> None:
    options = arm(tmp_path / "armed", {Point.EXECUTION_STARTED: [whom, whom]})

    with stage(tmp_path, options, presses={"approve": (APPROVER,)}) as story:
        story.until(lambda: asked(story), 90, "the question to a person")
        assert locks(story) == 1
        assert story.writes() == []

        story.presses = {"establish_not_done": (APPROVER,)}
        story.until(lambda: settled(story), 30, "the person's answer")

        assert story.armed() == {Point.EXECUTION_STARTED: 1}
        story.until(lambda: locks(story) == 0, 15, "the release of the target")
        check_world(story, writes=0, holds=False)
        check_record(story)
        check_told_once(story)


@pytest.mark.timeout(200)
@KILLED
def test_killed_after_the_effect_leaves_it_to_a_person_who_finds_it_done(tmp_path: Path, whom: str) -> None:
    options = arm(tmp_path / "armed", {Point.EXECUTION_EFFECT_DONE: [whom, whom], Point.OUTCOME_OBSERVED: [whom]})

    with stage(tmp_path, options, presses={"approve": (APPROVER,)}) as story:
        story.until(lambda: asked(story), 90, "the question to a person")
        assert locks(story) == 1
        assert len(story.writes()) == 1

        story.presses = {"establish_done": (APPROVER,)}
        story.until(story.over, 90, "the end of the story")

        assert story.armed() == {Point.EXECUTION_EFFECT_DONE: 1}
        story.until(lambda: locks(story) == 0, 15, "the release of the target")
        check_ended_well(story)
