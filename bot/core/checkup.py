"""What `midwatch doctor` says of one thing: seen to be right, not seen, or seen to be wrong, with how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """``UNPROVEN`` is honest ignorance: nothing was seen that is wrong, and nothing that shows it right."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    WRONG = "wrong"


@dataclass(frozen=True)
class Checkup:
    """``part`` is a short name ("slack scopes"), ``says`` what was seen, ``mend`` what to do about it."""

    state: State
    part: str
    says: str
    mend: str = ""


def proven(part: str, says: str) -> Checkup:
    return Checkup(State.PROVEN, part, says)


def unproven(part: str, says: str, mend: str = "") -> Checkup:
    return Checkup(State.UNPROVEN, part, says, mend)


def wrong(part: str, says: str, mend: str) -> Checkup:
    return Checkup(State.WRONG, part, says, mend)


def usable(found: Iterable[Checkup]) -> bool:
    """Whether a process can do its work: nothing is wrong. What is unproven stops nobody."""
    return all(one.state is not State.WRONG for one in found)
