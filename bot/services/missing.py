"""The body of the job `missed(away, number)`: compares what fires in Alertmanager with what came. Runs in `diagnose`.

Alertmanager tries again what it could not deliver, so one look soon after coming back says too much: `core/bulletin`
says when to look again. Each look is written down once, whatever it came to.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

from bot.core.bulletin import fold_bulletin
from bot.core.events import IncidentListed, MissedLooked, Outcome, Ref
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE, parse_stamp
from bot.core.missing import Firing, late, missed, ours
from bot.core.ports import Doorbell, Ledgers, Payloads
from bot.core.workspace import REMEMBERED

BY = "process:diagnose"
MOST_NAMES = 20


class Monitor(Protocol):
    def firing(self) -> tuple[Outcome, list[Firing]]:
        """What the look came to; only with ``OK`` does the list say anything."""


class Missing:
    """``monitor`` None: no address of Alertmanager is set. ``receivers`` are its names for us, where known."""

    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        bell: Doorbell,
        monitor: Monitor | None,
        receivers: Callable[[], frozenset[str]],
        watchdog: str,
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._monitor = monitor
        self._receivers = receivers
        self._watchdog = watchdog

    def run(self, ledger: str, number: int) -> None:
        """Take look ``number``, unless it was taken."""
        bulletin = fold_bulletin(ledger, self._ledgers.read(ledger))
        if bulletin.away is None or number != len(bulletin.looks) + 1:
            return
        since, until = parse_stamp(bulletin.away.since), parse_stamp(bulletin.away.until)
        incidents = self._incidents(until)
        outcome, firing = self._look(until)
        gone = missed(firing, incidents)
        fact = MissedLooked(
            look=number,
            outcome=outcome,
            firing=len(firing),
            missed=len(gone),
            late=late(incidents, since, until),
            names=self._names(ledger, gone),
        )
        self._ledgers.record(ledger, [fact], BY, once=f"look:{number}")
        reach(Point.MISSED_LOOKED)
        self._bell.ring(ledger)

    def _look(self, until: datetime) -> tuple[Outcome | Literal["not_offered"], list[Firing]]:
        if self._monitor is None:
            return "not_offered", []
        outcome, firing = self._monitor.firing()
        return outcome, ours(firing, self._receivers(), self._watchdog, until)

    def _incidents(self, until: datetime) -> list[Incident]:
        """The open ones, and those of the last day: an alert may fire on after its incident was closed."""
        names = [name for name in self._ledgers.open_ledgers() if name.startswith("inc-")]
        names += [
            event.fact.incident
            for event in self._ledgers.read(WORKSPACE)
            if isinstance(event.fact, IncidentListed) and event.at > until - REMEMBERED
        ]
        return [fold(name, self._ledgers.read(name)) for name in dict.fromkeys(names)]

    def _names(self, ledger: str, gone: list[Firing]) -> Ref | None:
        names = list(dict.fromkeys(alert.name for alert in gone))
        return self._payloads.put(ledger, names[:MOST_NAMES]) if names else None
