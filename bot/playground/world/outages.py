"""Breaks a whole API on purpose: an error status, a delay, a refusal, for some calls or until it is taken back."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

APIS = ("prometheus", "elasticsearch", "kubernetes", "jaeger", "targets")


@dataclass(frozen=True)
class Outage:
    """`status` None answers as usual after the delay; `path` limits it to paths with that text; `times` to N calls."""

    status: int | None = None
    delay_ms: float = 0.0
    path: str = ""
    times: int | None = None


class Outages:
    """What is broken now, by API."""

    def __init__(self) -> None:
        self.now: dict[str, Outage] = {}

    def set(self, api: str, outage: Outage) -> None:
        self.now[api] = outage

    def clear(self, api: str) -> None:
        self.now.pop(api, None)

    def meet(self, api: str, path: str) -> Outage | None:
        """Return the outage a call meets, and use up one of its times."""
        outage = self.now.get(api)
        if outage is None or outage.path not in path:
            return None
        if outage.times is not None:
            left = outage.times - 1
            self.now[api] = replace(outage, times=left)
            if left <= 0:
                self.clear(api)
        return outage


class Breakable:
    """An ASGI application that an outage can stand in front of."""

    def __init__(self, api: str, outages: Outages, app: ASGIApp) -> None:
        self._api, self._outages, self._app = api, outages, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outage = self._outages.meet(self._api, scope["path"]) if scope["type"] == "http" else None
        if outage is not None and outage.delay_ms:
            await asyncio.sleep(outage.delay_ms / 1000)
        if outage is None or outage.status is None:
            await self._app(scope, receive, send)
        else:
            await broken_answer(self._api, outage.status)(scope, receive, send)


def broken_answer(api: str, status: int) -> Response:
    """Return the error as that API's servers word it."""
    headers = {"content-type": "application/json"}
    if api == "elasticsearch":
        headers = {"content-type": "application/vnd.elasticsearch+json;compatible-with=9"}
        headers["X-Elastic-Product"] = "Elasticsearch"
    if status == 429 and api == "kubernetes":
        headers["Retry-After"] = "1"
    return Response(json.dumps(_BODIES.get(api, _plain)(status)).encode(), status, headers)


def _prometheus(status: int) -> Mapping[str, Any]:
    kind = {503: "unavailable", 422: "execution", 400: "bad_data"}.get(status, "internal")
    return {"status": "error", "errorType": kind, "error": "an outage was set on this API"}


def _elasticsearch(status: int) -> Mapping[str, Any]:
    kinds = {403: "security_exception", 401: "security_exception", 429: "es_rejected_execution_exception"}
    cause = {"type": kinds.get(status, "status_exception"), "reason": "an outage was set on this API"}
    return {"error": {"root_cause": [cause], **cause}, "status": status}


def _kubernetes(status: int) -> Mapping[str, Any]:
    reasons = {
        401: "Unauthorized",
        403: "Forbidden",
        404: "NotFound",
        429: "TooManyRequests",
        503: "ServiceUnavailable",
    }
    reason = reasons.get(status, "InternalError")
    message = "forbidden: an outage was set on this API" if status == 403 else "an outage was set on this API"
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    return {**body, "reason": reason, "details": {}, "code": status}


_REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}


def _plain(_: int) -> Mapping[str, Any]:
    return {"error": "an outage was set on this API"}


_BODIES: Mapping[str, Callable[[int], Mapping[str, Any]]] = {
    "prometheus": _prometheus,
    "elasticsearch": _elasticsearch,
    "kubernetes": _kubernetes,
}
