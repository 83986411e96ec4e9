"""Brings deliveries to apps: one attempt for commands and clicks, up to four for events; keeps the list of all of them.

It decides when to try and try again, and lets armed faults spoil an attempt. How an attempt travels is the carrier's
business (`socket.py`, `http.py`).
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.playground.slack.delivery.values import (
    HTTP_RETRY_REASON,
    SOCKET_RETRY_REASON,
    Attempt,
    Delivery,
    Kind,
    Receipt,
)
from bot.playground.slack.faults import Fault, Faults
from bot.playground.slack.model import SlackApp
from bot.playground.slack.workspace import Workspace

KEPT = 20_000


class Carrier(Protocol):
    async def carry(self, app: SlackApp, delivery: Delivery, attempt: Attempt) -> Receipt: ...


@dataclass
class Courier:
    workspace: Workspace
    faults: Faults
    carriers: dict[str, Carrier]
    deliveries: list[Delivery] = field(default_factory=list)
    _errands: set[asyncio.Task[Any]] = field(default_factory=set)

    async def ask(self, app: SlackApp, kind: Kind, name: str, payload: dict[str, Any]) -> Receipt:
        """Deliver a command or an interaction once and wait for its acknowledgement."""
        delivery = self._new(app, kind, name, payload)
        return await self._attempt(app, delivery, 0, None)

    def announce(self, app: SlackApp, event_type: str, payload: dict[str, Any]) -> None:
        """Deliver an event in the background, with Slack's retries."""
        delivery = self._new(app, "events_api", event_type, payload)
        self.errand(self._deliver_event(app, delivery))

    async def redeliver(self, delivery: Delivery) -> Receipt:
        """Send an old delivery once more, as Slack does when it did not hear the acknowledgement."""
        app = self.workspace.apps[delivery.app_id]
        return await self._attempt(app, delivery, max(1, len(delivery.attempts)), _reason(app, "timeout"))

    def errand(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def forget(self) -> None:
        for errand in list(self._errands):
            errand.cancel()
        self.deliveries.clear()

    def _new(self, app: SlackApp, kind: Kind, name: str, payload: dict[str, Any]) -> Delivery:
        delivery = Delivery(self.workspace.new_id("Dl"), app.app_id, kind, name, payload)
        if len(self.deliveries) >= KEPT:
            del self.deliveries[: KEPT // 10]
        self.deliveries.append(delivery)
        return delivery

    async def _deliver_event(self, app: SlackApp, delivery: Delivery) -> None:
        settings = self.workspace.settings
        receipt = await self._attempt(app, delivery, 0, None)
        for number, wait_s in enumerate(settings.retry_schedule_s, start=1):
            if receipt.acked or receipt.no_retry:
                return
            await asyncio.sleep(wait_s * settings.retry_scale)
            receipt = await self._attempt(app, delivery, number, _reason(app, receipt.outcome))

    async def _attempt(self, app: SlackApp, delivery: Delivery, number: int, reason: str | None) -> Receipt:
        fault = self.faults.for_delivery(delivery.kind, delivery.name)
        if fault and fault.fault == "delay":
            await asyncio.sleep(fault.hang_ms / 1000)
        if fault and fault.fault == "duplicate":
            self.errand(self._carry(app, delivery, number, reason, None))
        return await self._carry(app, delivery, number, reason, fault)

    async def _carry(
        self, app: SlackApp, delivery: Delivery, number: int, reason: str | None, fault: Fault | None
    ) -> Receipt:
        attempt = Attempt(number, reason, self.workspace.new_secret(), self.workspace.clock.now())
        attempt.fault = fault.fault if fault else None
        delivery.attempts.append(attempt)
        self._say("delivery_sent", delivery, attempt)
        receipt = await self.carriers[app.mode].carry(app, delivery, attempt)
        attempt.receipt = receipt
        self._say("delivery_ended", delivery, attempt)
        return receipt

    def _say(self, kind: str, delivery: Delivery, attempt: Attempt) -> None:
        named = {"delivery": delivery.id, "app_id": delivery.app_id, "type": delivery.kind, "name": delivery.name}
        self.workspace.feed.say(kind, **named, attempt=attempt.as_json())


def _reason(app: SlackApp, outcome: str) -> str:
    return SOCKET_RETRY_REASON if app.mode == "socket" else HTTP_RETRY_REASON[outcome]
