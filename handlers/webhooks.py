"""What monitoring sends: checked, kept durably in the inbox, then 202. Sorted into incidents by the reconciler.

A wrong token is 401, a body that cannot be read 400 naming the field, one too large 413, a Redis that does not
answer 503 so that the sender tries again.
"""

import hmac
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.alerts import Incoming, read_alertmanager, read_event
from bot.core.errors import BadInput, Unreachable
from bot.core.failpoint import Point, reach
from bot.core.ports import Doorbell, Ledgers

log = logging.getLogger("midwatch.webhooks")
LARGEST = 8 * 1024 * 1024
TOO_LARGE = f"a body may have {LARGEST} bytes at most; set max_alerts in Alertmanager's webhook_configs (4000 fits)"


class Inbox(Protocol):
    def deliver(self, kind: str, about: str, raw: bytes, body: Any) -> bool: ...


class Hearing(Protocol):
    """What is remembered of being reached. ``watchdog`` is the name of the alert that always fires."""

    watchdog: str

    def heard(self) -> None:
        """The Watchdog came in: alerts reach us."""

    def receiver(self, name: str) -> None:
        """Alertmanager calls us so."""


class Webhooks:
    def __init__(self, inbox: Inbox, bell: Doorbell, ledgers: Ledgers, token: str, hearing: Hearing) -> None:
        self._hearing = hearing
        self._inbox = inbox
        self._bell = bell
        self._ledgers = ledgers
        self._token = token

    def routes(self) -> list[Route]:
        return [
            Route("/webhooks/alertmanager", self.alertmanager, methods=["POST"]),
            Route("/webhooks/event", self.event, methods=["POST"]),
        ]

    async def alertmanager(self, request: Request) -> Response:
        return await self._take(request, "alertmanager", read_alertmanager)

    async def event(self, request: Request) -> Response:
        return await self._take(request, "event", lambda body: [read_event(body, self._ledgers.now)])

    async def _take(self, request: Request, kind: str, read: Callable[[Any], list[Incoming]]) -> Response:
        if not self._entitled(request):
            return _refuse(401, "Authorization: Bearer with the webhook token is needed")
        raw = await bounded(request, LARGEST)
        if raw is None:
            log.warning("a delivery to %s was refused and is lost: %s", request.url.path, TOO_LARGE)
            return _refuse(413, TOO_LARGE)
        return await run_in_threadpool(self._keep, kind, raw, read)

    def _keep(self, kind: str, raw: bytes, read: Callable[[Any], list[Incoming]]) -> Response:
        try:
            body = json.loads(raw)
            alerts = read(body)
            if kind == "alertmanager" and self._heard(body, alerts):
                return JSONResponse({"kept": True, "watchdog": True}, 202)
            new = self._inbox.deliver(kind, alerts[0].group, raw, body)
        except (ValueError, RecursionError) as error:
            return _refuse(400, f"the body is not JSON: {error}")
        except BadInput as error:
            return _refuse(400, str(error))
        except Unreachable:
            return JSONResponse({"error": "not kept, try again"}, 503, headers={"Retry-After": "5"})
        reach(Point.INTAKE_DELIVERED)
        self._bell.ring("inbox")
        return JSONResponse({"kept": True, "new": new}, 202)

    def _heard(self, body: Any, alerts: Sequence[Incoming]) -> bool:
        """Note who sent it, and the Watchdog; True where there was nothing else in it."""
        self._hearing.receiver(str(body.get("receiver") or ""))
        mine = [alert for alert in alerts if alert.name == self._hearing.watchdog]
        if any(alert.firing for alert in mine):
            self._hearing.heard()
        return len(mine) == len(alerts)

    def _entitled(self, request: Request) -> bool:
        """The scheme's name is in any case, as RFC 9110 has it; the token is compared in constant time."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return hmac.compare_digest(token.lstrip(" ").encode(), self._token.encode()) and scheme.lower() == "bearer"


async def bounded(request: Request, largest: int) -> bytes | None:
    """The whole body, or None when it is larger than ``largest``: then no more than that was read."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _refuse(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)
