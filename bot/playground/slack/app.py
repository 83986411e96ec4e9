"""The whole stand-in as one ASGI application: Web API, uploads, response URLs, sockets, people's side."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from bot.playground.slack.answers import show_answer
from bot.playground.slack.browser.app import page as page_app
from bot.playground.slack.browser.settings import PageSettings
from bot.playground.slack.delivery.courier import Courier
from bot.playground.slack.delivery.events import Events
from bot.playground.slack.delivery.http import Posts
from bot.playground.slack.delivery.socket import Sockets
from bot.playground.slack.errors import SlackError
from bot.playground.slack.faults import Faults
from bot.playground.slack.methods import files
from bot.playground.slack.people.modals import Modals
from bot.playground.slack.people.orders import Orders
from bot.playground.slack.people.person import Person
from bot.playground.slack.people.reading import Reading
from bot.playground.slack.people.routes import acting_routes, routes
from bot.playground.slack.pictures import mimetype
from bot.playground.slack.seed import Seed
from bot.playground.slack.webapi import WebApi
from bot.playground.slack.workspace import Workspace


def build(seed: Seed, base_url: str, page: PageSettings | None = None) -> Starlette:
    """The application for one workspace reachable at ``base_url`` (http, no slash at the end)."""
    workspace, faults = Workspace(seed, base_url), Faults()
    sockets, posts, webapi = Sockets(workspace), Posts(workspace), WebApi(workspace, faults)
    courier = Courier(workspace, faults, {"socket": sockets, "http": posts})
    workspace.feed.listeners.append(Events(workspace, courier).hear)
    person = Person(workspace, courier)
    orders = Orders(workspace, faults, courier, sockets, posts, webapi)
    reading = Reading(workspace, courier, sockets, webapi)
    side = SideDoors(workspace)
    modals = Modals(person)
    people = routes(person, modals, reading, orders, workspace.feed)
    shown = [] if page is None else [Mount("/page", app=page_app(workspace, page, acting_routes(person, modals)))]
    return Starlette(
        # a site that lets its own name point at this machine must not become its own origin here
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        routes=[
            *shown,
            Route("/api/{method:path}", webapi.serve, methods=["GET", "POST"]),
            Route("/upload/v1/{token}", side.upload, methods=["POST"]),
            Route("/files-pri/{file_id}", side.download, methods=["GET"]),
            Route("/response/{team}/{token}", side.respond, methods=["POST"]),
            Route("/healthz", _healthy, methods=["GET"]),
            WebSocketRoute("/link/", sockets.serve),
            Mount("/_people", routes=people),
        ],
    )


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"ok": True})


@dataclass
class SideDoors:
    """Addresses the Web API hands out: upload targets, file contents, response URLs."""

    workspace: Workspace

    async def upload(self, request: Request) -> Response:
        try:
            files.receive(self.workspace, request.path_params["token"], await _sent_file(request))
        except SlackError as error:
            return PlainTextResponse(error.code, 400)
        return PlainTextResponse("OK")

    async def download(self, request: Request) -> Response:
        """The file's bytes; anybody on this machine may look, it is a playground."""
        stored = self.workspace.files.get(request.path_params["file_id"])
        if stored is None or stored.content is None:
            return PlainTextResponse("file_not_found", 404)
        how = "attachment" if request.query_params.get("download") else "inline"
        named = quote(stored.name, safe="")
        headers = {"x-content-type-options": "nosniff", "content-disposition": f"{how}; filename*=UTF-8''{named}"}
        return Response(stored.content, media_type=mimetype(stored), headers=headers)

    async def respond(self, request: Request) -> Response:
        settings = self.workspace.settings
        token, now = request.path_params["token"], self.workspace.clock.now()
        try:
            where = self.workspace.response_urls.use(
                token, now, settings.response_url_life_s, settings.response_url_uses
            )
        except SlackError as error:
            return PlainTextResponse(error.code, 404)
        try:
            show_answer(self.workspace, self.workspace.apps[where.app_id], where, await _body(request))
        except SlackError as error:
            return PlainTextResponse(error.code, 400)
        return PlainTextResponse("ok")


async def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(found, dict):
        raise SlackError("invalid_payload")
    return found


async def _sent_file(request: Request) -> bytes:
    """Raw bytes as the SDK sends them, or the one file of a multipart form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        for part in form.values():
            if not isinstance(part, str):
                return await part.read()
    raise SlackError("no_file_data")
