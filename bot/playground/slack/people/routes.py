"""The addresses under `/_people`: JSON in, JSON out, and the feed as long poll or as server-sent events.

A page on another site cannot use them: a request whose ``Origin`` is not this server is refused.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.playground.slack.errors import PersonError, SlackError
from bot.playground.slack.faults import Fault
from bot.playground.slack.feed import Feed
from bot.playground.slack.people import acts
from bot.playground.slack.people.modals import Modals
from bot.playground.slack.people.orders import Orders
from bot.playground.slack.people.person import Person
from bot.playground.slack.people.reading import Reading

Answer = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]
LONGEST_WAIT_S = 60.0
READERS = (
    "state",
    "channels",
    "messages",
    "ephemerals",
    "modals",
    "home",
    "notifications",
    "violations",
    "deliveries",
    "calls",
    "connections",
    "statuses",
)


def acting_routes(person: Person, modals: Modals) -> list[Route]:
    """What a person in Slack's window does."""
    acting = {
        "command": taking(acts.Command, person.command),
        "click": taking(acts.Click, person.click),
        "message": taking(acts.Say, person.say),
        "edit": taking(acts.EditOwn, person.edit),
        "delete": taking(acts.DeleteOwn, person.delete),
        "react": taking(acts.React, person.react),
        "join": taking(acts.Join, person.join),
        "view_submit": taking(acts.Submit, modals.submit),
        "view_close": taking(acts.Close, modals.close),
        "view_click": taking(acts.ViewClick, modals.click),
        "open_home": taking(acts.OpenHome, modals.open_home),
    }
    return [Route(f"/{name}", endpoint, methods=["POST"]) for name, endpoint in acting.items()]


def routes(person: Person, modals: Modals, reading: Reading, orders: Orders, feed: Feed) -> list[Route]:
    ordering = {
        "faults": taking(Fault, orders.arm),
        "socket": taking(acts.SocketOrder, orders.socket),
        "redeliver": taking(acts.Redeliver, orders.redeliver),
        "app": taking(acts.ConfigureApp, orders.configure_app),
        "verify_url": taking(acts.AppChoice, orders.verify_url),
        "settings": plainly(orders.change_settings),
        "reset": plainly(lambda _body: orders.reset()),
    }
    looking = {name: looking_at(getattr(reading, name)) for name in READERS}
    return [
        *acting_routes(person, modals),
        *(Route(f"/{name}", endpoint, methods=["POST"]) for name, endpoint in ordering.items()),
        *(Route(f"/{name}", endpoint, methods=["GET"]) for name, endpoint in looking.items()),
        Route("/feed", following(feed), methods=["GET"]),
    ]


def taking(model: type[BaseModel], act: Callable[[Any], Answer | Awaitable[Answer]]) -> Endpoint:
    """An endpoint that reads ``model`` from the body and gives it to ``act``."""
    return plainly(lambda body: act(model.model_validate(body)))


def plainly(act: Callable[[Any], Answer | Awaitable[Answer]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if _foreign(request):
            return _json({"ok": False, "error": "foreign_origin"}, 403)
        try:
            answer = act(json.loads(await request.body() or b"{}"))
            return _json(answer if isinstance(answer, dict) else await answer)
        except ValidationError as error:
            return _json({"ok": False, "error": "bad_request", "why": error.errors(include_url=False)}, 422)
        except (PersonError, SlackError) as error:
            return _json(error.as_answer(), 409)
        except ValueError:
            return _json({"ok": False, "error": "invalid_json"}, 400)

    return endpoint


def looking_at(read: Callable[[Any], Answer]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return _json({"ok": True, **read(request.query_params)})
        except PersonError as error:
            return _json(error.as_answer(), 409)

    return endpoint


def following(feed: Feed) -> Endpoint:
    """`?after=SEQ&wait_s=25` answers once; `Accept: text/event-stream` keeps telling (and heeds Last-Event-ID)."""

    async def endpoint(request: Request) -> Response:
        after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        wait_s = request.query_params.get("wait_s", "0")
        if not after.isdigit() or not wait_s.replace(".", "", 1).isdigit():
            return _json({"ok": False, "error": "bad_request"}, 422)
        if "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(_stream(feed, int(after)), media_type="text/event-stream")
        entries = await feed.wait_since(int(after), min(float(wait_s), LONGEST_WAIT_S))
        return _json({"ok": True, "seq": feed.last_seq, "entries": [entry.as_json() for entry in entries]})

    return endpoint


async def _stream(feed: Feed, after: int) -> AsyncIterator[str]:
    while True:
        entries = await feed.wait_since(after, 15)
        if not entries:
            yield ": still here\n\n"
        for entry in entries:
            after = entry.seq
            yield f"id: {entry.seq}\nevent: {entry.kind}\ndata: {json.dumps(entry.as_json(), default=str)}\n\n"
        await asyncio.sleep(0)


def _foreign(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _json(answer: Answer, status: int = 200) -> Response:
    return Response(json.dumps(answer, default=str), status, media_type="application/json")
