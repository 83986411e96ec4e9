"""Whether there is something to say about an alert of an incident, and what it does to the incident. Pure.

`why_speak` gives the named reason for writing an alert down and telling people, or None for "known already".
Which incident it belongs to is `joining`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.core.alerts import Incoming
from bot.core.events import Severity
from bot.core.incident import Alert, Incident
from bot.core.labels import hashed

ORDER = (Severity.SEV1, Severity.SEV2, Severity.SEV3, Severity.WARN, Severity.INFO)


class Reason(StrEnum):
    """Why an alert is worth writing down."""

    FIRST_ALERT = "first_alert"
    NEW_ALERT = "new_alert_in_incident"
    FIRING_AGAIN = "firing_again"
    BEGAN_ANEW = "began_anew"  # a later start of one that still fires: its end in between was not heard
    RESOLVED = "resolved"


def key_of(alert: Incoming) -> str:
    """What the incident an alert opens is listed under: 32 hex digits, the same in every release."""
    return hashed("\0".join((alert.cluster or "", alert.namespace or "", alert.subject)))


def why_speak(alert: Incoming, incident: Incident | None) -> Reason | None:
    """The reason to write this alert down, given the open incident it belongs to (None: there is none)."""
    known = incident.alerts.get(alert.fingerprint) if incident else None
    if not alert.firing:
        return Reason.RESOLVED if known is not None and known.firing and not _of_an_earlier_one(alert, known) else None
    if incident is None:
        return Reason.FIRST_ALERT
    if known is None:
        return Reason.NEW_ALERT
    if alert.starts_at <= known.starts_at:
        return None
    if known.firing:
        return Reason.BEGAN_ANEW if alert.timed else None
    return Reason.FIRING_AGAIN


def _of_an_earlier_one(end: Incoming, known: Alert) -> bool:
    """Whether what ended was over before what fires now began. Where no end is said, its start decides.

    A start alone would not do: two Prometheus servers begin one alert at two times, and Alertmanager keeps the earlier.
    """
    return (end.ends_at or end.starts_at) < known.starts_at


@dataclass(frozen=True)
class Told:
    alert: Incoming
    why: Reason


def worth_telling(alerts: Sequence[Incoming], incident: Incident | None) -> list[Told]:
    """Those of a delivery worth writing down, each fingerprint once: what began last, and of that the last word."""
    last: dict[str, Incoming] = {}
    for alert in alerts:
        if alert.fingerprint not in last or alert.starts_at >= last[alert.fingerprint].starts_at:
            last[alert.fingerprint] = alert
    reasons = [(alert, why_speak(alert, incident)) for alert in last.values()]
    return [Told(alert, why) for alert, why in reasons if why is not None]


def worst(severities: Iterable[Severity]) -> Severity:
    return min(severities, key=ORDER.index)


def raised(incident: Incident, told: Iterable[Told]) -> Severity | None:
    """The new severity, where an alert is worse than the incident was.

    What a person said holds against alerts like those they knew: only one that is worse than all of them undoes it.
    """
    firing = [t.alert.severity for t in told if t.alert.firing]
    if incident.severity_by is not None:
        known = min((ORDER.index(alert.severity) for alert in incident.alerts.values()), default=len(ORDER))
        firing = [severity for severity in firing if ORDER.index(severity) < known]
    now = worst([incident.severity, *firing])
    return now if ORDER.index(now) < ORDER.index(incident.severity) else None


def place_of(severity: Severity) -> Literal["home", "incident"]:
    """Warnings stay in the home channel; what pages somebody gets a channel of its own."""
    return "home" if severity in {Severity.WARN, Severity.INFO} else "incident"
