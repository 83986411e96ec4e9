"""The alerts that are pending or firing in Prometheus now, by name and service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.sources import page_of
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, observed
from tools.read.shapes.wording import bounded_labels, clip, labels_text, number, plural
from tools.read.sources.prometheus import Prometheus, PrometheusSettings

_MOST_ALERTS = 300


class ReadAlerts(Arguments):
    alertname: str = Field(default="", max_length=250, description="Only alerts of this name")
    service: str = Field(default="", max_length=250, description="Only alerts whose labels name this service")


def read_alerts(asked: ReadAlerts, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: alerts [{labels, state, active_at, value}], total, elsewhere (alerts that the filter left out)."""
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.alerts()
    return summarise_alerts(asked, found, page_of("prometheus", settings.external_url, "/alerts"), look)


def summarise_alerts(asked: ReadAlerts, found: Sequence[Mapping[str, Any]], link: str, look: Look) -> Observation:
    every = [_alert_facts(one) for one in found]
    chosen = [one for one in every if _wanted(asked, one["labels"])]
    chosen.sort(key=lambda one: (one["state"] != "firing", one["active_at"]))
    wanted = ", ".join(f"{name}={value}" for name, value in asked.model_dump().items() if value)
    query = f"/api/v1/alerts ({wanted or 'all'}) at {stamp(look.now)}"
    facts = {"alerts": chosen[:_MOST_ALERTS], "total": len(chosen), "elsewhere": len(every) - len(chosen)}
    others = f" ({wanted}); {facts['elsewhere'] or 'no'} others" if wanted else ""
    lines = [f"{plural(len(chosen), 'alert')} pending or firing{others}"]
    lines += [
        f"{one['state']} since {one['active_at']}: {labels_text(one['labels'])}, value {_said(one['value'])}"
        for one in chosen[:_MOST_ALERTS]
    ]
    more = len(chosen) > _MOST_ALERTS
    gaps = [Gap(f"the first {_MOST_ALERTS} of {len(chosen):,} alerts are kept, firing ones first")] if more else []
    # An empty list is an answer: Prometheus evaluated its rules and none of these is pending or firing.
    return observed(query, lines, facts, gaps, link)


def _wanted(asked: ReadAlerts, labels: Mapping[str, str]) -> bool:
    if asked.alertname and labels.get("alertname") != asked.alertname:
        return False
    carriers = ("service", "app", "job", "deployment", "workload", "container", "app_kubernetes_io_name")
    return not asked.service or any(labels.get(name) == asked.service for name in carriers)


def _alert_facts(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "labels": bounded_labels(one.get("labels") or {}),
        "state": clip(one.get("state", ""), 20),
        "active_at": _stamped(one.get("activeAt")),
        "value": _as_number(one.get("value")),
    }


def _said(value: float | None) -> str:
    return "unknown" if value is None else number(value)


def _stamped(text: object) -> str:
    try:
        return stamp(datetime.fromisoformat(str(text)))
    except ValueError:
        return clip(text or "", 40)


def _as_number(text: object) -> float | None:
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if isfinite(value) else None


TOOLS = (
    ReadingTool(
        Spec("read_alerts", Effect.READ, ReadAlerts, "List the alerts that are pending or firing in Prometheus now."),
        PrometheusSettings,
        read_alerts,
    ),
)
