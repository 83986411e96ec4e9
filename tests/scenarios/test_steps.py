"""A remedy in two steps, the whole way over real processes: both are decided on one message, one after the other."""

import shutil
from pathlib import Path

import pytest
import yaml

from bot.core.approval import State
from tests.playing import QUICK, Stage, check_record, check_told_once, stage

SHIPPED = Path(__file__).parents[2] / "runbooks" / "bad-rollout.md"
pytestmark = pytest.mark.timeout(200)


def in_two_steps(folder: Path) -> Path:
    """The scenario with a page of its own: more pods for yarn first, then loom is rolled back."""
    scenario = folder / "two-steps"
    shutil.copytree(QUICK, scenario)
    told = yaml.safe_load((scenario / "scenario.yaml").read_text())
    (scenario / "scenario.yaml").write_text(yaml.safe_dump(told | {"name": "two-steps"}, sort_keys=False))
    _, front, body = SHIPPED.read_text().split("---\n", 2)
    page = yaml.safe_load(front)
    rollout = next(one for one in page["causes"] if one["id"] == "rollout")
    first = {"tool": "scale_deployment", "arguments": {"namespace": "{namespace}", "name": "yarn", "replicas": 3}}
    rollout["propose"] = {**first, "then": [rollout["propose"]]}
    (scenario / "runbooks").mkdir()
    (scenario / "runbooks" / SHIPPED.name).write_text(f"---\n{yaml.safe_dump(page, sort_keys=False)}---\n{body}")
    return scenario


def asked(story: Stage, number: int) -> bool:
    """Whether so many requests were made, and who decides was called to the last."""
    found = [one for incident in story.incidents() for one in incident.approvals.values()]
    return len(found) == number and story.incident().done(f"turn:{found[-1].id}") is not None


def test_a_person_decides_one_step_and_then_the_other_on_the_same_message(tmp_path: Path) -> None:
    with stage(tmp_path / "play", scenario=in_two_steps(tmp_path)) as story:
        story.until(lambda: asked(story, 2), 90, "the second request")
        assert [one["name"] for one in story.writes()] == ["yarn"]
        story._pressed.clear()  # the same people, the same button, the same message: another request
        story.until(story.over, 100, "the end of the story")

        incident = story.incident()
        first, second = incident.approvals.values()
        assert (first.state, second.state) == (State.SUCCEEDED, State.SUCCEEDED)
        steps = [incident.steps[f"approval:{one.id}"] for one in (first, second)]
        assert steps[0].ts == steps[1].ts
        assert incident.executions[second.execution].started_at > incident.executions[first.execution].checks[0].at
        assert [one["name"] for one in story.writes()] == ["yarn", "loom"]
        told = "\n".join(story.seen())
        assert "Step 2 of 2" in told
        check_record(story)
        check_told_once(story)
        assert story.people.violations() == []
