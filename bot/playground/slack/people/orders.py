"""What a test may order of Slack itself: faults, settings, dropped sockets, redeliveries, a fresh start."""

from dataclasses import dataclass, replace
from typing import Any

from bot.playground.slack.delivery.courier import Courier
from bot.playground.slack.delivery.http import Posts
from bot.playground.slack.delivery.socket import Sockets
from bot.playground.slack.errors import PersonError
from bot.playground.slack.faults import Fault, Faults
from bot.playground.slack.people import acts
from bot.playground.slack.people.modals import the_app
from bot.playground.slack.rates import Rates
from bot.playground.slack.webapi import WebApi
from bot.playground.slack.workspace import Workspace


@dataclass
class Orders:
    workspace: Workspace
    faults: Faults
    courier: Courier
    sockets: Sockets
    posts: Posts
    webapi: WebApi

    def arm(self, fault: Fault) -> dict[str, Any]:
        self.faults.arm(fault)
        return {"ok": True, "armed": len(self.faults.armed)}

    def change_settings(self, changes: dict[str, object]) -> dict[str, Any]:
        self.workspace.change_settings(changes)
        return {"ok": True, "settings": self.workspace.settings.model_dump()}

    def reset(self) -> dict[str, Any]:
        """Back to the workspace file: messages, faults, rates and logs are forgotten, sockets are cut."""
        self.courier.forget()
        self.faults.armed.clear()
        self.webapi.calls.clear()
        self.webapi.rates = Rates()
        for app_id in list(self.sockets.connections):
            self.sockets.drop_all(app_id)
        self.workspace.fill()
        self.workspace.feed.clear()
        return {"ok": True}

    async def socket(self, order: acts.SocketOrder) -> dict[str, Any]:
        app = the_app(self.workspace.apps, order.app_id)
        if order.order == "drop":
            return {"ok": True, "connections": self.sockets.drop_all(app.app_id)}
        return {"ok": True, "connections": await self.sockets.disconnect(app.app_id, order.order)}

    async def redeliver(self, order: acts.Redeliver) -> dict[str, Any]:
        found = [
            delivery
            for delivery in self.courier.deliveries
            if order.delivery in (None, delivery.id) and order.kind in (None, delivery.kind)
        ]
        if not found:
            raise PersonError("delivery_not_found")
        receipt = await self.courier.redeliver(found[-1])
        return {"ok": True, "delivery": found[-1].id, "outcome": receipt.outcome, "ms": round(receipt.ms, 1)}

    def configure_app(self, order: acts.ConfigureApp) -> dict[str, Any]:
        app = the_app(self.workspace.apps, order.app_id)
        changes = order.model_dump(exclude={"app_id"}, exclude_none=True)
        self.workspace.apps[app.app_id] = replace(app, **changes)
        return {"ok": True, "app_id": app.app_id, "changed": sorted(changes)}

    async def verify_url(self, choice: acts.AppChoice) -> dict[str, Any]:
        return await self.posts.verify_url(the_app(self.workspace.apps, choice.app_id))
