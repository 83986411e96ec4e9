"""The page as an application of its own, mounted at `/page`: files, what is seen, what is done, the world's panel."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.playground.slack.browser.door import Door
from bot.playground.slack.browser.seeing import Seeing
from bot.playground.slack.browser.settings import PageSettings
from bot.playground.slack.browser.world import Passage
from bot.playground.slack.errors import PersonError
from bot.playground.slack.pictures import mimetype
from bot.playground.slack.workspace import Workspace

FILES = Path(__file__).resolve().parents[2] / "page"
# The page's own lines are read as they are; a file's bytes come from an app and must not be read as a document.
SANDBOX = {"content-security-policy": "default-src 'none'; sandbox"}


def page(workspace: Workspace, settings: PageSettings, people: list[Route]) -> ASGIApp:
    """``people`` are the acts of a person, as routes."""
    desk = _Desk(workspace, settings)
    routes: list[BaseRoute] = [
        Route("/", desk.index),
        Route("/config", desk.config),
        Route("/snapshot", desk.snapshot),
        Route("/stream", desk.stream),
        Route("/file/{file_id}", desk.file),
        Mount("/do", routes=people),
        Mount("/static", StaticFiles(directory=FILES)),
    ]
    if settings.world:
        routes.append(Route("/world/{name}", Passage(settings.world).pass_on, methods=["GET", "POST"]))
    return Door(Starlette(routes=routes), settings.key)


class _Desk:
    def __init__(self, workspace: Workspace, settings: PageSettings) -> None:
        self._workspace, self._settings = workspace, settings
        self._seeing = Seeing(workspace)

    async def index(self, _: Request) -> Response:
        return FileResponse(FILES / "index.html")

    async def config(self, _: Request) -> Response:
        return JSONResponse(self._settings.shown())

    async def snapshot(self, request: Request) -> Response:
        try:
            return JSONResponse(self._seeing.snapshot(request.query_params.get("user", "")))
        except PersonError as error:
            return JSONResponse(error.as_answer(), 404)

    async def stream(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        if not after.isdigit():
            return JSONResponse({"ok": False, "error": "bad_request"}, 422)
        return StreamingResponse(self._seeing.stream(user, int(after)), media_type="text/event-stream")

    async def file(self, request: Request) -> Response:
        stored = self._workspace.files.get(request.path_params["file_id"])
        if stored is None or stored.content is None:
            return JSONResponse({"ok": False, "error": "file_not_found"}, 404)
        return Response(stored.content, media_type=mimetype(stored), headers=SANDBOX)
