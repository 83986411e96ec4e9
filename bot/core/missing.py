"""What an absence cost: alerts that fire and never came, and alerts that came late. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.incident import Incident

PROMPT = timedelta(minutes=5)


@dataclass(frozen=True)
class Firing:
    """One alert that fires in Alertmanager, and to whom it is sent."""

    fingerprint: str
    name: str
    began_at: datetime
    receivers: frozenset[str]


def ours(firing: Iterable[Firing], receivers: frozenset[str], watchdog: str, before: datetime) -> list[Firing]:
    """Those that should have come: sent to us (as far as we know how we are called there), begun before ``before``."""
    return [
        alert
        for alert in firing
        if alert.name != watchdog
        and alert.began_at < before
        and (not receivers or not alert.receivers or alert.receivers & receivers)
    ]


def missed(firing: Iterable[Firing], incidents: Iterable[Incident]) -> list[Firing]:
    """Those that no incident has heard of."""
    known = {fingerprint for incident in incidents for fingerprint in incident.alerts}
    return [alert for alert in firing if alert.fingerprint not in known]


def late(incidents: Iterable[Incident], since: datetime, until: datetime) -> int:
    """How many alerts came after ``until`` that began in the gap, or too shortly before it to have been sent."""
    return sum(
        1
        for incident in incidents
        for alert in incident.alerts.values()
        if since - PROMPT <= alert.starts_at < until <= alert.received_at and alert.source == "alertmanager"
    )
