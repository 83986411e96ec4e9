"""From deliveries in the inbox to incidents: read, taken apart, placed. It may be killed anywhere and run again."""

import hashlib
import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.alerts import WATCHDOG, Incoming, read_alertmanager, read_event
from bot.core.errors import BadInput, Contended, MidwatchError
from bot.core.events import IncidentOpened, Severity
from bot.core.failpoint import Point, reach
from bot.core.grouping import place_of
from bot.core.joining import Batch, batches
from bot.core.ports import Doorbell, Ledgers, Payloads
from bot.services.admitting import TRIES, WARY, Admitting, incident_id
from bot.services.folds import Folds

log = logging.getLogger("midwatch.intake")
AT_ONCE = 500


class Delivered(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Any: ...
    @property
    def at(self) -> datetime: ...


class Inbox(Protocol):
    def waiting(self, most: int = 50) -> Sequence[Delivered]: ...
    def finish(self, delivery: Any) -> None: ...
    def park(self, delivery: Any) -> None: ...


class Intake:
    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        inbox: Inbox,
        bell: Doorbell,
        folds: Folds | None = None,
        watchdog: str = WATCHDOG,
    ) -> None:
        self._watchdog = watchdog
        self.folds = folds or Folds(ledgers)
        self.admitting = Admitting(ledgers, payloads, bell, self.folds)
        self._inbox = inbox

    def empty(self, seconds: float = math.inf) -> int:
        """Sort what waits, oldest first, for about so many seconds; how many deliveries that were."""
        sorted_ = 0
        ends = time.monotonic() + seconds
        while deliveries := self._inbox.waiting():
            for delivery in deliveries:
                if self._sorted(delivery, ends):
                    reach(Point.INTAKE_SORTED)
                    self._inbox.finish(delivery)
                    reach(Point.INTAKE_FINISHED)
                sorted_ += 1
                if time.monotonic() > ends:
                    return sorted_
        return sorted_

    def _sorted(self, delivery: Delivered, ends: float) -> bool:
        """Sort it, or put it aside: one that cannot be sorted must not hold up the alerts behind it.

        A large one is left where it is when time is up, and gone on with at the next call.
        """
        try:
            parts = self._parts(delivery)
            for number, part in enumerate(parts, 1):
                moved = self.admitting.admit(part, delivery.id)
                if moved and number < len(parts) and time.monotonic() > ends:  # what was written already costs no turn
                    return False
        except BadInput as fault:
            log.error("delivery %s (%s) cannot be read and was put aside: %s", delivery.id, delivery.kind, fault)
            self._inbox.park(delivery)
            return False
        except MidwatchError:
            raise  # not its own fault: it stays, and is tried again
        except Exception:
            log.exception("delivery %s (%s) cannot be sorted; put aside", delivery.id, delivery.kind)
            self._inbox.park(delivery)
            return False
        return True

    def sort(self, delivery: Delivered) -> list[str]:
        """Write one delivery's alerts into their incidents; the ids of those that changed."""
        return [ledger for part in self._parts(delivery) for ledger in self.admitting.admit(part, delivery.id)]

    def _parts(self, delivery: Delivered) -> list[Batch]:
        return [part for batch in batches(self._read(delivery)) for part in _in_pieces(batch)]

    def _read(self, delivery: Delivered) -> list[Incoming]:
        if delivery.kind == "event":
            return [read_event(delivery.body, lambda: delivery.at)]
        # the Watchdog was heard at the door; it is never an incident, whoever put it into the inbox
        return [alert for alert in read_alertmanager(delivery.body) if alert.name != self._watchdog]


def _in_pieces(batch: Batch) -> Iterator[Batch]:
    """So that no append, however large a notice was, holds up what others write."""
    for start in range(0, len(batch.alerts), AT_ONCE):
        yield Batch(batch.alerts[start : start + AT_ONCE])


@dataclass(frozen=True)
class Opening:
    """What a person said when they opened an incident."""

    title: str
    user: str
    severity: Severity
    service: str | None = None
    namespace: str | None = None


def person_opens(intake: Intake, ledgers: Ledgers, payloads: Payloads, ask: str, said: Opening) -> str:
    """Open an incident because somebody said so; the same question opens it once. Returns its id."""
    key = hashlib.sha256(ask.encode()).hexdigest()[:32]
    ledger = incident_id(ledgers.now(), key, ask)
    for attempt in range(TRIES):
        workspace = intake.folds.workspace(anew=attempt > WARY)
        if key in workspace.open_by_key:
            return workspace.open_by_key[key]
        if ledgers.length(ledger):
            return ledger
        opened = IncidentOpened(
            severity=said.severity,
            service=said.service,
            namespace=said.namespace,
            key=key,
            title=payloads.put(ledger, said.title),
            why="person_said",
            place=place_of(said.severity),
            requester=said.user,
        )
        if intake.admitting.list_and_open(workspace, ledger, opened, ()):
            return ledger
    raise Contended("the workspace ledger moved at every try; nothing was opened, try again")
