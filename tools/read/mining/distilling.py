"""Lines of two stretches of time as templates: what is new, what rises, what is gone, and what came before what.

Stack frames belong to the line above them. Every exemplar is redacted before it is kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from bot.core.measures import clip
from bot.core.records import LogLine
from bot.core.redact import redact
from bot.core.signs import Role, Sign, Source
from bot.core.window import Window
from tools.read.mining.headers import LOOKED_AT, Headers
from tools.read.mining.known_errors import is_bad, read_error
from tools.read.mining.miner import OTHER, Miner

EXEMPLARS = 3
RISES = 2.0
MOST_SIGNS = 8
LEAST_BEFORE = 20  # lines of the baseline: with fewer nothing can be called new
MOST_LAG = 60.0  # seconds
_FRAMES = ("\tat ", "    at ", "  File ", "\t... ", "Caused by:", "goroutine ", "\t/")


class News(StrEnum):
    NEW = "new"
    RISING = "rising"
    STEADY = "steady"
    GONE = "gone"


@dataclass
class Kind:
    """Lines of one template."""

    id: int
    text: str = ""
    now: int = 0
    before: int = 0
    first: datetime | None = None
    last: datetime | None = None
    bad: int = 0
    exemplars: list[str] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    pods: set[str] = field(default_factory=set)
    news: News = News.STEADY


@dataclass(frozen=True)
class Distilled:
    """``kinds`` the most telling first; ``lines`` all that were read, ``folded`` of them stack frames, ``other`` those
    that no template had room for."""

    kinds: tuple[Kind, ...] = ()
    lines: int = 0
    before: int = 0
    folded: int = 0
    other: int = 0


def distil(lines: Iterable[LogLine], window: Window) -> Distilled:
    """In one pass and bounded memory; a line without a time counts as of the incident."""
    miner, kinds = Miner(), dict[int, Kind]()
    total = before = folded = 0
    for line, message in _messages(lines):
        if line.at is not None and not window.baseline_start <= line.at <= window.end:
            continue  # neither of the incident nor of the time before it
        total += 1
        if message.startswith(_FRAMES):
            folded += 1
            continue
        id_ = miner.add(message)
        earlier = line.at is not None and line.at < window.start
        before += earlier
        if id_ != OTHER:
            _count(kinds.setdefault(id_, Kind(id_)), line, message, earlier=earlier)
    kinds = _merged(kinds, miner)
    for kind in kinds.values():
        kind.text = miner.templates[kind.id].text
        kind.news = _news(kind, window, before)
    order = (News.NEW, News.RISING, News.GONE, News.STEADY)
    ranked = sorted(kinds.values(), key=lambda one: (not one.bad, order.index(one.news), -one.now, one.text))
    return Distilled(tuple(ranked), total, before, folded, miner.other)


def _merged(kinds: dict[int, Kind], miner: Miner) -> dict[int, Kind]:
    """Templates that became one, as one."""
    found: dict[int, Kind] = {}
    for id_, kind in kinds.items():
        final = miner.final(id_)
        known = found.get(final)
        if known is None:
            kind.id = final
            found[final] = kind
            continue
        known.now, known.before, known.bad = known.now + kind.now, known.before + kind.before, known.bad + kind.bad
        known.first = min((one for one in (known.first, kind.first) if one), default=None)
        known.last = max((one for one in (known.last, kind.last) if one), default=None)
        known.exemplars = [*known.exemplars, *kind.exemplars][:EXEMPLARS]
        known.services |= kind.services
        known.pods |= kind.pods
    return found


def _messages(lines: Iterable[LogLine]) -> Iterator[tuple[LogLine, str]]:
    """Each line with its message; the header's format is found on the first ones."""
    waiting: list[LogLine] = []
    headers: Headers | None = None
    for line in lines:
        if headers is None:
            waiting.append(line)
            if len(waiting) < LOOKED_AT:
                continue
            headers = Headers([one.text for one in waiting])
            yield from ((one, headers.message(one.text)) for one in waiting)
        else:
            yield line, headers.message(line.text)
    if headers is None:
        headers = Headers([one.text for one in waiting])
        yield from ((one, headers.message(one.text)) for one in waiting)


def _count(kind: Kind, line: LogLine, message: str, *, earlier: bool) -> None:
    if earlier:
        kind.before += 1
        return
    kind.now += 1
    kind.bad += is_bad(line)
    if line.at is not None:
        kind.first = line.at if kind.first is None else min(kind.first, line.at)
        kind.last = line.at if kind.last is None else max(kind.last, line.at)
    if len(kind.exemplars) < EXEMPLARS:
        kind.exemplars.append(redact(message)[:400])
    if len(kind.services) < 20:
        kind.services |= {line.service} - {""}
    if len(kind.pods) < 20:
        kind.pods |= {line.pod} - {""}


def _news(kind: Kind, window: Window, before: int) -> News:
    if not kind.now:
        return News.GONE
    if before < LEAST_BEFORE:
        return News.STEADY
    if not kind.before:
        return News.NEW
    now = max(60.0, (window.end - window.start).total_seconds())
    then = max(60.0, (window.start - window.baseline_start).total_seconds())
    return News.RISING if kind.now / now > RISES * kind.before / then else News.STEADY


def signs_of(distilled: Distilled) -> tuple[Sign, ...]:
    """New and rising bad templates; that nothing is new, where both stretches told."""
    news = [one for one in distilled.kinds if one.bad and one.news in (News.NEW, News.RISING)]
    found = [_sign(one) for one in news[:MOST_SIGNS]]
    # what found no place among the templates may be anything, a new error too
    if not news and not distilled.other and distilled.before >= LEAST_BEFORE and distilled.lines > distilled.before:
        says = f"Nothing new in the logs: of {distilled.lines - distilled.before} lines no error is new against before"
        found.append(Sign("logs_calm", Role.WELL, Source.LOGS, says, weight=0.35))
    return tuple(found)


def _sign(kind: Kind) -> Sign:
    exemplar = kind.exemplars[0] if kind.exemplars else kind.text
    known = read_error(exemplar)
    service = next(iter(sorted(kind.services)), "")
    often = f"{kind.now} times" + ("" if kind.before else " (not before)")
    means = f": {known.says}" if known else ""
    return Sign(
        f"log_{known.kind}" if known else "log_new_error",
        known.role if known else Role.SYMPTOM,
        Source.LOGS,
        f"{service or 'A service'} logs, {often}: “{clip(exemplar, 220)}”{means}",
        service,
        service,
        weight=known.weight if known else 0.45,
        began=kind.first,
        last=kind.last,
        quotes=(exemplar[:300],),
        blames=known.blames if known else (),
        facts={"template": kind.text[:200], "count": kind.now, "before": kind.before},
    )


def lags(distilled: Distilled) -> list[tuple[str, str, float]]:
    """(earlier, later, seconds) of new bad templates, where one began shortly after another."""
    news = [one for one in distilled.kinds if one.bad and one.news is News.NEW and one.first]
    news.sort(key=lambda one: one.first.timestamp() if one.first else 0.0)
    found = []
    for earlier, later in pairwise(news):
        assert earlier.first is not None
        assert later.first is not None
        lag = (later.first - earlier.first).total_seconds()
        if 0 < lag <= MOST_LAG:
            found.append((earlier.text, later.text, lag))
    return found
