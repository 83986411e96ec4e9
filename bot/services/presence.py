"""Notices that nobody could reach the bot for a while, once it is back. Runs in `serve`.

While Slack (and Redis) can be reached a heartbeat stands in Redis; a gap in it, seen at the next beat, becomes a small
ledger of its own (`away-…`) before the beat goes on, so that a death in between changes nothing. Its name is the time
the gap began at: two `serve` processes that see one gap write one ledger, and of several the last one up counts.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.core.errors import MidwatchError
from bot.core.events import Disconnected
from bot.core.failpoint import Point, reach
from bot.core.ledger import parse_stamp, stamp
from bot.core.ports import Doorbell, Ledgers

log = logging.getLogger("midwatch.presence")
BY = "process:serve"
EVERY = 5.0
GAP = timedelta(seconds=60)


class Beat(Protocol):
    def last(self) -> datetime | None:
        """When some serve was last there; None: never."""

    def keep(self, at: datetime) -> None: ...


class Presence:
    def __init__(self, ledgers: Ledgers, beat: Beat, bell: Doorbell, connected: Callable[[], bool]) -> None:
        self._ledgers = ledgers
        self._beat = beat
        self._bell = bell
        self._connected = connected
        self._since: datetime | None = None
        self._lost_store = False

    def keep(self, stop: threading.Event) -> None:
        """Beat until ``stop``."""
        while not stop.is_set():
            try:
                self.beat()
            except MidwatchError as error:
                self._lost_store = True
                log.warning("no heartbeat: %s", error)
            except Exception:
                log.exception("the heartbeat failed")
            stop.wait(EVERY)

    def beat(self) -> None:
        """Say that the bot can be reached, having written down a time in which it could not."""
        now = self._ledgers.now()
        self._since = self._since or now
        if not self._connected():
            return
        last = self._beat.last()
        if last is not None:
            self._note(last, now)
        self._beat.keep(now)
        self._lost_store = False

    def _note(self, since: datetime, now: datetime) -> None:
        while now - since >= GAP:
            ledger = f"away-{since:%Y%m%dT%H%M%S}{since.microsecond // 1000:03d}"
            noted = self._ledgers.read(ledger)
            if noted and isinstance(noted[0].fact, Disconnected):
                since = max(since + timedelta(milliseconds=1), parse_stamp(noted[0].fact.until))
                continue
            fact = Disconnected(since=stamp(since), until=stamp(now), what=self._what(since))
            self._ledgers.record(ledger, [fact], BY, once="away")
            reach(Point.AWAY_RECORDED)
            self._bell.ring(ledger)
            return

    def _what(self, since: datetime) -> Literal["process", "slack", "store"]:
        if self._lost_store:
            return "store"
        return "process" if self._since is not None and since < self._since else "slack"
