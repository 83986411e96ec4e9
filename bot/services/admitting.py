"""Puts alerts that go together into the incident they belong to, or opens one for them.

An incident is listed in the workspace ledger and opened in its own in one append, so that two processes (or a
crash between) can never open two for the same. Which one alerts belong to is `core/joining`'s; what is worth writing
down `core/grouping`'s. Ids derive from the delivery: a second run finds the first's.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bot.core.alerts import Incoming
from bot.core.errors import Contended
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
from bot.core.grouping import Reason, Told, place_of, raised, worst, worth_telling
from bot.core.incident import Incident
from bot.core.joining import Batch, Home, Standing, homes_of, standing
from bot.core.labels import hashed
from bot.core.ledger import WORKSPACE, stamp
from bot.core.ports import Doorbell, Entry, Ledgers, Payloads
from bot.core.workspace import CALLING, WITHIN, Workspace
from bot.services.folds import Folds

BY = "process:serve"
TRIES = 20
WARY = 4  # refused more often than that: read the workspace from its beginning


class Admitting:
    def __init__(self, ledgers: Ledgers, payloads: Payloads, bell: Doorbell, folds: Folds) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._folds = folds
        self._standings: dict[str, tuple[int, Standing | None]] = {}

    def admit(self, batch: Batch, source: str) -> list[str]:
        """Write down what is worth it; the incidents that changed. ``source`` names the delivery."""
        moved: list[str] = []
        waiting = [batch]
        for attempt in range(TRIES):
            workspace = self._folds.workspace(anew=attempt > WARY)
            homes = [home for part in waiting for home in homes_of(part, self._open_incidents(workspace))]
            waiting = []
            for home in homes:
                ledger = self._settle(workspace, home, source)
                waiting += [home.batch] if ledger is None else []
                moved += [ledger] if ledger else []
            if not waiting:
                return moved
        raise Contended(f"the ledgers moved {TRIES} times while sorting alerts; the delivery stays in the inbox")

    def _open_incidents(self, workspace: Workspace) -> list[Standing]:
        """Those alerts may join, oldest first; worked out again only where they moved."""
        known, self._standings = self._standings, {}
        for incident in self._folds.incidents(tuple(workspace.open_incidents)):
            length, found = known.get(incident.id, (0, None))
            self._standings[incident.id] = (
                incident.length,
                found if length == incident.length else standing(incident),
            )
        return [found for _, found in self._standings.values() if found is not None]

    def _settle(self, workspace: Workspace, home: Home, source: str) -> str | None:
        """The incident that changed, "" where nothing was worth writing down, None where another was faster."""
        if home.incident is not None:
            return self._join(home.incident, home)
        if not any(alert.firing for alert in home.batch.alerts):
            return ""
        return self._open(workspace, home.batch, source)

    def _open(self, workspace: Workspace, batch: Batch, source: str) -> str | None:
        told = worth_telling(batch.alerts, None)
        first = min((t.alert for t in told), key=lambda alert: alert.starts_at, default=None)
        if first is None:
            return ""
        source = f"{source}\0{told[0].alert.fingerprint}"
        key = batch.key if batch.key not in workspace.open_by_key else hashed(f"{batch.key}\0{source}")
        ledger = incident_id(self._ledgers.now(), key, source)
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
        return self.list_and_open(workspace, ledger, opened, self._facts(told, contents, Reason.FIRST_ALERT))

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

    def _join(self, ledger: str, home: Home) -> str | None:
        incident = self._folds.incident(ledger)
        if incident.resolved_at is not None:
            return None  # it was resolved a moment ago and the workspace is about to say so
        told = worth_telling(home.batch.alerts, incident)
        if not told:
            return ""
        contents = self._payloads.put_all(ledger, [t.alert.content for t in told])
        facts = (*self._facts(told, contents, home.why), *self._severity(incident, told))
        if not self._ledgers.append([Entry(ledger, incident.length, facts)], BY):
            return None
        self._bell.ring(ledger)
        return ledger

    def _severity(self, incident: Incident, told: Sequence[Told]) -> list[Fact]:
        severity = raised(incident, told)
        if severity is None:
            return []
        return [SeverityChanged(severity=severity, place=place_of(severity), why="worse_alert")]

    def _facts(self, told: Sequence[Told], contents: Sequence[Ref], why: str | None) -> list[Fact]:
        return [self._fact(t.alert, content, why) for t, content in zip(told, contents, strict=True)]

    def _fact(self, alert: Incoming, content: Ref, why: str | None) -> Fact:
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
            about=alert.about,
            kin=alert.kin,
            why=why,
        )


def incident_id(now: datetime, key: str, source: str) -> str:
    """`inc-20261120-3f2a9c41`: the day for people, the rest from key and delivery, so that a second try is the same."""
    tail = hashlib.sha256(f"{key}\0{source}".encode()).hexdigest()[:8]
    return f"inc-{now:%Y%m%d}-{tail}"
