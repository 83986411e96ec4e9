"""Once a day, where every ledger ends: said at home in a message that is never edited. Runs in `serve`.

Whoever can write Redis can rewrite a chain from end to end, and cut it short. A head that stands in Slack shows it. The
heads of everything that moved since the last time go into a small ledger of the day (`anchor-2026-12-01`), and the one
line the message holds is where that ledger ends: it covers them all. Whatever is quiet is not noted again, and a day
before which nothing happened has no message.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Protocol

from bot.core.bulletin import ANCHOR
from bot.core.errors import MidwatchError
from bot.core.events import HeadNoted, HeadsNoted
from bot.core.ledger import EPOCH, WORKSPACE, Event, Head
from bot.core.ports import Doorbell, Entry

log = logging.getLogger("midwatch.reconciler")
BY = "process:serve"
INCIDENT = "inc-"
A_FACT = 200  # heads in one event


class Record(Protocol):
    """The part of the ledgers that tells where all of them end."""

    def now(self) -> datetime: ...

    def names(self) -> list[str]: ...

    def length(self, ledger: str) -> int: ...

    def head(self, ledger: str) -> Head: ...

    def read(self, ledger: str, start: int = 0) -> list[Event]: ...

    def append(self, entries: Sequence[Entry], by: str) -> bool: ...


class DailyAnchor:
    """``note`` puts the head of a ledger down outside Redis, where that is set up."""

    def __init__(self, record: Record, bell: Doorbell, note: Callable[[str], None], a_fact: int = A_FACT) -> None:
        self._record = record
        self._bell = bell
        self._note = note
        self._a_fact = a_fact
        self._done = ""

    def run(self) -> None:
        """Note the day, where that is due. Whatever stands against it is tried again at the next sweep."""
        try:
            now = self._record.now()
            if now.strftime("%Y-%m-%d") != self._done:
                self._day(now)
        except MidwatchError as error:
            log.warning("the day's anchor is not noted yet: %s", error)

    def _day(self, now: datetime) -> None:
        day = now.strftime("%Y-%m-%d")
        ledger = f"{ANCHOR}{day}"
        if not self._record.length(ledger):
            heads = self._moved(now)
            facts = tuple(HeadsNoted(day=day, heads=some) for some in _some(heads, self._a_fact))
            # somebody else's serve may have been faster: its anchor is as good
            if facts and self._record.append([Entry(ledger, 0, facts)], BY):
                self._note(ledger)
                self._bell.ring(ledger)
        self._done = day

    def _moved(self, now: datetime) -> tuple[HeadNoted, ...]:
        """Where everything ends that moved since the last anchor; nothing while all of it is of today."""
        names = self._record.names()
        since = max((self._record.read(one)[0].at for one in names if one.startswith(ANCHOR)), default=EPOCH)
        midnight = datetime.combine(now.date(), time(), UTC)
        heads = [(one, self._record.head(one)) for one in names if one == WORKSPACE or one.startswith(INCIDENT)]
        moved = [(one, head) for one, head in heads if head.at > since]
        if not any(self._record.read(one)[0].at < midnight for one, _ in moved):
            return ()
        return tuple(HeadNoted(ledger=one, length=head.length, hash=head.hash) for one, head in moved)


def _some(heads: Sequence[HeadNoted], most: int) -> Iterator[tuple[HeadNoted, ...]]:
    for first in range(0, len(heads), most):
        yield tuple(heads[first : first + most])
