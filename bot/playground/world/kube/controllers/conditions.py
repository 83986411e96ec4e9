"""Conditions as Kubernetes keeps them: one per type, the transition time changing only with the status."""

from collections.abc import Iterable, Mapping
from typing import Any

Condition = dict[str, Any]


def condition(kind: str, status: bool | str, reason: str, message: str) -> Condition:
    """Return a condition without its times."""
    word = status if isinstance(status, str) else str(status)
    told = {"type": kind, "status": word, "reason": reason, "message": message}
    return {name: text for name, text in told.items() if text}


def find(conditions: Iterable[Mapping[str, Any]] | None, kind: str) -> Mapping[str, Any]:
    """Return the condition of a type, empty when there is none."""
    return next((one for one in conditions or () if one.get("type") == kind), {})


def is_true(conditions: Iterable[Mapping[str, Any]] | None, kind: str) -> bool:
    return find(conditions, kind).get("status") == "True"


def with_condition(
    conditions: Iterable[Mapping[str, Any]] | None, new: Condition, at: str, *times: str
) -> list[Condition]:
    """Return the conditions with one set; `times` are further time fields set on every change (`lastUpdateTime`)."""
    kept = [dict(one) for one in conditions or ()]
    old = find(kept, new["type"])
    if old.get("status") == new["status"] and old.get("reason") == new.get("reason") and _said(old) == _said(new):
        return kept
    since = old["lastTransitionTime"] if old.get("status") == new["status"] else at
    stamped = {**new, **dict.fromkeys(times, at), "lastTransitionTime": since}
    for number, one in enumerate(kept):
        if one["type"] == new["type"]:
            kept[number] = stamped
            return kept
    return [*kept, stamped]


def _said(one: Mapping[str, Any]) -> str:
    return str(one.get("message", ""))
