"""From an incident and its alert's own content to the case a reasoner works on. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.alerts import posted_labels
from bot.core.case import Case
from bot.core.events import Severity
from bot.core.expressions import alert_expression
from bot.core.incident import Alert, Incident
from bot.core.labels import as_written
from bot.core.measures import clip
from bot.core.window import window_of

WORST_FIRST = tuple(Severity)


def leading_alert(incident: Incident) -> Alert | None:
    """The alert a diagnosis is about: of the worst ones the first, firing before resolved."""
    return min(
        incident.alerts.values(),
        key=lambda alert: (not alert.firing, WORST_FIRST.index(alert.severity), alert.starts_at, alert.fingerprint),
        default=None,
    )


def case_of(incident: Incident, content: Any, title: str, started: datetime, now: datetime) -> Case:
    """``content`` is the leading alert as it was sent (None: erased, or none); ``started`` is when the round began.

    The window ends when the round began, so that a run after a crash asks about the same stretch of time.
    """
    alert = leading_alert(incident)
    sent = content if isinstance(content, Mapping) else {}
    labels = {str(key): str(value) for key, value in _mapping(sent.get("labels")).items()}
    notes = _mapping(sent.get("annotations"))
    return Case(
        incident=incident.id,
        window=window_of(incident.began_at or started, started),
        now=now,
        service=as_written(
            posted_labels(labels, sent.get("service")), (alert.service if alert else None) or incident.service
        ),
        namespace=(alert.namespace if alert else None) or incident.namespace or "",
        alertname=alert.name if alert and alert.source == "alertmanager" else labels.get("alertname", ""),
        expression=alert_expression(sent),
        summary=clip(str(notes.get("summary") or title or notes.get("description") or ""), 300),
        labels=labels,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
