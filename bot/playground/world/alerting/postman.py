"""Carries due notices to the webhook, and keeps trying until somebody answers 2xx."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2

from bot.playground.world.alerting.groups import Groups, Notice

_AGENT = "Alertmanager/0.25.0"
WATCHDOG_SECONDS = 30


@dataclass(frozen=True)
class Delivery:
    at: float
    status: int
    bytes: int
    said: str


def watchdog(now: float) -> bytes:
    """Alertmanager's version-4 body of the alert that always fires."""
    labels = {"alertname": "Watchdog", "severity": "none"}
    since = datetime.fromtimestamp(now, UTC).isoformat()
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "Always firing: as long as this arrives, alerts arrive."},
        "startsAt": since,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "0f0f0f0f0f0f0f0f",
    }
    body = {
        "version": "4",
        "groupKey": '{}:{alertname="Watchdog"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "midwatch",
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [alert],
    }
    return json.dumps(body).encode()


class Postman:
    """Posts to one receiver; nobody to post to means that alerts only show in the APIs."""

    def __init__(self, groups: Groups, url: str | None, token: str | None, now: Callable[[], float]) -> None:
        self._groups, self._url, self._now = groups, url, now
        headers = {"Content-Type": "application/json", "User-Agent": _AGENT}
        self._client = httpx2.AsyncClient(
            timeout=10.0, headers=headers | ({"Authorization": f"Bearer {token}"} if token else {})
        )
        self._carrying: set[asyncio.Task[None]] = set()
        self.deliveries: deque[Delivery] = deque(maxlen=500)
        self._watched = 0.0

    def carry(self) -> None:
        """Start a delivery of everything that is due."""
        if self._url is None:
            return
        if self._now() - self._watched >= WATCHDOG_SECONDS:
            self._watched = self._now()
            self._start(self._say_watchdog(self._url, self._watched))
        for notice in self._groups.due(self._now()):
            self._start(self._post(self._url, notice))

    def _start(self, carrying: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(carrying)
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _say_watchdog(self, url: str, now: float) -> None:
        """The alert that always fires, as every Prometheus has it: nobody asks whether it arrived."""
        with suppress(httpx2.HTTPError):
            await self._client.post(url, content=watchdog(now))

    async def _post(self, url: str, notice: Notice) -> None:
        try:
            answer = await self._client.post(url, content=notice.body)
            status, said = answer.status_code, answer.text[:200]
        except httpx2.HTTPError as error:
            status, said = 0, f"{type(error).__name__}: {error}"
        now = self._now()
        self.deliveries.append(Delivery(now, status, len(notice.body), said))
        if 200 <= status < 300:
            self._groups.delivered(notice, now)
        else:
            self._groups.failed(notice, now)

    async def close(self) -> None:
        for task in list(self._carrying):
            task.cancel()
        await self._client.aclose()
