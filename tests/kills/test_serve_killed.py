"""`serve` is killed twice after every durable step it takes: alerts arrive once, a click counts once."""

from pathlib import Path

import pytest

from bot.core.failpoint import Point
from bot.playground.outfit import APPROVER
from tests.playing import arm, check_ended_well, stage

POINTS = (
    Point.INTAKE_DELIVERED,
    Point.INTAKE_SORTED,
    Point.INTAKE_FINISHED,
    Point.CLICK_RECEIVED,
    Point.VOTE_CAST,
    Point.APPROVED,
    Point.DOORBELL,
)


@pytest.mark.timeout(200)
def test_serve_killed_twice_after_every_durable_step_changes_nothing(tmp_path: Path) -> None:
    options = arm(tmp_path / "armed", {point: ["self", "self"] for point in POINTS})

    with stage(tmp_path, options) as story:
        story.until(story.over, 160, "the end of the story")

        assert story.taken() == dict.fromkeys(map(str, POINTS), 2)
        check_ended_well(story)
        counted = [click for click in story.incident().clicks.values() if click.state == "counted"]
        assert [click.user for click in counted] == [APPROVER]
