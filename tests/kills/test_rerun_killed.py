"""Killed when the Job of a re-run is there and nobody has written so: one Job, and a person is asked what happened."""

from pathlib import Path

import pytest

from bot.core.failpoint import Point
from bot.playground.outfit import APPROVER
from tests.kills.test_unknown_outcomes import asked
from tests.playing import arm, check_ended_well, stage

DRY = Path(__file__).parents[1] / "scenarios" / "dry-well"


@pytest.mark.timeout(200)
def test_killed_after_the_job_was_made_makes_no_other_and_the_mark_tells(tmp_path: Path) -> None:
    options = arm(tmp_path / "armed", {Point.EXECUTION_EFFECT_DONE: ["both", "both"]})

    with stage(tmp_path, options, scenario=DRY, presses={"approve": (APPROVER,)}) as story:
        story.until(lambda: asked(story), 90, "the question to a person")
        [execution] = story.incident().executions.values()
        assert len(story.writes()) == 1
        assert execution.observed is not None
        told = [line for line in story.seen() if "carries this execution's mark" in line]
        assert any("Job fill-basin-mw-" in line for line in told), story.story()

        story.presses = {"establish_done": (APPROVER,)}
        story.until(story.over, 90, "the end of the story")
        assert story.armed() == {Point.EXECUTION_EFFECT_DONE: 1}
        check_ended_well(story)
