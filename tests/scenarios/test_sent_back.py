"""A request that is sent back with words leads to another plan, over the real processes, up to its refusals."""

import shutil
from pathlib import Path

import pytest

from bot.core.approval import Approval, State
from bot.playground.outfit import APPROVER
from tests.playing import QUICK, Stage, check_record, check_told_once, stage
from tests.pressing import at_rest, press, shown, submit
from tests.services.test_replanning import RESTART

pytestmark = pytest.mark.timeout(240)
WORDS = "not the roll back, <!channel>: its migration cannot be undone"


def waiting(story: Stage) -> list[Approval]:
    return [
        a
        for incident in story.incidents()
        for a in incident.approvals.values()
        if a.state is State.PROPOSED and incident.done(f"approval:{a.id}")
    ]


def test_what_is_sent_back_is_planned_again_as_something_else(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario"
    shutil.copytree(QUICK, scenario)
    (scenario / "runbooks").mkdir()
    (scenario / "runbooks" / "cold-caches.md").write_text(RESTART.replace("TillFailing", "LoomFailing"))

    with stage(tmp_path, scenario=scenario, presses={}) as story:
        story.until(lambda: bool(waiting(story)) and story.told(), 60, "a request")
        [first], ledger = waiting(story), story.incident().id
        assert first.tool == "roll_back_deployment"
        press(story, APPROVER, shown(story, f"approval:{first.id}"), "request_changes")
        assert submit(story, APPROVER, {"reason": WORDS})["ok"]
        story.until(lambda: any(a.id != first.id for a in waiting(story)), 60, "another plan")

        [second] = waiting(story)
        assert (second.tool, second.requester, second.needed) == ("restart_deployment", APPROVER, 2)
        story.until(lambda: "Planned again: the new request" in said(story), 20, "the first request pointing to it")
        assert "the earlier request was sent back for changes by" in said(story)
        assert "@channel" not in said(story)

        press(story, APPROVER, shown(story, f"approval:{second.id}"), "approve")
        story.until(lambda: bool(story.whispers(APPROVER)), 20, "a refusal for whoever sent the first back")
        assert at_rest(story, ledger).approvals[second.id].voters == ()

        pictures = [step for step in at_rest(story, ledger).steps if step.startswith("chart:")]
        assert len(pictures) <= 1  # nothing is drawn a second time
        assert story.writes() == []
        story.until(story.told, 40, "everything told")
        check_told_once(story)
        check_record(story)


def said(story: Stage) -> str:
    return "\n".join(story.seen())
