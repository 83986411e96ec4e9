"""Carries due notices to the webhook, and keeps trying until somebody answers 2xx."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from bot.playground.world.alerting.groups import Groups, Notice

_AGENT = "Alertmanager/0.25.0"


@dataclass(frozen=True)
class Delivery:
    at: float
    status: int
    bytes: int
    said: str


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

    def carry(self) -> None:
        """Start a delivery of everything that is due."""
        if self._url is None:
            return
        for notice in self._groups.due(self._now()):
            task = asyncio.get_running_loop().create_task(self._post(self._url, notice))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

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
