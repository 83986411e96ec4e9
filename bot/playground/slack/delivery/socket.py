"""Socket Mode: the app's connections, what is sent over them and the acknowledgements that come back.

Each envelope goes to one connection, whichever is next; with none up it is lost, as Slack loses it.
"""

import asyncio
import contextlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.slack.clock import stopwatch
from bot.playground.slack.delivery.values import Attempt, Delivery, Receipt
from bot.playground.slack.model import SlackApp
from bot.playground.slack.wire import cut
from bot.playground.slack.workspace import Workspace

REASONS = ("refresh_requested", "warning", "link_disabled", "too_many_websockets")


@dataclass(eq=False)
class Connection:
    id: str
    app_id: str
    socket: WebSocket

    async def send(self, message: dict[str, Any]) -> bool:
        """False when the other end is gone, which a sender cannot know before."""
        try:
            await self.socket.send_text(json.dumps(message))
        except (WebSocketDisconnect, RuntimeError, OSError):
            return False
        return True


@dataclass
class _Pending:
    attempt: Attempt
    sent_at: float
    answered: "asyncio.Future[Any]"


@dataclass
class Sockets:
    workspace: Workspace
    connections: dict[str, list[Connection]] = field(default_factory=lambda: defaultdict(list))
    _pending: dict[str, _Pending] = field(default_factory=dict)
    _turn: int = 0

    # -- the app's end -----------------------------------------------------------------------------------------------

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its ticket to its end."""
        app_id = self.workspace.tickets.pop(socket.query_params.get("ticket", ""), None)
        if app_id is None:
            await socket.close(4001)
            return
        await socket.accept()
        connection = Connection(self.workspace.new_id("Wc"), app_id, socket)
        if len(self.connections[app_id]) >= self.workspace.settings.max_connections:
            await self._dismiss(connection, "too_many_websockets")
            return
        self.connections[app_id].append(connection)
        try:
            await connection.send(self._hello(app_id))
            self.workspace.feed.say("socket_opened", app_id=app_id, connection=connection.id)
            await self._listen(connection)
        finally:
            self._gone(connection)

    def _hello(self, app_id: str) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections[app_id]),
            "debug_info": {"host": "standin", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": app_id},
        }

    async def _listen(self, connection: Connection) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                self._hear(connection, await connection.socket.receive_text())

    def _hear(self, connection: Connection, text: str) -> None:
        try:
            message = json.loads(text)
            envelope_id = message["envelope_id"]
        except (ValueError, TypeError, KeyError):
            self.workspace.note_violation("not_an_acknowledgement", connection.app_id, said=text[:200])
            return
        pending = self._pending.get(envelope_id)
        if pending is None:
            self.workspace.note_violation("unknown_envelope", connection.app_id, envelope_id=str(envelope_id))
        elif pending.answered.done():
            pending.attempt.late_ms = round((stopwatch() - pending.sent_at) * 1000, 1)
        elif pending.attempt.fault != "lose_ack":
            pending.answered.set_result(message.get("payload"))

    def _gone(self, connection: Connection) -> None:
        if connection in self.connections[connection.app_id]:
            self.connections[connection.app_id].remove(connection)
            self.workspace.feed.say("socket_closed", app_id=connection.app_id, connection=connection.id)

    # -- sending -----------------------------------------------------------------------------------------------------

    async def carry(self, app: SlackApp, delivery: Delivery, attempt: Attempt) -> Receipt:
        began = stopwatch()
        connection = self._next(app.app_id)
        if connection is None:
            return Receipt("no_connection", 0.0)
        attempt.to = connection.id
        pending = _Pending(attempt, began, asyncio.get_running_loop().create_future())
        self._pending[attempt.envelope_id] = pending
        await connection.send(_envelope(delivery, attempt))
        if attempt.fault == "drop_socket":
            self._cut(connection)
        try:
            answer = await asyncio.wait_for(pending.answered, self.workspace.settings.ack_timeout_s)
        except TimeoutError:
            # Kept, so that an answer that comes too late is known for what it is.
            return Receipt("timeout", (stopwatch() - began) * 1000)
        self._pending.pop(attempt.envelope_id, None)
        return Receipt("acked", (stopwatch() - began) * 1000, answer)

    def _next(self, app_id: str) -> Connection | None:
        found = self.connections[app_id]
        if not found:
            return None
        self._turn += 1
        return found[self._turn % len(found)]

    # -- ending connections ------------------------------------------------------------------------------------------

    async def disconnect(self, app_id: str, reason: str) -> int:
        """Tell every connection to go, as Slack does every few hours; ``warning`` leaves it open for now."""
        found = list(self.connections[app_id])
        for connection in found:
            if reason == "warning":
                await connection.send(_disconnect(reason))
            else:
                self._gone(connection)
                await self._dismiss(connection, reason)
        return len(found)

    async def _dismiss(self, connection: Connection, reason: str) -> None:
        await connection.send(_disconnect(reason))
        with contextlib.suppress(RuntimeError, OSError):
            await connection.socket.close()

    def drop_all(self, app_id: str) -> int:
        """Cut every connection without a word."""
        found = list(self.connections[app_id])
        for connection in found:
            self._cut(connection)
        return len(found)

    def _cut(self, connection: Connection) -> None:
        self._gone(connection)
        cut(connection.socket.client)


def _disconnect(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "standin"}}


def _envelope(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    envelope = {
        "envelope_id": attempt.envelope_id,
        "type": delivery.kind,
        "accepts_response_payload": delivery.kind != "events_api",
        "payload": delivery.payload,
    }
    if delivery.kind == "events_api":
        envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason or ""}
    return envelope
