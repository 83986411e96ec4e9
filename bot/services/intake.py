"""From deliveries in the inbox to incidents: sorts, opens, joins. Idempotent: it may be killed anywhere and run again.

An incident is listed in the workspace ledger and opened in its own in one append, so that two processes (or a
crash between) can never open two incidents for one key. Ids derive from the delivery: a second run finds the first's.
"""

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
from bot.core.events import (
    AlertReceived,
    AlertResolved,
    Fact,
    IncidentListed,
    IncidentOpened,
    Ref,
    Severity,
    SeverityChanged,
    StormBegan,
)
from bot.core.failpoint import Point, reach
from bot.core.grouping import Reason, Told, by_key, place_of, raised, worst, worth_telling
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE, stamp
from bot.core.ports import Doorbell, Entry, Ledgers, Payloads
from bot.core.workspace import CALLING, WITHIN, Workspace
from bot.services.folds import Folds

log = logging.getLogger("midwatch.intake")
BY = "process:serve"
TRIES = 20
AT_ONCE = 500
WARY = 4  # refused more often than that: read the workspace from its beginning


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
        self._ledgers = ledgers
        self.folds = folds or Folds(ledgers)
        self._payloads = payloads
        self._inbox = inbox
        self._bell = bell

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
            for number, (key, alerts) in enumerate(parts, 1):
                moved = self.place(key, alerts, delivery.id)
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
        return [ledger for key, part in self._parts(delivery) if (ledger := self.place(key, part, delivery.id))]

    def _parts(self, delivery: Delivered) -> list[tuple[str, Sequence[Incoming]]]:
        groups = by_key(self._read(delivery))
        return [(key, part) for key, group in groups.items() for part in _in_pieces(group)]

    def _read(self, delivery: Delivered) -> list[Incoming]:
        if delivery.kind == "event":
            return [read_event(delivery.body, lambda: delivery.at)]
        # the Watchdog was heard at the door; it is never an incident, whoever put it into the inbox
        return [alert for alert in read_alertmanager(delivery.body) if alert.name != self._watchdog]

    def place(self, key: str, alerts: Sequence[Incoming], source: str) -> str | None:
        """Join the open incident of this key, or open one; None when there was nothing to say."""
        for attempt in range(TRIES):
            workspace = self.folds.workspace(anew=attempt > WARY)
            open_id = workspace.open_by_key.get(key)
            if open_id is None:
                if not any(alert.firing for alert in alerts):
                    return None
                ledger = self._open(workspace, key, alerts, source)
            else:
                ledger = self._join(open_id, alerts)
            if ledger is not None:
                return ledger or None
        raise Contended(f"the ledgers moved {TRIES} times while sorting alerts; the delivery stays in the inbox")

    def _open(self, workspace: Workspace, key: str, alerts: Sequence[Incoming], source: str) -> str | None:
        told = worth_telling(alerts, None)
        if not told:
            return ""
        first = min((t.alert for t in told), key=lambda alert: alert.starts_at)
        ledger = incident_id(self._ledgers.now(), key, f"{source}\0{told[0].alert.fingerprint}")
        if self._ledgers.length(ledger):
            return ""  # opened from these alerts before we died, and over already
        severity = worst(t.alert.severity for t in told)
        title, *contents = self._payloads.put_all(ledger, [first.title, *(t.alert.content for t in told)])
        opened = IncidentOpened(
            severity=severity,
            service=first.service,
            namespace=first.namespace,
            cluster=first.cluster,
            key=key,
            title=title,
            why=Reason.FIRST_ALERT,
            place=place_of(severity),
        )
        return self.list_and_open(workspace, ledger, opened, self._facts(told, contents))

    def list_and_open(
        self, workspace: Workspace, ledger: str, opened: IncidentOpened, facts: Sequence[Fact]
    ) -> str | None:
        """The one append that makes an incident of what opened it and ``facts``; None when another came first."""
        storm, began = self._storm(workspace, ledger, opened.severity)
        listed = IncidentListed(
            incident=ledger,
            key=opened.key,
            service=opened.service,
            namespace=opened.namespace,
            cluster=opened.cluster,
            severity=opened.severity,
            storm=storm,
        )
        first = opened.model_copy(update={"storm": storm})
        entries = [Entry(WORKSPACE, workspace.length, (listed,)), Entry(ledger, 0, (first, *facts)), *began]
        if not self._ledgers.append(entries, BY):
            return None
        for moved in (ledger, *(entry.ledger for entry in began)):
            self._bell.ring(moved)
        return ledger

    def _storm(self, workspace: Workspace, ledger: str, severity: Severity) -> tuple[str | None, list[Entry]]:
        """The storm this incident belongs to, and what begins it where it is the first."""
        now = self._ledgers.now()
        if severity not in CALLING:
            return None, []
        if (going_on := workspace.storm_at(now)) is not None:
            return going_on.id, []
        if not workspace.storms_next(now):
            return None, []
        storm = f"storm-{ledger.removeprefix('inc-')}"
        began = StormBegan(incidents=len(workspace.called) + 1, minutes=int(WITHIN.total_seconds() // 60))
        return storm, [Entry(storm, 0, (began,))]

    def _join(self, ledger: str, alerts: Sequence[Incoming]) -> str | None:
        incident = self.folds.incident(ledger)
        if incident.resolved_at is not None:
            return None  # it was resolved a moment ago and the workspace is about to say so
        told = worth_telling(alerts, incident)
        if not told:
            return ""
        contents = self._payloads.put_all(ledger, [t.alert.content for t in told])
        facts = (*self._facts(told, contents), *self._severity(incident, told))
        if not self._ledgers.append([Entry(ledger, incident.length, facts)], BY):
            return None
        self._bell.ring(ledger)
        return ledger

    def _severity(self, incident: Incident, told: Sequence[Told]) -> list[Fact]:
        severity = raised(incident, told)
        if severity is None:
            return []
        return [SeverityChanged(severity=severity, place=place_of(severity), why="worse_alert")]

    def _facts(self, told: Sequence[Told], contents: Sequence[Ref]) -> list[Fact]:
        return [self._fact(t.alert, content) for t, content in zip(told, contents, strict=True)]

    def _fact(self, alert: Incoming, content: Ref) -> Fact:
        if not alert.firing:
            ended = alert.ends_at or self._ledgers.now()
            return AlertResolved(fingerprint=alert.fingerprint, ends_at=stamp(ended), alert=content)
        return AlertReceived(
            fingerprint=alert.fingerprint,
            alertname=alert.name,
            severity=alert.severity,
            starts_at=stamp(alert.starts_at),
            service=alert.service,
            namespace=alert.namespace,
            cluster=alert.cluster,
            group=alert.group,
            alert=content,
            source=alert.source,
            truncated=alert.truncated,
        )


def _in_pieces(alerts: Sequence[Incoming]) -> Iterator[Sequence[Incoming]]:
    """So that no append, however large a notice was, holds up what others write."""
    for start in range(0, len(alerts), AT_ONCE):
        yield alerts[start : start + AT_ONCE]


def incident_id(now: datetime, key: str, source: str) -> str:
    """`inc-20261120-3f2a9c41`: the day for people, the rest from key and delivery, so that a second try is the same."""
    tail = hashlib.sha256(f"{key}\0{source}".encode()).hexdigest()[:8]
    return f"inc-{now:%Y%m%d}-{tail}"


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
        if intake.list_and_open(workspace, ledger, opened, ()):
            return ledger
    raise Contended("the workspace ledger moved at every try; nothing was opened, try again")
