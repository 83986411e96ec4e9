"""Once a day, where every ledger ends: said at home in a message that is never edited. Runs in `serve`.

Whoever can write Redis can rewrite a chain from end to end, and cut it short. A head that stands in Slack shows it. The
heads of everything that moved since the last time go into a small ledger of the day (`anchor-2026-…`), and the one
line the message holds is where that ledger ends: it covers them all. Whatever is quiet is not noted again, and a day
before which nothing happened has no message.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Protocol

from bot.core.bulletin import ANCHOR
from bot.core.canonical import canonical
from bot.core.errors import LedgerBroken, MidwatchError
from bot.core.events import HeadNoted, HeadsNoted
from bot.core.ledger import WORKSPACE, Event, Head
from bot.core.ports import Doorbell, Entry
from bot.services.voting import Signer

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
    """``note`` puts the head of a ledger down outside Redis, where that is set up.

    The day's ledger has a name that only a holder of ``signer``'s key can tell beforehand: whoever else may write
    Redis cannot make it first, and what he calls a day's ledger is none.
    """

    def __init__(
        self, record: Record, bell: Doorbell, signer: Signer, note: Callable[[str], None], a_fact: int = A_FACT
    ) -> None:
        self._record = record
        self._bell = bell
        self._signer = signer
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
        ledger = self._name(day)
        if not self._record.length(ledger):
            facts = tuple(HeadsNoted(day=day, heads=some) for some in _some(self._moved(now), self._a_fact))
            # somebody else's serve may have been faster: its anchor is as good
            if facts and self._record.append([Entry(ledger, 0, facts)], BY):
                self._note(ledger)
                self._bell.ring(ledger)
        self._done = day

    def _moved(self, now: datetime) -> tuple[HeadNoted, ...]:
        """Where everything ends that is not as an anchor has it; nothing while all of that is of today.

        Compared by lengths, not by times: what is written while this reads is the next day's.
        """
        names = self._record.names()
        noted = self._noted(names)
        midnight = datetime.combine(now.date(), time(), UTC)
        ours = [one for one in names if one == WORKSPACE or one.startswith(INCIDENT)]
        heads = [(one, head) for one in ours if (head := self._head(one)).length]
        moved = [(one, head) for one, head in heads if noted.get(one) != head.length]
        if not any(self._before(one, midnight) for one, _ in moved):
            return ()
        return tuple(HeadNoted(ledger=one, length=head.length, hash=head.hash) for one, head in moved)

    def _head(self, ledger: str) -> Head:
        """Of length 0 where it cannot be read: that is for `midwatch ledger verify` to say, and holds up no other."""
        try:
            return self._record.head(ledger)
        except LedgerBroken:
            return Head()

    def _before(self, ledger: str, midnight: datetime) -> bool:
        try:
            return any(event.at < midnight for event in self._record.read(ledger)[:1])
        except LedgerBroken:
            return False

    def _noted(self, names: Sequence[str]) -> dict[str, int]:
        """How long each ledger was when it was noted last; one small ledger a day is read for it, once a day."""
        days = sorted(one for one in names if one == self._name(one.removeprefix(ANCHOR)[: len("2026-12-01")]))
        facts = (event.fact for day in days for event in self._record.read(day))
        return {one.ledger: one.length for fact in facts if isinstance(fact, HeadsNoted) for one in fact.heads}

    def _name(self, day: str) -> str:
        signed = self._signer.sign(canonical({"v": 1, "what": "anchor", "day": day}))
        return f"{ANCHOR}{day}-{signed.signature[:16]}"


def _some(heads: Sequence[HeadNoted], most: int) -> Iterator[tuple[HeadNoted, ...]]:
    for first in range(0, len(heads), most):
        yield tuple(heads[first : first + most])
