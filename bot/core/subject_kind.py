"""What a row of `subjects.SUBJECTS` says of one kind of thing a change can be about. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.canonical import Json

State = Literal["as_wanted", "not_as_wanted"]
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """``key`` is its name in a plan's `expects` and in the facts of ``tool``, which reads it.

    ``where`` gives the tool's arguments (None: not enough is said), ``unwanted`` every way in which it is not as
    expected, ``hopeless`` whether that will stay so, ``fine`` and ``standing`` its state in words, ``gone`` what its
    absence means, ``lacking`` what facts that cannot be judged do not say; ``made_by_it``: the change makes it.
    """

    key: str
    noun: str
    tool: str
    where: Callable[[Json, str], Json | None]
    unwanted: Callable[[Json, Facts], Iterator[str]]
    hopeless: Callable[[Facts], bool]
    fine: Callable[[Facts], str]
    standing: Callable[[Facts], str]
    gone: State | None
    lacking: str
    made_by_it: bool = False
