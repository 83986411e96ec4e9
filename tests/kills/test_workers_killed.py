"""A worker's forked job, the worker itself, or both are killed twice after every durable step, in one story.

The story must end as if nothing had happened: one write in the world, every message once, the alert quiet.
"""

from pathlib import Path

import pytest

from bot.core.failpoint import Point
from tests.playing import arm, check_ended_well, stage

TWICE = (
    Point.DIAGNOSIS_STARTED,
    Point.DIAGNOSIS_EVIDENCE,
    Point.CHART_STORED,
    Point.PREPARATION_STORED,
    Point.PREPARATION_INDEXED,
    Point.VERIFICATION_RECORDED,
    Point.NARRATION_BEGUN,
    Point.NARRATION_SAID,
    Point.NARRATION_RECORDED,
)
# behind these nothing is left to do: the second death stays unused, because nobody ever comes there again
ONCE = (Point.DIAGNOSIS_FOUND, Point.CHART_RECORDED, Point.PREPARATION_PROPOSED, Point.EXECUTION_RECORDED)
POINTS = (*TWICE, *ONCE)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("whom", ["self", "parent", "both"])
def test_a_worker_killed_twice_after_every_durable_step_changes_nothing(tmp_path: Path, whom: str) -> None:
    options = arm(tmp_path / "armed", {point: [whom, whom] for point in POINTS})

    with stage(tmp_path, options) as story:
        story.until(story.over, 200, "the end of the story")

        assert story.taken() == {**dict.fromkeys(map(str, TWICE), 2), **dict.fromkeys(map(str, ONCE), 1)}
        check_ended_well(story)
