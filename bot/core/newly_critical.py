"""Did something critical begin to fire since the change? What one look at all alerts says. Pure.

Only alerts near what was changed count (its namespace, or its service), that fire, are critical by their own label,
began after the execution did, and are none of the incident's own. What could not be read is not "none".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.events import Outcome
from bot.core.incident import Incident
from bot.core.labels import as_name, service_of
from bot.core.ledger import parse_stamp
from bot.core.predicates.shape import rows
from bot.core.tool import Observation

CRITICAL = frozenset({"critical", "page", "sev1", "sev-1"})
MOST_NAMED = 3
NOT_SET_UP = "new critical alerts: not looked (not set up)"


@dataclass(frozen=True)
class Others:
    """``new`` are alerts in words; ``unread`` is why it is not known whether there are some; ``unlooked`` that nobody
    could have looked here.
    """

    new: tuple[str, ...] = ()
    unread: str = ""
    unlooked: str = ""


@dataclass(frozen=True)
class Near:
    """What was changed, and when that began."""

    namespace: str
    names: frozenset[str]
    since: datetime


def near(incident: Incident, target: str, since: datetime) -> Near:
    """``target`` is an approval's: kind, namespace and name."""
    _, namespace, name = [*target.split("/", 2), "", "", ""][:3]
    return Near(namespace, frozenset({name, incident.service or name}) - {""}, since)


def others_in(seen: Observation, incident: Incident, around: Near) -> Others:
    """What the look says."""
    if seen.outcome is not Outcome.OK or not isinstance(seen.facts.get("alerts"), list):
        return Others(unread=f"{seen.outcome.replace('_', ' ')}: {seen.digest[:200]}")
    fresh, undated = [], 0
    for alert in rows(seen.facts, "alerts"):
        if not _counts(alert, incident, around):
            continue
        began = _began(alert)
        if began is None:
            undated += 1
        elif began > around.since:
            fresh.append(alert)
    if fresh:
        return Others(new=tuple(_words(fresh)))
    if undated:
        return Others(unread="a critical alert fires that does not say since when")
    incomplete = seen.facts.get("incomplete")
    return Others(unread=f"not all alerts were read: {str(incomplete)[:200]}") if incomplete else Others()


def _counts(alert: Mapping[str, Any], incident: Incident, around: Near) -> bool:
    labels = _labels(alert)
    if alert.get("state") != "firing" or labels.get("severity", "").strip().lower() not in CRITICAL:
        return False
    service = service_of(labels)
    if labels.get("namespace") != around.namespace and service not in around.names:
        return False
    return not _ours(labels, service, incident)


def _ours(labels: Mapping[str, str], service: str | None, incident: Incident) -> bool:
    """Whether the incident holds it already: of this name, and about the same service as far as both say."""
    name = as_name(labels.get("alertname"))
    held = [alert for alert in incident.alerts.values() if alert.name == name]
    return any(service is None or alert.service is None or alert.service == service for alert in held)


def _labels(alert: Mapping[str, Any]) -> dict[str, str]:
    labels = alert.get("labels")
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, Mapping) else {}


def _began(alert: Mapping[str, Any]) -> datetime | None:
    try:
        return parse_stamp(str(alert.get("active_at")))
    except ValueError:
        return None


def _words(alerts: list[Mapping[str, Any]]) -> Iterable[str]:
    for alert in alerts[:MOST_NAMED]:
        labels, began = _labels(alert), _began(alert)
        about = service_of(labels) or labels.get("namespace") or "?"
        yield f"{labels.get('alertname', '?')[:80]} ({about[:80]}) since {began:%H:%M} UTC"
    if len(alerts) > MOST_NAMED:
        yield f"and {len(alerts) - MOST_NAMED} more"
