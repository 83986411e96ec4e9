"""What is due is re-derived from the fold alone: nothing forgotten, nothing twice, nothing too early."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core import events as e
from bot.core.due import Due, Pacing, due, due_question, may_resolve, settled
from bot.core.events import Fact, Ref, Severity, Verdict
from bot.core.folding import fold
from bot.core.incident import REQUESTED, Incident
from bot.core.ledger import Head, open_line, parse_stamp, seal, stamp
from bot.core.question import fold_question

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
REF = Ref(ref="0" * 64, bytes=1)
PACING = Pacing(recheck=timedelta(minutes=15))
TARGET = "Deployment/web/shop"


def incident(*facts: Fact, every: float = 1.0, drawn: bool = True) -> Incident:
    """The fold of these facts, a second apart; the chart of a finding comes with it, where a test is not about it."""
    head, lines = Head(), []
    for number, fact in enumerate(facts):
        here = [fact, DRAWN] if drawn and fact is FINDING else [fact]
        for line in seal("inc-1", here, "p", AT + timedelta(seconds=number * every), head):
            head = Head(line["seq"] + 1, line["hash"], parse_stamp(line["at"]))
            lines.append(open_line(line))
    return fold("inc-1", lines)


OPENED = e.IncidentOpened(severity=Severity.SEV2, key="0" * 32, title=REF, why="first_alert", place="incident")
ALERT = e.AlertReceived(
    fingerprint="f1", alertname="A", severity=Severity.SEV2, starts_at=stamp(AT), group="0" * 32, alert=REF,
    source="alertmanager",
)  # fmt: skip
RESOLVED = e.AlertResolved(fingerprint="f1", ends_at=stamp(AT), alert=REF)
ROUND = e.DiagnosisStarted(round=1, reasoner="guided")
FINDING = e.FindingMade(round=1, verdict=Verdict.CAUSE, reasoner="guided", finding=REF, looks=1, milliseconds=1)
DRAWN = e.ChartDrawn(round=1, chart=REF, evidence="E1")
INTENT = e.IntentMade(intent="i-1", round=1, tool="roll_back_deployment", arguments=REF)
PROPOSED = e.ActionProposed(
    approval="a-1", intent="i-1", tool="roll_back_deployment", target=TARGET, plan=REF, digest="d" * 64, needed=1,
    expires_at=stamp(AT + timedelta(minutes=15)),
)  # fmt: skip
PREPARED = e.ActionPrepared(intent="i-1", plan=REF, digest="d" * 64, target=TARGET)
CLICK = e.ClickReceived(
    click="1" * 32, approval="a-1", action="approve", user="U1", team="T1", channel="C1", message_ts="1.5",
    action_ts="2.5",
)  # fmt: skip
VOTE = e.VoteCast(approval="a-1", click="1" * 32, user="U1", team="T1", digest="d" * 64)
APPROVED = e.ActionApproved(
    approval="a-1", incident="inc-1", digest="d" * 64, voters=("U1",), approved_at=stamp(AT),
    expires_at=stamp(AT + timedelta(minutes=15)), key="0" * 16, signature="0" * 128,
)  # fmt: skip
STARTED = e.ExecutionStarted(approval="a-1", execution="x-a-1", target=TARGET)
SUCCEEDED = e.ExecutionSucceeded(approval="a-1", execution="x-a-1", result=REF)
UNKNOWN = e.ExecutionUnknown(approval="a-1", execution="x-a-1", why="worker_died")
CHECK_1 = e.VerificationPassed(execution="x-a-1", check=1, seen=REF)
CHECK_2 = e.VerificationPassed(execution="x-a-1", check=2, seen=REF)
OBSERVED = e.OutcomeObserved(execution="x-a-1", outcome=e.Outcome.OK, seen=REF)
DONE = e.OutcomeEstablished(approval="a-1", execution="x-a-1", outcome="done", click="1" * 32, user="U1")
NOT_DONE = e.OutcomeEstablished(approval="a-1", execution="x-a-1", outcome="not_done", click="1" * 32, user="U1")

DENIED = e.ActionDenied(approval="a-1", click="1" * 32, user="U1")
NOT_POSSIBLE = e.ActionRefused(intent="i-1", why="not_found", detail=REF)
BY_REQUEST = OPENED.model_copy(update={"why": REQUESTED, "severity": Severity.INFO, "place": "home"})

FOUND = (OPENED, ALERT, ROUND, FINDING, INTENT)
WAITING = (*FOUND, PREPARED, PROPOSED)
AGREED = (*WAITING, CLICK, VOTE, APPROVED)
RAN = (*AGREED, STARTED, SUCCEEDED)
LOST = (*AGREED, STARTED, UNKNOWN)


def jobs(found: tuple[Due, ...]) -> list[str]:
    return [item.job for item in found]


@pytest.mark.parametrize(
    ("facts", "after", "expected"),
    [
        ((), 0, []),
        ((OPENED, ALERT), 0, ["diagnose"]),
        ((OPENED, ALERT, ROUND), 0, ["diagnose"]),
        ((OPENED, ALERT, RESOLVED), 0, ["diagnose"]),
        (FOUND, 0, ["prepare"]),
        (WAITING, 0, []),
        ((*WAITING, CLICK), 0, ["judge"]),
        (WAITING, 16 * 60, ["expire"]),
        (AGREED, 0, ["execute"]),
        (AGREED, 16 * 60, ["expire"]),
        ((*AGREED, STARTED), 0, ["watch"]),
        (RAN, 0, ["verify"]),
        ((*RAN, CHECK_1), 0, []),
        ((*RAN, CHECK_1), 16 * 60, ["verify"]),
        ((*RAN, CHECK_1, CHECK_2), 16 * 60, []),
        ((*RAN, CHECK_1, CHECK_2, RESOLVED), 0, ["resolve"]),
        ((*RAN, CHECK_1, RESOLVED), 0, []),
        (LOST, 0, ["observe"]),
        ((*LOST, OBSERVED), 0, []),
        ((*LOST, OBSERVED, RESOLVED), 0, []),
        ((*LOST, OBSERVED, DONE), 0, ["verify"]),
        ((*LOST, OBSERVED, NOT_DONE, RESOLVED), 0, ["resolve"]),
        ((OPENED, ALERT, ROUND, FINDING, RESOLVED), 0, ["resolve"]),
        ((OPENED, ROUND, FINDING), 0, []),
        ((BY_REQUEST, INTENT), 0, ["prepare"]),
        ((BY_REQUEST, *WAITING[2:]), 0, []),
        ((BY_REQUEST, *WAITING[2:], CLICK, DENIED), 0, ["resolve"]),
        ((BY_REQUEST, *WAITING[2:], e.ActionWentStale(approval="a-1", why="changed")), 0, []),
        ((BY_REQUEST, *WAITING[2:], e.ActionWentStale(approval="a-1", why="changed")), 76 * 60, ["resolve"]),
        ((BY_REQUEST, INTENT, NOT_POSSIBLE), 0, ["resolve"]),
        ((BY_REQUEST, *RAN[2:], CHECK_1), 0, []),
        ((BY_REQUEST, *RAN[2:], CHECK_1, CHECK_2), 0, ["resolve"]),
        ((BY_REQUEST, *LOST[2:], OBSERVED), 0, []),
    ],
)
def test_what_is_due(facts: tuple[Fact, ...], after: float, expected: list[str]) -> None:
    now = AT + timedelta(seconds=len(facts) + after)

    assert jobs(due(incident(*facts), now, PACING, None)) == expected


def test_narration_is_due_when_its_time_has_come() -> None:
    story = incident(*WAITING)

    assert jobs(due(story, AT, PACING, AT)) == ["narrate"]
    assert jobs(due(story, AT, PACING, AT + timedelta(seconds=1))) == []


def test_a_diagnosis_that_failed_three_times_is_not_tried_for_ever() -> None:
    failed = [e.DiagnosisFailed(round=1, reasoner="guided", why="broken")] * 3

    assert jobs(due(incident(OPENED, ALERT, ROUND, *failed), AT, PACING, None)) == []


def test_an_observing_bot_prepares_nothing() -> None:
    assert jobs(due(incident(*FOUND), AT, Pacing(proposing=False), None)) == []


def test_an_open_request_dies_with_its_incident() -> None:
    over = incident(*WAITING, e.IncidentResolved(why="alerts_over"))

    assert jobs(due(over, AT, PACING, None)) == ["supersede"]


def test_a_ledger_is_put_away_only_when_everything_is_done_and_told() -> None:
    over = (*RAN, CHECK_1, CHECK_2, RESOLVED, e.IncidentResolved(why="alerts_over"))

    assert settled(incident(*over), AT, PACING, None)
    assert not settled(incident(*over), AT, PACING, AT)
    assert not settled(incident(*over[:-1]), AT, PACING, None)


def test_an_unknown_outcome_keeps_the_incident_open() -> None:
    assert not may_resolve(incident(*LOST, OBSERVED, RESOLVED), PACING)


def test_job_ids_are_the_same_at_every_look_and_begin_with_their_queue() -> None:
    first, again = (due(incident(*AGREED), AT, PACING, None)[0] for _ in range(2))

    assert first.id == again.id == "act-execute-inc-1-a-1"


ASKED = e.CommandReceived(command="status", user="U1", team="T1", channel="C1", text=REF)
DO = ASKED.model_copy(update={"command": "do"})
TARGET_FOUND = e.TargetFound(tool="restart_deployment", namespace="web", name="shop", arguments=REF)


@pytest.mark.parametrize(
    ("facts", "after", "expected"),
    [
        ((ASKED,), 0, ["survey"]),
        ((ASKED,), 60, ["give_up"]),
        ((ASKED, e.AnswerMade(answer=REF)), 0, ["answer"]),
        ((ASKED, e.AnswerMade(answer=REF), e.CommandAnswered(how="ephemeral")), 0, []),
        ((ASKED.model_copy(update={"command": "incident"}),), 0, ["open_incident"]),
        ((ASKED.model_copy(update={"command": "unknown_request"}),), 0, ["not_known"]),
        ((ASKED.model_copy(update={"command": "outdated_button"}),), 0, ["outdated"]),
        ((ASKED.model_copy(update={"command": "help"}),), 0, ["reply"]),
        ((ASKED.model_copy(update={"command": "open_seen"}),), 0, ["open_incident"]),
        ((ASKED.model_copy(update={"command": "misread"}),), 0, ["reply"]),
        ((DO,), 0, ["survey"]),
        ((DO,), 60, ["request"]),
        ((DO, TARGET_FOUND), 0, ["request"]),
        ((DO, TARGET_FOUND, e.AnswerMade(answer=REF)), 0, ["answer"]),
    ],
)
def test_a_question_is_surveyed_answered_or_given_up(facts: tuple[Fact, ...], after: int, expected: list[str]) -> None:
    lines = seal("ask-1", list(facts), "p", AT, Head())
    question = fold_question("ask-1", [open_line(line) for line in lines])

    assert jobs(due_question(question, AT + timedelta(seconds=after))) == expected


# --- the picture of a round


def jobs_at(seconds: float, *facts: Fact) -> list[str]:
    return [item.job for item in due(incident(*facts, drawn=False), AT + timedelta(seconds=seconds), PACING, None)]


def test_a_round_is_drawn_once_it_has_found_something_and_only_once():
    drawn = e.ChartDrawn(round=1, why="no_curve")
    assert "chart" not in jobs_at(5, OPENED, ALERT, ROUND)
    assert "chart" in jobs_at(5, OPENED, ALERT, ROUND, FINDING)
    assert "chart" not in jobs_at(5, OPENED, ALERT, ROUND, FINDING, drawn)


def test_a_picture_is_not_tried_for_ever_and_keeps_nothing_open_for_long():
    over = e.IncidentResolved(why="alerts_over")
    assert "chart" in jobs_at(800, OPENED, ALERT, ROUND, FINDING)
    assert "chart" not in jobs_at(1000, OPENED, ALERT, ROUND, FINDING)
    assert "chart" not in jobs_at(300, OPENED, ALERT, RESOLVED, ROUND, FINDING, over)
    undrawn = incident(OPENED, ALERT, RESOLVED, ROUND, FINDING, over, drawn=False)
    assert not settled(undrawn, AT + timedelta(seconds=30), PACING, None)
    assert settled(undrawn, AT + timedelta(seconds=300), PACING, None)
