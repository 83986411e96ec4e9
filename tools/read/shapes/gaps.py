"""What a look did not read, and what may be said in spite of it: the one place where a tool may say "nothing". Pure.

A part that was not read is told right under a digest's first line, because a cap takes the last lines first, and in
the fact `incomplete`, by which predicates know what they must not rule out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.errors import Denied, LookFailed, TimedOut
from bot.core.events import Outcome
from bot.core.tool import Observation
from tools.read.shapes.wording import clip, digest_of, listed

_MOST_WORDS = 500


@dataclass(frozen=True)
class Gap:
    """A part that was asked about and not read, in words; ``failure`` where something refused or broke.

    ``about`` is the kind of which nothing could be read ("StatefulSets"), where there is one.
    """

    says: str
    failure: LookFailed | None = None
    about: str = ""


def observed(
    query: str, lines: Sequence[str], facts: Mapping[str, Any], gaps: Iterable[Gap] = (), link: str = ""
) -> Observation:
    """What was found, the gaps told with it. ``lines`` begins with the one that sums up."""
    words = words_of(gaps)
    told = [f"INCOMPLETE: {words}"] if words else []
    return Observation(Outcome.OK, query, digest_of([*lines[:1], *told, *lines[1:]]), _with(facts, words), link)


def nothing(
    query: str, what: str, text: str, facts: Mapping[str, Any], gaps: Sequence[Gap] = (), link: str = ""
) -> Observation:
    """``text`` says that there is no ``what``: only where all of it was read. Otherwise the look has failed."""
    if gaps:
        raise _failed(gaps)(f"Whether there is {what} cannot be said: {words_of(gaps)}")
    return Observation(Outcome.NO_DATA, query, text, dict(facts), link)


def words_of(gaps: Iterable[Gap]) -> str:
    return clip(listed(dict.fromkeys(gap.says for gap in gaps), 4), _MOST_WORDS)


def _with(facts: Mapping[str, Any], words: str) -> dict[str, Any]:
    return {**facts, "incomplete": words} if words else dict(facts)


def _failed(gaps: Iterable[Gap]) -> type[LookFailed]:
    """“Not allowed to look” is said where that is one of the reasons: it is the one a person can mend."""
    kinds = {type(gap.failure) for gap in gaps}
    return next((kind for kind in (Denied, TimedOut) if kind in kinds), LookFailed)
