"""Anchors for `midwatch ledger verify`: noted in a file, pasted by somebody, and what a day's anchor covers."""

from collections.abc import Iterable
from pathlib import Path

from bot.adapters.anchors import Anchor, FileAnchors, Noted, pasted
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.bulletin import ANCHOR
from bot.core.events import HeadsNoted
from bot.core.ledger import check_chain, open_line


def noted_in(own: Path | None, given: Path | None) -> Noted:
    """``own`` may not be there yet; what a person names must be. Raises `BadInput`."""
    kept = FileAnchors(own).read() if own else Noted()
    return _both(kept, pasted(given)) if given else kept


def with_days(ledgers: RedisLedgers, noted: Noted) -> Noted:
    """With the ends that stand in the ledgers of days: only in those whose own end was noted outside Redis."""
    days = [name for name in noted.anchors if name.startswith(ANCHOR)]
    for day in days:
        lines = ledgers.lines(day)
        for length, head in noted.anchors[day]:
            if 0 < length <= len(lines) and check_chain(day, lines[:length]).head == head:
                events = map(open_line, lines[:length])
                heads = (one for event in events if isinstance(event.fact, HeadsNoted) for one in event.fact.heads)
                noted = _both(noted, Noted(_by_ledger((one.ledger, (one.length, one.hash)) for one in heads)))
    return noted


def _both(one: Noted, other: Noted) -> Noted:
    names = dict.fromkeys((*one.anchors, *other.anchors))
    anchors = {name: [*one.anchors.get(name, ()), *other.anchors.get(name, ())] for name in names}
    return Noted(anchors, (*one.unreadable, *other.unreadable), one.cut + other.cut)


def _by_ledger(heads: Iterable[tuple[str, Anchor]]) -> dict[str, list[Anchor]]:
    found: dict[str, list[Anchor]] = {}
    for name, anchor in heads:
        found.setdefault(name, []).append(anchor)
    return found
