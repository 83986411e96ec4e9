"""Kleene's three truth values: what was not readable is UNKNOWN, and unknown neither confirms nor rules out.

Pure algebra, nothing about evidence. There is deliberately no `bool()` of a `Truth`: whoever wants one must say which
of the two answers unknown counts as.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class Truth(Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        raise TypeError("a Truth is not a bool: compare it with Truth.TRUE or Truth.FALSE")


def truth(value: bool | None) -> Truth:
    """`None` is unknown."""
    return Truth.UNKNOWN if value is None else Truth.TRUE if value else Truth.FALSE


def negate(value: Truth) -> Truth:
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}[value]


def all_of(values: Iterable[Truth]) -> Truth:
    """FALSE where any is false, else UNKNOWN where any is unknown, else TRUE (also of nothing)."""
    seen = set(values)
    return Truth.FALSE if Truth.FALSE in seen else Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.TRUE


def any_of(values: Iterable[Truth]) -> Truth:
    """TRUE where any is true, else UNKNOWN where any is unknown, else FALSE (also of nothing)."""
    return negate(all_of(negate(value) for value in values))
