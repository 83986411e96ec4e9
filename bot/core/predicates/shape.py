"""What a predicate is: a name, what it takes, and a function that judges. Pure.

A predicate says what *is* in one clause with its numbers, whether that makes it true or false: `not` turns the truth
and keeps the words. A check that could not be read never reaches one: the answer is unknown before (see `condition`).
Of a check that was read in part, an answer the rest could overturn is unknown: judged here, by `yes` and `no`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Literal

from bot.core.case import Case, Seen
from bot.core.findings import Quote
from bot.core.three_valued import Truth

# Which answers the rest of a look could overturn, and that are therefore only given where all of it was read:
SOME = frozenset({Truth.FALSE})  # one row shows it
EVERY = frozenset({Truth.TRUE})  # one row shows that it is not so
COMPARED = EVERY | SOME  # rows are weighed against each other, and either side may be what is missing
Kind = Literal["check", "rollout", "duration", "text", "number"]


@dataclass(frozen=True)
class Judged:
    """A truth, the clause that says what was seen, and what it stands on.

    ``parts`` are the single steps where it is a chain of them, each with what it stands on alone.
    """

    truth: Truth
    says: str
    evidence: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    parts: tuple["Judged", ...] = ()


@dataclass(frozen=True)
class Context:
    """The case and every check's `Seen`, by check id."""

    case: Case
    seen: Mapping[str, Seen] = field(default_factory=dict)

    def of_tool(self, tool: str) -> Seen | None:
        """The first readable look of this tool."""
        return next((one for one in self.seen.values() if one.tool == tool and one.readable), None)


@dataclass(frozen=True)
class Parameter:
    """``tools`` are the tools whose checks fit; ``default`` None means it must be given."""

    name: str
    kind: Kind
    tools: frozenset[str] = frozenset()
    default: Any = None
    optional: bool = False


@dataclass(frozen=True)
class Predicate:
    name: str
    takes: tuple[Parameter, ...]
    judge: Callable[..., Judged]

    @property
    def says(self) -> str:
        """Its docstring's first line."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]

    @property
    def usage(self) -> str:
        return f"{self.name}({', '.join(f'[{p.name}]' if p.optional else p.name for p in self.takes)})"


@dataclass(frozen=True)
class Measure:
    """A number read from a check, for comparisons; None is unknown. ``grows``: more rows never make it smaller."""

    name: str
    takes: tuple[Parameter, ...]
    read: Callable[..., float | None]
    grows: bool = True

    @property
    def says(self) -> str:
        return (self.read.__doc__ or "").strip().splitlines()[0]


def check(name: str, *tools: str) -> Parameter:
    return Parameter(name, "check", frozenset(tools))


def checks(name: str, *tools: str) -> Parameter:
    """A check that need not be given."""
    return Parameter(name, "check", frozenset(tools), optional=True)


def yes(says: str, *stands_on: Seen, quotes: tuple[Quote, ...] = (), needs_all: frozenset[Truth] = SOME) -> Judged:
    return _of_all(Truth.TRUE, says, stands_on, quotes, needs_all)


def no(
    says: str,
    *stands_on: Seen,
    quotes: tuple[Quote, ...] = (),
    needs_all: frozenset[Truth] = SOME,
    also: Iterable[Seen] = (),
) -> Judged:
    """``also``: looks in which it was searched too, and that are nothing to cite."""
    return _of_all(Truth.FALSE, says, stands_on, quotes, needs_all, also)


def unknown(says: str, *stands_on: Seen) -> Judged:
    return Judged(Truth.UNKNOWN, says, _ids(stands_on))


def either(
    value: bool,
    says: str,
    *stands_on: Seen,
    quotes: tuple[Quote, ...] = (),
    needs_all: frozenset[Truth] = SOME,
) -> Judged:
    return (yes if value else no)(says, *stands_on, quotes=quotes, needs_all=needs_all)


def _of_all(
    value: Truth,
    says: str,
    stands_on: tuple[Seen, ...],
    quotes: tuple[Quote, ...],
    needs_all: frozenset[Truth],
    also: Iterable[Seen] = (),
) -> Judged:
    """The answer, or unknown where only a part was read and the rest could overturn it."""
    missing = next((one.incomplete for one in (*stands_on, *also) if one.incomplete), "")
    if missing and value in needs_all:
        return unknown(f"{says}, in what was read ({missing})", *stands_on)
    return Judged(value, says, _ids(stands_on), quotes)


def _ids(stands_on: tuple[Seen, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for one in stands_on for id_ in one.ids))


# --- reading facts that came from outside -----------------------------------------------------------------------------


def rows(facts: Any, key: str) -> list[Mapping[str, Any]]:
    """The list of objects under ``key``; anything else is no rows."""
    found = facts.get(key) if isinstance(facts, Mapping) else None
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []


def number_of(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if isfinite(value) else None


def time_of(value: Any) -> datetime | None:
    """RFC 3339 text as an aware datetime; None where it is not one."""
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def quote(one: Seen, text: Any) -> tuple[Quote, ...]:
    return (Quote(evidence=one.evidence, text=str(text)),) if one.evidence and text not in (None, "") else ()


UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def duration_of(text: str) -> timedelta | None:
    """`90s`, `10m`, `2h`, `1d`; None for anything else."""
    number = text.rstrip("smhdin")
    unit = text[len(number) :]
    if not number.isdigit() or unit not in UNITS:
        return None
    return timedelta(seconds=int(number) * UNITS[unit])
