"""A proposal's arguments as the evidence fills them: slots, and values that a check chooses. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core import slots
from bot.core.choosing import Choice, choose
from bot.core.predicates.shape import Context
from bot.core.runbook import Given, Scalar


@dataclass(frozen=True)
class Filled:
    """``ids`` is the evidence the value itself stands on, beside that of the cause."""

    value: Any
    ids: tuple[str, ...] = ()


def filled_argument(given: Given, context: Context) -> Filled | None:
    """None where any part of it has no value that evidence supports."""
    if not isinstance(given, Mapping):
        return _scalar(given, context)
    parts = {name: _part(name, one, context) for name, one in given.items()}
    known = {name: part for name, part in parts.items() if part is not None}
    if len(known) < len(parts):
        return None
    return Filled(
        {name: part.value for name, part in known.items()}, tuple(id_ for part in known.values() for id_ in part.ids)
    )


def _part(name: str, one: Scalar | Choice, context: Context) -> Filled | None:
    if not isinstance(one, Choice):
        return _scalar(one, context)
    chosen = choose(one, name, context)
    return Filled(chosen.value, tuple(id_ for seen in chosen.stands_on for id_ in seen.ids)) if chosen else None


def _scalar(value: Scalar, context: Context) -> Filled | None:
    found = slots.argument_of(value, context)
    return None if found is None else Filled(found)
