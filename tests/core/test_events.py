"""What a ledger's body may hold: ids, enums, integers, decimal strings, references. Nothing else, ever."""

import types
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import ValidationError

from bot.core.events import Fact, Ref, Value

FROZEN_KINDS = [
    "AlertReceived",
    "AlertResolved",
    "IncidentOpened",
    "ChannelStep",
    "EvidenceGathered",
    "HypothesesRanked",
    "FindingMade",
    "ClaimStruck",
    "IntentMade",
    "ActionPrepared",
    "ActionRefused",
    "ActionProposed",
    "ClickReceived",
    "VoteCast",
    "ActionApproved",
    "ActionDenied",
    "ActionChangesRequested",
    "ActionSuperseded",
    "ActionWentStale",
    "ActionExpired",
    "ExecutionStarted",
    "ExecutionSucceeded",
    "ExecutionFailed",
    "ExecutionUnknown",
    "OutcomeEstablished",
    "VerificationPassed",
    "VerificationFailed",
    "VerificationInconclusive",
    "PersonSaid",
    "IncidentResolved",
    "Frozen",
    "Unfrozen",
    "LeaseGranted",
    "LeaseUsed",
    "LeaseRevoked",
    "TargetLocked",
    "TargetReleased",
]


def is_allowed(kind: Any) -> bool:
    """An annotation that cannot carry free text or a float."""
    if get_origin(kind) is Annotated:
        base, *rules = get_args(kind)
        return base is str and any(getattr(rule, "pattern", None) for rule in rules)
    if get_origin(kind) in (Union, types.UnionType):
        return all(part is type(None) or is_allowed(part) for part in get_args(kind))
    if get_origin(kind) is Literal:
        return True
    if get_origin(kind) is tuple:
        return all(part is Ellipsis or is_allowed(part) for part in get_args(kind))
    if kind is int:
        return True
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return True
    return isinstance(kind, type) and issubclass(kind, Value) and fields_allowed(kind)


def fields_allowed(model: type[Value]) -> bool:
    if model is Ref:
        return True
    hints = {name: field.rebuild_annotation() for name, field in model.model_fields.items()}
    return all(is_allowed(hint) for hint in hints.values())


@pytest.mark.parametrize("kind", sorted(Fact.KINDS))
def test_no_body_can_hold_free_text_or_a_float(kind: str) -> None:
    assert fields_allowed(Fact.KINDS[kind])


def test_the_check_itself_catches_free_text() -> None:
    class Loose(Value):
        words: str

    assert not fields_allowed(Loose)


@pytest.mark.parametrize("kind", FROZEN_KINDS)
def test_every_kind_of_the_contract_exists(kind: str) -> None:
    assert Fact.KINDS[kind].__name__ == kind


def test_a_sentence_is_no_id() -> None:
    with pytest.raises(ValidationError):
        Fact.KINDS["Unfrozen"](user="please run rm -rf")
