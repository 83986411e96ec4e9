"""A run by the clock fails, and is run again with a value that evidence chose: the whole way, real processes."""

from pathlib import Path

import pytest

from bot.core.reruns import job_name
from bot.playground.outfit import HOME, RESPONDER
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


def test_a_person_who_asks_for_a_run_that_waits_for_a_decision_is_sent_to_it(tmp_path: Path) -> None:
    """The CronJob is found by its name alone; two plans for one target would contradict each other."""
    with stage(tmp_path, scenario=DRY, presses={}) as story:
        story.until(lambda: any(one.open_approvals for one in story.incidents()), 60, "a request")
        assert story.people.command(RESPONDER, HOME, "/ops do re-run fill-basin with WELL_HOST=well-east")["ok"]

        told = "A change of the same target is already waiting for a decision"
        story.until(lambda: any(told in line for line in story.whispers(RESPONDER)), 40, "an answer")
        assert story.writes() == []
        assert story.people.violations() == []
