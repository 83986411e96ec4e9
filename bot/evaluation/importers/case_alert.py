"""The alert of a case: Alertmanager's body, one alert of it, or a plain object. Pure but for the file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

WORKLOADS = ("service", "deployment", "workload", "statefulset", "daemonset", "app", "job_name", "cronjob", "container")
WORDS = ("summary", "description", "message", "text", "title")


@dataclass(frozen=True)
class Alert:
    name: str = ""
    title: str = ""
    words: tuple[str, ...] = ()
    service: str = ""
    namespace: str = ""
    expression: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    now: datetime | None = None
    quiet: bool | None = None

    @property
    def text(self) -> str:
        return " ".join((self.name, self.title, *self.words))


def alert_in(file: Path | None) -> Alert:
    """Nothing is known of a case without an alert: it is diagnosed as a whole."""
    if file is None:
        return Alert()
    text = file.read_text(encoding="utf-8")
    try:
        read = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{file}: {error}") from error
    if not isinstance(read, Mapping):
        raise ValueError(f"{file}: an alert is an object")
    return _of(read)


def _of(read: Mapping[str, Any]) -> Alert:
    alerts = read.get("alerts")
    first = alerts[0] if isinstance(alerts, list) and alerts and isinstance(alerts[0], Mapping) else {}
    labels = _texts(read, "commonLabels") | _texts(read, "labels") | _texts(first, "labels")
    notes = _texts(read, "commonAnnotations") | _texts(read, "annotations") | _texts(first, "annotations")
    status = str(first.get("status") or read.get("status") or read.get("state") or "").lower()
    plain = {str(key): str(value) for key, value in read.items() if isinstance(value, str | int | float)}
    title = plain.get("title") or notes.get("summary") or ""
    words = [notes.get(name, "") for name in WORDS] + [plain.get(name, "") for name in WORDS]
    service = plain.get("service") or next((labels[name] for name in WORKLOADS if labels.get(name)), "")
    if service:
        labels.setdefault("service", service)
    return Alert(
        name=labels.get("alertname") or plain.get("alertname") or plain.get("name") or "",
        title=title,
        words=tuple(dict.fromkeys(word for word in words if word and word != title)),
        service=service,
        namespace=plain.get("namespace") or labels.get("namespace") or "",
        expression=plain.get("expression") or plain.get("expr") or "",
        labels=labels,
        at=moment_of(first.get("startsAt") or read.get("startsAt") or read.get("at") or read.get("fired_at")),
        now=moment_of(read.get("now")),
        quiet=True if status in ("resolved", "ok", "normal") else None,
    )


def _texts(read: Mapping[str, Any], key: str) -> dict[str, str]:
    value = read.get(key)
    return {str(name): str(one) for name, one in value.items()} if isinstance(value, Mapping) else {}


def moment_of(value: Any) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)
