"""A run by the clock fails, and is run again with a value that evidence chose: the whole way, real processes."""

from pathlib import Path

import pytest

from bot.core.reruns import job_name
from tests.playing import check_ended_well, stage

DRY = Path(__file__).parent / "dry-well"
pytestmark = pytest.mark.timeout(200)


def test_a_failed_run_is_run_again_from_the_source_that_evidence_speaks_for(tmp_path: Path) -> None:
    with stage(tmp_path, scenario=DRY) as story:
        story.until(story.over, 100, "the end of the story")

        incident = story.incident()
        [execution] = incident.executions.values()
        assert execution.target == "CronJob/waterworks/fill-basin"
        [write] = story.writes()
        assert (write["verb"], write["kind"], write["name"]) == ("create", "Job", job_name("fill-basin", execution.id))
        assert write["user"].endswith("midwatch-act")
        assert [check.result for check in execution.checks] == ["passed", "passed"]
        told = "\n".join(story.seen())
        assert "Re-run CronJob fill-basin in waterworks with WELL_HOST=well-south" in told
        assert any(click.why == "not_approver" for click in incident.clicks.values())
        check_ended_well(story)
        assert story.people.violations() == []
