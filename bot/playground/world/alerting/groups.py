"""Groups alerts and decides when each group is told, as Alertmanager does: wait, interval, repeat, resolved.

Pure: time is an argument, sending is `postman.py`. Bodies are Alertmanager's webhook, version 4.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.alerting.rules import Active, generator_url, stamp
from bot.playground.world.scenario import Alert, Notify
from bot.playground.world.tempo import Tempo

_NEVER = "0001-01-01T00:00:00Z"
_FIRST_DELAY, _LONGEST_DELAY = 0.25, 5.0
Key = tuple[tuple[str, str], ...]


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return Prometheus's fingerprint of a label set: FNV-1a over sorted names and values, each ended by 0xff."""
    found = 0xCBF29CE484222325
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"


@dataclass
class Told:
    """An alert as Alertmanager holds it."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: float
    generator: str
    ends_at: float | None = None

    def body(self) -> dict[str, Any]:
        return {
            "status": "firing" if self.ends_at is None else "resolved",
            "labels": dict(sorted(self.labels.items())),
            "annotations": dict(sorted(self.annotations.items())),
            "startsAt": stamp(self.starts_at),
            "endsAt": _NEVER if self.ends_at is None else stamp(self.ends_at),
            "generatorURL": self.generator,
            "fingerprint": fingerprint(self.labels),
        }


@dataclass
class Group:
    labels: Mapping[str, str]
    flush_at: float
    """By the world's own clock: its waits follow the speed; a repetition and a new attempt do not."""
    alerts: dict[str, Told] = field(default_factory=dict)
    told_firing: set[str] = field(default_factory=set)
    told_resolved: set[str] = field(default_factory=set)
    told_at: float | None = None
    failures: int = 0
    in_flight: bool = False

    def why_tell(self, now: float, repeat: float) -> str | None:
        """Return the reason to tell the group now, or None."""
        firing = {key for key, alert in self.alerts.items() if alert.ends_at is None}
        resolved = set(self.alerts) - firing
        if self.told_at is None:
            return "first notification" if firing else None
        if not firing <= self.told_firing:
            return "new alerts in the group"
        if not firing and self.told_firing:
            return "all alerts resolved"
        if not resolved <= self.told_resolved:
            return "new resolved alerts in the group"
        return "repeat interval" if firing and now - self.told_at >= repeat else None


@dataclass(frozen=True)
class Notice:
    """A body on its way, and what it told of the group."""

    key: Key
    body: bytes
    firing: frozenset[str]
    resolved: frozenset[str]


class Groups:
    """Every group of a receiver."""

    def __init__(self, notify: Notify, prometheus_url: str, external_url: str, tempo: Tempo | None = None) -> None:
        self._notify, self._prometheus, self._external = notify, prometheus_url, external_url
        self._tempo = tempo or Tempo()
        self.groups: dict[Key, Group] = {}

    def update(
        self, firing: Sequence[tuple[Alert, Active]], resolved: Sequence[tuple[Alert, Active]], now: float
    ) -> None:
        for alert, active in (*firing, *resolved):
            key = tuple((name, active.labels[name]) for name in self._notify.group_by if name in active.labels)
            group = self.groups.get(key)
            if group is None:
                group = self.groups.setdefault(key, Group(dict(key), self._tempo.story(now) + self._notify.group_wait))
            started = active.fired_at if active.fired_at is not None else active.active_at
            link = generator_url(self._prometheus, alert.expr)
            told = Told(active.labels, active.annotations, started, link, active.resolved_at)
            group.alerts[fingerprint(active.labels)] = told

    def due(self, now: float) -> list[Notice]:
        """Return what has to be sent now; each goes back by `delivered` or `failed`."""
        notices = []
        for key, group in list(self.groups.items()):
            if group.in_flight or group.flush_at > self._tempo.story(now):
                continue
            if group.why_tell(now, self._notify.repeat_interval):
                group.in_flight = True
                notices.append(self._notice(key, group))
            else:
                group.flush_at = self._tempo.story(now) + self._notify.group_interval
                self._sweep(key, group)
        return notices

    def delivered(self, notice: Notice, now: float) -> None:
        group = self.groups[notice.key]
        group.in_flight, group.failures, group.told_at = False, 0, now
        group.told_firing, group.told_resolved = set(notice.firing), set(notice.resolved)
        group.flush_at = self._tempo.story(now) + self._notify.group_interval
        for gone in notice.resolved:
            if group.alerts[gone].ends_at is not None:
                del group.alerts[gone]
        self._sweep(notice.key, group)

    def failed(self, notice: Notice, now: float) -> None:
        """Try again soon, then less and less soon."""
        group = self.groups[notice.key]
        group.in_flight = False
        group.flush_at = self._tempo.story(now + min(_LONGEST_DELAY, _FIRST_DELAY * 2**group.failures))
        group.failures += 1

    def _sweep(self, key: Key, group: Group) -> None:
        """Forget a group that has nothing firing and nothing left to tell."""
        if all(alert.ends_at is not None for alert in group.alerts.values()) and not group.told_firing:
            del self.groups[key]

    def _notice(self, key: Key, group: Group) -> Notice:
        listed = sorted(group.alerts.items(), key=lambda item: item[1].starts_at)
        most = self._notify.max_alerts or len(listed)
        alerts = [alert.body() for _, alert in listed[:most]]
        firing = frozenset(name for name, alert in listed if alert.ends_at is None)
        body = {
            "receiver": self._notify.receiver,
            "status": "firing" if firing else "resolved",
            "alerts": alerts,
            "groupLabels": dict(sorted(group.labels.items())),
            "commonLabels": _common([alert["labels"] for alert in alerts]),
            "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
            "externalURL": self._external,
            "version": "4",
            "groupKey": _group_key(group.labels),
            "truncatedAlerts": len(listed) - len(alerts),
        }
        return Notice(key, go_json(body), firing, frozenset(group.alerts) - firing)


def _common(listed: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *rest = listed
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in rest)}


def _group_key(labels: Mapping[str, str]) -> str:
    inside = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(labels.items()))
    return "{}:{" + inside + "}"


def go_json(body: object) -> bytes:
    """Return JSON as Go's encoder writes it: compact, HTML escaped, one line feed at the end."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode() + b"\n"
