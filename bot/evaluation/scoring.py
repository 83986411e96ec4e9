"""How an answer stands to what a case expects. Regular expressions are searched without case.

``hit_1``: the first cause says all that is expected; ``hit_3``: the first three together do. ``passed`` asks the whole
answer, its ruled-out sentences too, for forbidden words only the causes: ruling something out has to name it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.core.events import Verdict
from bot.evaluation.answering import NONE, Answer
from bot.evaluation.frozen import Expected


@dataclass(frozen=True)
class Score:
    """``false_diagnosis``: a healthy case was called sick, or a harmless change was blamed."""

    passed: bool
    hit_1: bool
    hit_3: bool
    false_diagnosis: bool
    abstained: bool
    why: str = ""
    confidence: float | None = None

    def row(self) -> dict[str, Any]:
        return asdict(self)


def score(answer: Answer, expected: Expected) -> Score:
    abstained = answer.verdict is Verdict.UNSURE
    healthy, change = bool(answer.body["healthy"]), answer.body["change"]
    faults = list(_faults(answer, expected, abstained))
    sick = expected.healthy is True and not healthy and not abstained
    decoy = expected.change is not None and change not in (None, NONE, expected.change)
    right_state = expected.healthy is None or expected.healthy == healthy
    confidence = answer.body["causes"][0]["confidence"] if answer.body["causes"] else None
    return Score(
        passed=not faults,
        hit_1=right_state and _hit(answer, expected, answer.texts[:1]),
        hit_3=right_state and _hit(answer, expected, answer.texts[:3]),
        false_diagnosis=sick or decoy,
        abstained=abstained,
        why="; ".join(faults),
        confidence=confidence,
    )


def _hit(answer: Answer, expected: Expected, texts: Sequence[str]) -> bool:
    """What identifies the cause: the change where one is asked, else the words; of a healthy case that it is one."""
    if expected.change is not None:
        return bool(answer.body["change"] == expected.change)
    if expected.healthy:
        return bool(answer.body["healthy"])
    return not _missing(expected.all_of, " ".join((*texts, answer.body["summary"])))


def _faults(answer: Answer, expected: Expected, abstained: bool) -> Iterable[str]:
    body = answer.body
    if abstained and expected.may_abstain:
        return
    if expected.healthy is not None and expected.healthy != body["healthy"]:
        yield f"healthy: {expected.healthy} is right, {body['healthy']} was answered"
    if expected.change is not None and expected.change != (body["change"] or NONE):
        yield f"change: {expected.change} is right, {body['change'] or NONE} was answered"
    if missing := _missing((*expected.all_of, *expected.ruled_out), answer.whole):
        yield f"not said: {', '.join(missing)}"
    if expected.any_of and len(_missing(expected.any_of, answer.whole)) == len(expected.any_of):
        yield f"none of these was said: {', '.join(expected.any_of)}"
    if said := [one for one in expected.none_of if not _missing([one], " ".join(answer.texts))]:
        yield f"said and wrong: {', '.join(said)}"
    yield from _of_places(answer, expected)


def _of_places(answer: Answer, expected: Expected) -> Iterable[str]:
    first = answer.body["causes"][0] if answer.body["causes"] else {"object": ""}
    if expected.object and expected.object.lower() not in str(first["object"]).lower():
        yield f"object: {expected.object} is right, {first['object'] or 'none'} was answered"
    if expected.service and expected.service.lower() not in f"{answer.body['first_failing_service']}".lower():
        yield f"service: {expected.service} is right, {answer.body['first_failing_service'] or 'none'} was answered"
    if expected.category and expected.category != answer.body["category"]:
        yield f"category: {expected.category} is right, {answer.body['category']} was answered"
    tool = (answer.body["proposal"] or {}).get("tool", "")
    if expected.proposal is not None and expected.proposal != tool:
        yield f"proposal: {expected.proposal or 'none'} is right, {tool or 'none'} was answered"
    if tool and tool in expected.forbidden_proposals:
        yield f"proposal: {tool} is forbidden"


def _missing(wanted: Iterable[str], text: str) -> list[str]:
    return [one for one in wanted if not re.search(one, text, re.I | re.S)]
