"""The HTTP edge of the Kubernetes API: bearer tokens in, JSON out, watches and followed logs as streams.

Decides media types, headers and how a stream is sent; the answers are `api.py`'s.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.playground.world.kube import refusal
from bot.playground.world.kube.api import Answer, Api, Call, Followed, Reply
from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.discovery import HEALTH, VERSION
from bot.playground.world.kube.kinds import POD
from bot.playground.world.kube.podlogs import LogQuery
from bot.playground.world.kube.rbac import Access
from bot.playground.world.kube.refusal import Refusal
from bot.playground.world.kube.watching import Watch

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_POLL = 0.05
_LARGEST = 3 * 1024 * 1024
_JSON = ("application/json", "application/*", "*/*")


@dataclass(frozen=True)
class _Door:
    cluster: Cluster
    api: Api
    access: Access


def kubernetes_routes(cluster: Cluster, access: Access) -> list[BaseRoute]:
    """Return the routes, relative to wherever they get mounted."""
    door = _Door(cluster, Api(cluster), access)
    return [Route("/{path:path}", partial(_serve, door), methods=_METHODS)]


async def _serve(door: _Door, request: Request) -> Response:
    path = "/" + request.path_params["path"]
    if path in HEALTH or path.startswith(tuple(f"{one}/" for one in HEALTH)):
        return PlainTextResponse("ok")
    if path == "/version" and request.method == "GET":
        return _json(VERSION, 200)
    try:
        who = door.access.who(request.headers.get("authorization"))
        reply = door.api.answer(await _call(request, path), who)
        return _sent(door, reply, request)
    except Refusal as refused:
        return _refused(refused)


async def _call(request: Request, path: str) -> Call:
    body = await request.body()
    if len(body) > _LARGEST:
        words = f"Request entity too large: limit is {_LARGEST}"
        raise Refusal(413, "RequestEntityTooLarge", words)
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    return Call(request.method, path, query, body, request.headers.get("content-type", ""))


def _sent(door: _Door, reply: Reply, request: Request) -> Response:
    if isinstance(reply, Watch):
        return StreamingResponse(_watched(door, reply), media_type="application/json")
    if isinstance(reply, Followed):
        return StreamingResponse(_followed(door, reply), media_type="text/plain")
    if isinstance(reply.body, bytes):
        return Response(reply.body, media_type="text/plain")
    if not _takes_json(request.headers.get("accept")):
        raise refusal.not_acceptable()
    return _json(reply.body, reply.status, reply)


def _json(body: Any, status: int, answer: Answer | None = None, headers: Mapping[str, str] | None = None) -> Response:
    content = json.dumps(body, separators=(",", ":")).encode()
    response = Response(content, status, dict(headers or {}), "application/json")
    for warning in answer.warnings if answer else ():
        quoted = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.append("Warning", f'299 - "{quoted}"')
    return response


def _refused(refused: Refusal) -> Response:
    if refused.message == "404 page not found":
        return PlainTextResponse(refused.message + "\n", 404)
    headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
    return _json(refused.body(), refused.code, headers=headers)


def _takes_json(accept: str | None) -> bool:
    """A media type with an `as=` of its own asks for a form this server does not make."""
    wanted = [one.strip() for one in (accept or "*/*").split(",")]
    return any(one.partition(";")[0].strip() in _JSON and "as=" not in one for one in wanted)


async def _watched(door: _Door, watch: Watch) -> AsyncIterator[bytes]:
    while not watch.over:
        with door.cluster.lock:
            lines = list(watch.news(door.cluster.state.clock.now()))
        if lines:
            yield b"".join(lines)
        if not watch.over:
            await asyncio.sleep(_POLL)


async def _followed(door: _Door, followed: Followed) -> AsyncIterator[bytes]:
    """Send what there is, then what comes, until the pod is gone."""
    asked, sent = followed.query, 0
    whole = LogQuery(asked.container, asked.previous, True, asked.timestamps, asked.since_seconds, asked.since_time)
    first = _log(door, followed, asked)
    if first:
        yield first
    sent = len(_log(door, followed, whole) or b"")
    while (log := _log(door, followed, whole)) is not None:
        if len(log) > sent:
            yield log[sent:]
            sent = len(log)
        await asyncio.sleep(_POLL * 4)


def _log(door: _Door, followed: Followed, asked: LogQuery) -> bytes | None:
    try:
        with door.cluster.lock:
            return door.api.log(followed.namespace, followed.pod, POD, asked)
    except Refusal:
        return None
