"""Elasticsearch 9's HTTP API over the log documents: the part that reading clients use, and real refusals for the rest.

Decides versions (`compatible-with`), who may ask, routes and error bodies. What a search means is `search.py`.
"""

import json
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.playground.world.search.answers import ENDPOINTS, Answer, Call, Desk, Endpoint
from bot.playground.world.search.media import Media, agreed
from bot.playground.world.search.refusal import SearchRefused

_VERBS = ["GET", "POST", "PUT", "DELETE", "HEAD"]


@dataclass(frozen=True)
class _Door:
    """What every request passes: media type, identity, route, answer."""

    desk: Desk

    async def enter(self, request: Request, endpoint: Endpoint) -> Response:
        body = await request.body()
        try:
            media = agreed(request.headers.get("accept"), request.headers.get("content-type") if body else None)
        except SearchRefused as refusal:
            return reply(Answer(refusal.body(), refusal.status), Media())
        try:
            reader = self.desk.guard.reader(request.headers.get("authorization"))
            call = Call(request.method, dict(request.path_params), dict(request.query_params), body, reader)
            answer = await run_in_threadpool(endpoint, self.desk, call)
        except SearchRefused as refusal:
            answer = Answer(refusal.body(), refusal.status)
        return reply(answer, media, without_body=request.method == "HEAD")


def reply(answer: Answer, media: Media, without_body: bool = False) -> Response:
    headers = {"X-Elastic-Product": "Elasticsearch", "content-type": media.content_type}
    if isinstance(answer.body, str):
        headers["content-type"] = "text/plain; charset=UTF-8"
        return Response(answer.body, answer.status, headers)
    content = b"" if without_body else json.dumps(answer.body).encode()
    return Response(content, answer.status, headers)


def elasticsearch_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes, relative to wherever they get mounted."""
    door = _Door(desk)
    routes: list[BaseRoute] = [
        Route(path, partial(_serve, door, endpoint), methods=list(methods)) for methods, path, endpoint in ENDPOINTS
    ]
    return [*routes, Route("/{rest:path}", partial(_serve, door, _no_handler), methods=_VERBS)]


async def _serve(door: _Door, endpoint: Endpoint, request: Request) -> Response:
    return await door.enter(request, endpoint)


def _no_handler(_: Desk, call: Call) -> Answer:
    path = "/" + call.path.get("rest", "")
    if call.method in ("PUT", "DELETE") or path.endswith(("/_doc", "/_bulk", "/_update_by_query", "/_delete_by_query")):
        reason = f"action [indices:data/write] is unauthorized for user [{call.reader.name}]"
        raise SearchRefused(403, "security_exception", reason)
    return Answer({"error": f"no handler found for uri [{path}] and method [{call.method}]"}, 400)
