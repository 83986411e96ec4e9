"""An alert storm for tests and benchmarks: many groups of alerts posted as Alertmanager does, and what came of it.

Every group is posted again and again while it grows, each time with all its alerts, and the groups take turns. What
people see is read from the stand-in Slack, what was kept from the ledgers.
"""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2

from bot.adapters.redis_ledger import RedisLedgers
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.playground.outfit import HOME, Outfit
from bot.playground.people import People

SENDERS = 8


@dataclass(frozen=True)
class Storm:
    """``alerts`` in ``groups``; each group is posted ``posts`` times, growing."""

    alerts: int
    groups: int
    posts: int = 4

    @property
    def posted(self) -> int:
        """Alerts in all bodies together."""
        each = self.alerts // self.groups
        return self.groups * sum(each * post // self.posts for post in range(1, self.posts + 1))

    def bodies(self) -> Iterator[dict[str, object]]:
        began = datetime.now(UTC).isoformat()
        each = self.alerts // self.groups
        for post in range(1, self.posts + 1):
            for group in range(self.groups):
                yield body(group, each * post // self.posts, began)


def body(group: int, alerts: int, began: str) -> dict[str, object]:
    """One notice of one group, version 4."""
    labels = {"alertname": "StormAlert", "service": f"gust-{group:03}", "namespace": "squall", "severity": "critical"}
    return {
        "version": "4",
        "groupKey": f'{{}}:{{service="gust-{group:03}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "midwatch",
        "groupLabels": {"service": labels["service"]},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:1",
        "alerts": [_alert(labels, group, number, began) for number in range(alerts)],
    }


def _alert(labels: dict[str, str], group: int, number: int, began: str) -> dict[str, object]:
    return {
        "status": "firing",
        "labels": {
            **labels,
            "pod": f"{labels['service']}-5d8f7c9b4-{number:05}",
            "instance": f"10.0.0.{number % 250}:80",
        },
        "annotations": {"summary": f"{labels['service']} fails on pod {number}"},
        "startsAt": began,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:1/graph?g0.expr=up+%3D%3D+0",
        "fingerprint": f"{group:06x}{number:010x}",
    }


def blow(outfit: Outfit, storm: Storm) -> float:
    """Post all of it; the seconds until the last was accepted. Raises where one was refused."""
    headers = {"Authorization": f"Bearer {outfit.webhook_token}"}
    began = time.monotonic()
    with httpx2.Client(base_url=outfit.serve, headers=headers, timeout=30) as http, ThreadPoolExecutor(SENDERS) as pool:
        for answer in pool.map(lambda notice: http.post("/webhooks/alertmanager", json=notice), storm.bodies()):
            answer.raise_for_status()
    return time.monotonic() - began


@dataclass
class Aftermath:
    """What the ledgers and the workspace say of a storm."""

    ledgers: RedisLedgers
    people: People

    def incidents(self) -> list[Incident]:
        names = [name for name in self.ledgers.names() if name.startswith("inc-")]
        return [fold(name, self.ledgers.read(name)) for name in names]

    def alerts(self) -> int:
        return sum(len(incident.alerts) for incident in self.incidents())

    def cards(self) -> Counter[str]:
        """How often each incident's card stands at home, by its mark."""
        marks = (_mark(message) for message in self.people.messages(HOME, everything=False))
        return Counter(mark for mark in marks if mark.endswith("/home"))

    def channels(self) -> int:
        return sum(1 for channel in self.people.channels() if str(channel["name"]).startswith("inc-"))

    def mentions(self, user: str) -> Counter[str]:
        """How often a person was mentioned, by the channel it was in (an incident's own, or home)."""
        told = self.people.notifications(user)
        return Counter(str(one["channel"]) for one in told if one["how"] == "mention")


def _mark(message: dict[str, object]) -> str:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return str(payload.get("id")) if isinstance(payload, dict) else ""
