"""What the bot stands on fails in the middle: Redis dies; Slack loses answers, is busy, or loses a channel."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.approval import State
from bot.core.failpoint import Point
from bot.playground.outfit import APPROVER, HOME, RESPONDER
from bot.playground.people import People
from tests.playing import Stage, arm, check_ended_well, check_record, check_world, stage

OUTAGE_SECONDS = 2.0
POINTS = (Point.SURVEY_ANSWERED, Point.ANSWER_SAID, Point.ANSWER_RECORDED)


def kill_redis(story: Stage) -> None:
    story.valkey.kill()
    time.sleep(OUTAGE_SECONDS)
    story.valkey.restart()


def approval_is(story: Stage, *states: State) -> Callable[[], bool]:
    def holds() -> bool:
        return any(a.state in states for i in story.incidents() for a in i.approvals.values())

    return holds


@pytest.mark.timeout(200)
def test_redis_killed_at_every_stage_costs_seconds_and_nothing_else(tmp_path: Path) -> None:
    with stage(tmp_path, presses={}) as story:
        story.until(lambda: bool(story.incidents()), 30, "an incident")
        kill_redis(story)
        story.until(approval_is(story, State.PROPOSED), 60, "a proposal")
        kill_redis(story)
        story.presses = {"approve": (APPROVER,)}
        story.until(approval_is(story, State.APPROVED, State.RUNNING, State.SUCCEEDED), 40, "an approval")
        kill_redis(story)
        story.until(story.over, 90, "the end of the story")

        check_ended_well(story)


def lose_and_limit(people: People) -> None:
    faults = [
        {"fault": "lost_answer", "method": "conversations.create"},
        {"fault": "lost_answer", "method": "chat.postMessage", "times": 2},
        {"fault": "lost_answer", "method": "chat.postMessage", "skip": 4, "times": 2},
        {"fault": "ratelimited", "method": "chat.postMessage", "skip": 3, "times": 2, "retry_after_s": 2},
        {"fault": "ratelimited", "method": "chat.update", "times": 2, "retry_after_s": 2},
        {"fault": "server_error", "method": "chat.postMessage", "skip": 8, "status": 503},
        {"fault": "error", "method": "pins.add", "error": "internal_error"},
    ]
    for fault in faults:
        assert people.order("faults", fault)["ok"]


@pytest.mark.timeout(200)
def test_lost_answers_and_rate_limits_of_slack_make_nothing_twice(tmp_path: Path) -> None:
    with stage(tmp_path, before=lose_and_limit) as story:
        story.until(story.over, 150, "the end of the story")

        check_ended_well(story)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("why", ["is_archived", "channel_not_found"])
def test_a_channel_lost_before_the_decision_brings_the_request_home(tmp_path: Path, why: str) -> None:
    with stage(tmp_path, presses={}) as story:
        story.until(lambda: len(story.people.channels()) > 1, 30, "a channel")
        [own] = [c["id"] for c in story.people.channels() if c["id"] != HOME]
        for method in ("chat.postMessage", "chat.update", "conversations.invite"):
            gone = {"fault": "error", "method": method, "error": why, "when": {"channel": own}, "times": 50}
            assert story.people.order("faults", gone)["ok"]
        story.presses = {"approve": (APPROVER,)}
        story.until(story.over, 100, "the end of the story")

        check_world(story)
        check_record(story)
        home = [line for channel, _, line in story._lines() if channel == "ops"]
        assert any("Second check: recovered" in line for line in home), story.story()


def is_question(ledger: str) -> bool:
    return ledger.startswith("ask-")


@pytest.mark.timeout(150)
def test_a_question_is_answered_whoever_dies_over_it(tmp_path: Path) -> None:
    options = arm(tmp_path / "armed", {point: ["self", "both"] for point in POINTS})

    with stage(tmp_path, options, presses={}) as story:
        for number in (1, 2):
            before = len(story.people.ephemerals(RESPONDER))
            assert story.people.command(RESPONDER, HOME, "/ops status loom")["ok"]
            story.until(lambda: len(story.people.ephemerals(RESPONDER)) > before, 40, f"answer {number}")  # noqa: B023
        story.until(lambda: not any(map(is_question, story.ledgers.open_ledgers())), 40, "a closed question")

        assert story.armed() == {}
        check_record(story)
