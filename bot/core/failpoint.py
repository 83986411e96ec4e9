"""Named places where a test may kill this process: one after every durable step.

`reach` does nothing unless a test armed the process (`arm`, called by wiring when `MIDWATCH_FAILPOINTS` names a
folder). Naming the places in one enum lets the kill tests walk all of them.
"""

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    INTAKE_DELIVERED = "intake.delivered"
    INTAKE_SORTED = "intake.sorted"
    INTAKE_FINISHED = "intake.finished"
    CLICK_RECEIVED = "decision.click_received"
    VOTE_CAST = "decision.vote_cast"
    PRESS_JUDGED = "decision.press_judged"
    APPROVED = "decision.approved"
    DOORBELL = "decision.doorbell"
    DIAGNOSIS_STARTED = "diagnosis.started"
    DIAGNOSIS_EVIDENCE = "diagnosis.evidence_recorded"
    DIAGNOSIS_TURN = "diagnosis.turn_recorded"
    DIAGNOSIS_FOUND = "diagnosis.found"
    CHART_STORED = "diagnosis.chart_stored"
    CHART_RECORDED = "diagnosis.chart_recorded"
    SURVEY_ANSWERED = "survey.answered"
    TARGET_FOUND = "request.target_found"
    CHANGE_REQUESTED = "request.requested"
    FREEZE_DECIDED = "freeze.decided"
    PREPARATION_STORED = "preparation.stored"
    PREPARATION_INDEXED = "preparation.indexed"
    PREPARATION_PROPOSED = "preparation.proposed"
    EXECUTION_STARTED = "execution.started"
    EXECUTION_EFFECT_DONE = "execution.effect_done"
    EXECUTION_RECORDED = "execution.recorded"
    VERIFICATION_RECORDED = "verification.recorded"
    OUTCOME_OBSERVED = "verification.outcome_observed"
    NARRATION_BEGUN = "narration.begun"
    NARRATION_SAID = "narration.said"
    NARRATION_RECORDED = "narration.recorded"
    ANSWER_BEGUN = "answering.begun"
    ANSWER_SAID = "answering.said"
    ANSWER_RECORDED = "answering.recorded"
    AWAY_RECORDED = "presence.away_recorded"
    MISSED_LOOKED = "missing.looked"


_hook: list[Callable[[str], None]] = []


def arm(hook: Callable[[str], None]) -> None:
    """From now on call ``hook`` with the name of every point reached."""
    _hook[:] = [hook]


def reach(point: str) -> None:
    """Say that a durable step named ``point`` is behind us."""
    for hook in _hook:
        hook(point)
