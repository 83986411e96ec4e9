"""The days before mode act, with no act process at all: propose gives people the line to run, observe only looks."""

from pathlib import Path

import pytest

from bot.core.events import Verdict
from bot.core.narration import own_channel
from bot.playground.outfit import APPROVER
from bot.playground.rendering import buttons_of
from tests.playing import Stage, check_record, check_told_once, stage


def lines_to_run(story: Stage) -> list[str]:
    return [line for line in story.seen() if "kubectl --namespace" in line]


@pytest.mark.timeout(150)
def test_without_an_act_process_a_person_gets_the_line_to_run_and_no_button(tmp_path: Path) -> None:
    options = {"MIDWATCH_MODE": "propose"}
    with stage(tmp_path, options, processes=("serve", "talk", "diagnose"), presses={"approve": (APPROVER,)}) as story:
        story.until(lambda: bool(lines_to_run(story)), 90, "the line to run")
        incident = story.incident()

        assert len(lines_to_run(story)) == 2  # the change, and its way back
        assert "rollout undo deployment/" in lines_to_run(story)[0]
        seen = "\n".join(story.seen())
        assert "nothing was tried on the server" in seen
        assert (
            "Changes: image of loom: registry.example/weaving/loom:4.2.0 to registry.example/weaving/loom:4.1.0" in seen
        )
        assert "Touches: 2 pods of revision 2" in seen
        assert "Way back: `kubectl --namespace weaving rollout undo deployment/loom --to-revision=2`" in seen
        assert "Computed from what was read, not dry-run" in seen
        assert "for you to carry out, not dry-run" in seen
        channel = own_channel(incident)
        assert channel is not None
        messages = [m for c in story.people.channels() for m in story.people.messages(c["id"])]
        assert [b for message in messages for b in buttons_of(message) if b.get("action_id") == "approve"] == []
        assert incident.approvals == {}
        assert story.writes() == []
        story.until(story.told, 30, "everything told")
        check_record(story)
        check_told_once(story)


@pytest.mark.timeout(150)
def test_in_mode_observe_it_says_what_it_found_and_proposes_nothing(tmp_path: Path) -> None:
    with stage(tmp_path, {"MIDWATCH_MODE": "observe"}, processes=("serve", "talk", "diagnose"), presses={}) as story:
        story.until(lambda: bool(story.incidents()) and story.incident().finding is not None, 90, "a finding")
        story.until(story.told, 30, "everything told")
        incident = story.incident()

        assert incident.finding is not None
        assert incident.finding.verdict is Verdict.CAUSE
        assert incident.intents == {}
        assert incident.approvals == {}
        seen = "\n".join(story.seen())
        assert "rollout" in seen.lower()
        assert lines_to_run(story) == []
        assert "Proposed" not in seen
        assert "for you to carry out" not in seen
        messages = [m for c in story.people.channels() for m in story.people.messages(c["id"])]
        pressed = {str(b.get("action_id")) for message in messages for b in buttons_of(message)}
        assert pressed.isdisjoint({"approve", "deny", "request_changes", "plan_again"})
        assert story.writes() == []
        check_record(story)
        check_told_once(story)
