"""What an error line says, where its words are known: what kind of trouble, whom it blames. Pure.

A symptom's blame is the trail to its cause: “connection refused to orders-db:5432” is trouble of orders-db.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.measures import clip
from bot.core.records import LogLine
from bot.core.redact import redact
from bot.core.signs import Role, Sign, Source
from bot.core.window import Window
from tools.read.mining.errors_table import table

LONGEST = 2_000  # characters of a line that are read: what it says stands at its beginning
BAD_LEVELS = frozenset({"error", "err", "fatal", "critical", "crit", "emerg", "alert", "panic", "severe", "e", "f"})
_SPOKEN = re.compile(
    r"\b(error|fatal|panic|critical|severe|exception|failed|failure|cannot|unable|traceback|denied)\b", re.I
)
_FINE = re.compile(r"\b(0 errors?|no errors?|without errors?|error[_ ]?(rate|count|ratio)[\"']?[=: ]+0\b)", re.I)
_ADDRESS = re.compile(r"^\d{1,3}(\.\d{1,3}){3}")
NOBODY = frozenset(
    {"localhost", "127.0.0.1", "the", "to", "a", "server", "host", "upstream", "service", "at", "port", "from"}
    | {"timeout", "timed", "error", "errors", "request", "connection", "failed", "response"}
)
MOST = 6
MOST_QUOTED, LEAD = 300, 100
QUIET = timedelta(minutes=5)
QUIET_TIMES = 3  # times its usual pause
ALONE = timedelta(minutes=3)  # the pause of what came once


@dataclass(frozen=True)
class KnownError:
    """``says`` what its words mean; ``quote`` the line itself."""

    kind: str
    role: Role
    says: str
    quote: str
    weight: float
    blames: tuple[str, ...] = ()


@dataclass
class _Seen:
    """One kind of error of one service, over all its lines."""

    error: KnownError
    now: int = 0
    before: int = 0
    first: datetime | None = None
    last: datetime | None = None
    pods: set[str] = field(default_factory=set)


def read_error(text: str) -> KnownError | None:
    """None where the words are not known."""
    line = text[:LONGEST].strip()
    if _FINE.search(line):
        return None
    for entry in table():
        if entry.any.search(line):
            found = next(match for one in entry.patterns if (match := one.search(line)))
            blames = tuple(name for name in (_host(found.groupdict().get("host")),) if name)
            return KnownError(entry.kind, entry.role, entry.means, _around(line, found.start()), entry.weight, blames)
    return None


def _around(line: str, at: int) -> str:
    """The line; of a long one (an object of JSON, a request with all its headers) the part that says it."""
    text = redact(line)
    if len(text) <= MOST_QUOTED or at <= LEAD:
        return text[:MOST_QUOTED]
    return f"…{text[at - LEAD :][: MOST_QUOTED - 1]}"


def _host(name: str | None) -> str:
    """A name that something can be looked for by: no address, no word of the sentence."""
    bare = (name or "").partition(":")[0].strip(".")
    is_word = bare.lower() in NOBODY or bare.isdigit() or (bare != bare.lower() and "." not in bare)
    return "" if len(bare) < 2 or is_word or _ADDRESS.match(bare) else (name or "")


def is_bad(line: LogLine) -> bool:
    """Written as an error, or, where no level is told, with an error's words."""
    return line.level.lower() in BAD_LEVELS if line.level else bool(_SPOKEN.search(line.text[:LONGEST]))


def errors_in(lines: Iterable[str]) -> list[KnownError]:
    """Every known error of a container's log, the most decisive first: causes before symptoms, later before earlier."""
    found = [error for line in lines if (error := read_error(line)) is not None]
    unique = {(one.kind, one.blames): one for one in found}  # the last line of each kind stays
    order = {id(one): number for number, one in enumerate(found)}
    return sorted(unique.values(), key=lambda one: (one.role is not Role.CAUSE, -one.weight, -order[id(one)]))


def signs_of_errors(lines: Iterable[LogLine], window: Window) -> tuple[Sign, ...]:
    """New and risen kinds of errors of each service, the heaviest first; what was always there is left out."""
    seen: dict[tuple[str, str, tuple[str, ...]], _Seen] = {}
    spoke: dict[str, datetime] = {}  # when a service logged anything last
    for line in lines:
        if line.at is not None:
            spoke[line.service] = max(spoke.get(line.service, line.at), line.at)
        error = read_error(line.text) if is_bad(line) else None
        if error is not None:
            _count(seen, error, line, window)
    told = [
        _over(sign, one, spoke) if _is_over(one, spoke.get(service)) else sign
        for (service, _, _), one in seen.items()
        if _is_news(one, window)
        for sign in [_sign(service, one)]
    ]
    return tuple(sorted(told, key=lambda sign: (-sign.weight, sign.says))[:MOST])


def _count(
    seen: dict[tuple[str, str, tuple[str, ...]], _Seen], error: KnownError, line: LogLine, window: Window
) -> None:
    one = seen.setdefault((line.service, error.kind, error.blames), _Seen(error))
    if line.at is not None and line.at < window.start:
        one.before += 1
        return
    one.now += 1
    one.pods.add(line.pod)
    if line.at is not None:
        one.first = min(one.first or line.at, line.at)
        one.last = max(one.last or line.at, line.at)


def _is_news(one: _Seen, window: Window) -> bool:
    """Not there before, or clearly more often, by the length of the two stretches."""
    if not one.now:
        return False
    now = max(60.0, (window.end - window.start).total_seconds())
    before = max(60.0, (window.start - window.baseline_start).total_seconds())
    return not one.before or one.now / now > 2 * one.before / before


def _sign(service: str, one: _Seen) -> Sign:
    often = f"{one.now} times" if one.now > 1 else "once"
    new = "" if one.before else " (not before)"
    who = service or "A service"
    says = f"{who} logs, {often}{new}: “{clip(one.error.quote, 220)}”: {one.error.says}"
    return Sign(
        kind=f"log_{one.error.kind}",
        role=one.error.role,
        source=Source.LOGS,
        says=says,
        object=service,
        service=service,
        weight=one.error.weight,
        began=one.first,
        last=one.last,
        quotes=(one.error.quote,),
        blames=one.error.blames,
        facts={"count": one.now, "before": one.before, "pods": sorted(one.pods - {""})[:10]},
    )


def _is_over(one: _Seen, spoke: datetime | None) -> bool:
    """Its service went on logging, and long enough without it for how often it came."""
    if one.first is None or one.last is None or spoke is None:
        return False
    usual = (one.last - one.first) / (one.now - 1) if one.now > 1 else ALONE
    return spoke - one.last > max(QUIET, QUIET_TIMES * usual)


def _over(sign: Sign, one: _Seen, spoke: Mapping[str, datetime]) -> Sign:
    since = f"last at {one.last:%H:%M:%S}, and logs go on without it until {spoke[sign.service]:%H:%M:%S}"
    return replace(sign, role=Role.PAST, says=f"{sign.says}; {since}", blames=())


def best_of(errors: Sequence[KnownError]) -> KnownError | None:
    return errors[0] if errors else None
