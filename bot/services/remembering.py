"""What earlier incidents came to: read from their own ledgers, newest first. What was erased is said to be erased.

Nothing is cached: the record is the only memory. At most `MOST_READ` ledgers are opened for one question.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.answers import PastIncident
from bot.core.errors import NotFound
from bot.core.events import IncidentListed, Ref, Verdict
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE, stamp
from bot.core.measures import clip
from bot.core.narration import own_channel
from bot.core.phrases import tells_of, text_in
from bot.core.ports import Ledgers, Payloads
from bot.core.undoing import took_effect

MOST_READ = 100
MOST_KEPT = 8


@dataclass(frozen=True)
class About:
    """What an incident must have to count: one of these alerts, one of these services, this runbook, or these words.

    ``words`` are what tells an error: they count where the finding speaks of such a line. Names in any case.
    """

    alerts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    namespace: str = ""
    runbook: str = ""
    words: tuple[str, ...] = ()

    def fits(self, incident: Incident, finding: object) -> bool:
        """``finding`` is the content of the incident's finding, or None."""
        names = {alert.name.lower() for alert in incident.alerts.values()}
        if names & {name.lower() for name in self.alerts}:
            return True
        if self.words:
            return any(tells_of(text, self.words) for text in text_in(finding))
        if self.services:
            here = not self.namespace or incident.namespace in (None, self.namespace)
            return incident.service in self.services and here
        return bool(self.runbook) and incident.finding is not None and incident.finding.runbook == self.runbook


@dataclass(frozen=True)
class Remembered:
    """``found`` are over; ``open`` are not. ``read`` is how many ledgers were opened, of ``all`` there are."""

    found: tuple[PastIncident, ...]
    open: tuple[PastIncident, ...]
    read: int
    all: int


class Remembering:
    def __init__(self, ledgers: Ledgers, payloads: Payloads) -> None:
        self._ledgers = ledgers
        self._payloads = payloads

    def past(self, about: About) -> Remembered:
        names = [e.fact.incident for e in self._ledgers.read(WORKSPACE) if isinstance(e.fact, IncidentListed)]
        newest = list(reversed(names))[:MOST_READ]
        fitting = list(self._fitting(newest, about))
        over = tuple(one for one in fitting if one.over)
        return Remembered(over, tuple(one for one in fitting if not one.over), len(newest), len(names))

    def _fitting(self, names: list[str], about: About) -> Iterator[PastIncident]:
        kept = 0
        for name in names:
            incident = fold(name, self._ledgers.read(name))
            if incident.opened_at is None:
                continue
            if incident.by_request and (incident.resolved_at is None or not any(self._fixes(incident))):
                continue  # a request is what somebody wanted, and no cause of anything; what it mended counts
            if about.fits(incident, self._text(incident.id, incident.finding.content) if incident.finding else None):
                yield self._told(incident)
                kept += 1
                if kept == MOST_KEPT:
                    return

    def _told(self, incident: Incident) -> PastIncident:
        finding = incident.finding
        content = self._text(incident.id, finding.content) if finding else None
        told = content if isinstance(content, dict) else {}
        title = self._text(incident.id, incident.title)
        channel = own_channel(incident)
        return PastIncident(
            incident=incident.id,
            at=stamp(incident.began_at or incident.opened_at) if incident.opened_at else "",
            says=clip(str(told.get("headline") or title or "(its words were erased)"), 200),
            cause=clip(str(told.get("cause") or ""), 250) if finding and finding.verdict is Verdict.CAUSE else "",
            level=incident.severity.value,
            service=incident.service or "",
            over=incident.resolved_at is not None,
            fixed_by=tuple(self._fixes(incident)),
            channel=channel.channel if channel else None,
        )

    def _fixes(self, incident: Incident) -> Iterator[str]:
        """What was changed and stood its newest check."""
        for execution in incident.executions.values():
            approval = incident.approvals[execution.approval]
            if not took_effect(approval) or not execution.checks or execution.checks[-1].result != "passed":
                continue
            plan = self._text(incident.id, approval.plan)
            title = plan.get("title") if isinstance(plan, dict) else None
            yield clip(str(title or f"{approval.tool} on {approval.target}"), 200)

    def _text(self, scope: str, ref: Ref | None) -> object:
        try:
            return self._payloads.get(scope, ref) if ref else None
        except NotFound:
            return None
