"""The one HTTP door of `serve`: webhooks, Slack over HTTP, health, metrics. ASGI stops here; behind it all is sync."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from handlers.webhooks import Webhooks, bounded

LARGEST_SLACK_BODY = 1024 * 1024
Checks = Mapping[str, Callable[[], str | None]]


def site(webhooks: Webhooks, slack: App | None, checks: Checks, metrics: CollectorRegistry) -> Starlette:
    """The application. ``checks`` give None when a part is ready, else why it is not."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        wrong = await run_in_threadpool(lambda: {name: why for name, check in checks.items() if (why := check())})
        return JSONResponse({"ready": not wrong, "not_ready": wrong}, 503 if wrong else 200)

    async def measured(_: Request) -> Response:
        body = await run_in_threadpool(generate_latest, metrics)
        return Response(body, media_type="text/plain; version=0.0.4")

    routes = [
        *webhooks.routes(),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", measured),
    ]
    if slack is not None:
        routes.append(Route("/slack/events", slack_events(slack), methods=["POST"]))
    return Starlette(routes=routes)


def slack_events(app: App) -> Callable[[Request], Any]:
    """The ASGI endpoint in front of a Bolt app; dispatch runs in a thread, never on the event loop."""

    async def events(request: Request) -> Response:
        body = await bounded(request, LARGEST_SLACK_BODY)  # nobody's signature was looked at yet
        if body is None:
            return PlainTextResponse("too large", 413)
        asked = BoltRequest(
            body=body.decode("utf-8", errors="replace"),
            query=request.url.query,
            headers={key: [value] for key, value in request.headers.items()},
        )
        answer = await run_in_threadpool(app.dispatch, asked)
        response = Response(answer.body, answer.status)
        for name, values in answer.headers.items():
            for value in values:
                response.headers.append(name, value)
        return response

    return events
