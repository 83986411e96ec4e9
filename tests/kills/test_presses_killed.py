"""`serve` is killed after judging presses on cards: each counts once, and planning again makes one request."""

from pathlib import Path

import pytest

from bot.core.approval import State
from bot.core.failpoint import Point
from bot.playground.outfit import APPROVER, RESPONDER
from tests.playing import arm, check_ended_well, stage
from tests.pressing import press, shown, submit

POINTS = (Point.PRESS_JUDGED,)


@pytest.mark.timeout(240)
def test_presses_judged_by_a_process_that_dies_count_once(tmp_path: Path) -> None:
    options = arm(tmp_path / "armed", {Point.PRESS_JUDGED: ["self", "self", "self"]})

    with stage(tmp_path, options, presses={}) as story:

        def approvals(state: State) -> list[str]:
            found = story.incident()
            return [a.id for a in found.approvals.values() if a.state is state and found.done(f"approval:{a.id}")]

        story.until(lambda: bool(story.incidents() and approvals(State.PROPOSED)), 60, "a request")
        press(story, RESPONDER, shown(story, "home"), "take")
        [first] = approvals(State.PROPOSED)
        at = shown(story, f"approval:{first}")
        press(story, APPROVER, at, "deny")
        assert submit(story, APPROVER, {})["ok"]
        press(story, RESPONDER, at, "plan_again")
        story.until(lambda: bool(approvals(State.PROPOSED)), 60, "the second request")
        [second] = approvals(State.PROPOSED)
        press(story, APPROVER, shown(story, f"approval:{second}"), "approve")
        story.until(lambda: bool(approvals(State.SUCCEEDED)), 60, "the change")
        press(story, RESPONDER, shown(story, "card"), "resolve")
        story.until(story.over, 90, "the end of the story")

        incident = story.incident()
        assert story.taken() == {str(Point.PRESS_JUDGED): 3}
        assert (incident.commander, incident.resolved_by) == (RESPONDER, RESPONDER)
        assert set(incident.approvals) == {first, second}
        check_ended_well(story)
