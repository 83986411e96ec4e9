"""The Web API's door: who calls, may they, how fast, which fault is armed; then the method, then the answer.

Every call is written to a log without its token. It knows nothing of what the methods do.
"""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.playground.slack.arguments import Arguments, read_arguments
from bot.playground.slack.clock import stopwatch
from bot.playground.slack.errors import SlackError
from bot.playground.slack.faults import Fault, Faults
from bot.playground.slack.methods import METHODS
from bot.playground.slack.methods.apps import api_test
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.model import ChannelKind, SlackApp
from bot.playground.slack.rates import TIERS, WORKSPACE_MESSAGES, Rates, TooFast
from bot.playground.slack.scopes import needed, require
from bot.playground.slack.wire import cut
from bot.playground.slack.workspace import Workspace

KEPT = 20_000
# Methods Slack calls "special": what it says of them in words.
SPECIAL = {
    "chat.postMessage": WORKSPACE_MESSAGES,
    "chat.getPermalink": 300,
    "auth.test": 200,
    "apps.connections.open": 10,
}


@dataclass
class WebApi:
    workspace: Workspace
    faults: Faults
    rates: Rates = field(default_factory=Rates)
    calls: list[dict[str, Any]] = field(default_factory=list)
    logged: int = 0

    async def serve(self, request: Request) -> Response:
        began = stopwatch()
        name = request.path_params["method"]
        given, fault = Arguments({}), None
        try:
            given, token = read_arguments(
                request.headers.get("content-type", ""), await request.body(), request.url.query
            )
            fault = self.faults.for_call(name, given.given)
            if fault:
                await _suffer(fault)
            response = self._respond(name, given, _bearer(request) or token)
        except _Spoilt as spoilt:
            response = spoilt.response
        except SlackError as error:
            response = _as_json(error.as_answer(), None)
        self._log(name, given, response, stopwatch() - began, fault)
        if fault and fault.fault == "lost_answer":
            cut(request.client)
        return response

    def _respond(self, name: str, args: Arguments, token: str | None) -> Response:
        if name == "api.test":
            return _as_json(api_test(args), None)
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        app = self._caller(method, token)
        try:
            return _as_json({"ok": True, **self._run(method, Call(self.workspace, app, args, name))}, app)
        except SlackError as error:
            return _as_json(error.as_answer(), app)

    def _run(self, method: Method, call: Call) -> Answer:
        require(call.app, needed(method.scope, self._kind(method, call.args)))
        self._pace(call, method)
        return method.run(call)

    def _caller(self, method: Method, token: str | None) -> SlackApp:
        if not token:
            raise SlackError("not_authed")
        bot, level = self.workspace.app_by_bot_token(token), self.workspace.app_by_app_token(token)
        if bot is None and level is None:
            raise SlackError("invalid_auth")
        app = level if method.app_token else bot
        if app is None:
            raise SlackError("not_allowed_token_type")
        return app

    def _kind(self, method: Method, args: Arguments) -> ChannelKind:
        if method.name == "conversations.create":
            return "private" if args.flag("is_private") else "public"
        if method.name == "conversations.open":
            return "mpim" if len(args.names("users")) > 1 else "im"
        channel = self.workspace.channels.get(args.text("channel"))
        return channel.kind if channel else "public"

    def _pace(self, call: Call, method: Method) -> None:
        for slow in self._why_too_fast(call, method):
            call.violate(slow.rule, detail=slow.detail)
            if self.workspace.settings.enforce_rates:
                raise _Spoilt(_too_many(math.ceil(slow.retry_after_s)))

    def _why_too_fast(self, call: Call, method: Method) -> list[TooFast]:
        app_id, now = call.app.app_id, call.now
        named = self.workspace.find_channel(call.args.text("channel"))
        channel = named.id if named else call.args.text("channel")
        found = [self.rates.why_too_fast(app_id, method.name, SPECIAL.get(method.name) or TIERS[method.tier], now)]
        if method.name == "chat.postMessage":
            found.append(self.rates.why_posting_too_fast(app_id, channel, now))
        if method.name == "chat.update":
            found.append(self.rates.why_editing_too_fast(app_id, channel, call.args.text("ts"), now))
        return [slow for slow in found if slow]

    def _log(self, name: str, args: Arguments, response: Response, took_s: float, fault: Fault | None) -> None:
        if len(self.calls) >= KEPT:
            del self.calls[: KEPT // 10]
        self.logged += 1
        self.calls.append(
            {
                "seq": self.logged,
                "at": self.workspace.clock.now(),
                "method": name,
                "args": args.given,
                "status": response.status_code,
                "answer": bytes(response.body).decode() if response.status_code != 200 else None,
                "error": response.headers.get("x-standin-error"),
                "ms": round(took_s * 1000, 1),
                "fault": fault.fault if fault else None,
            }
        )


class _Spoilt(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__("spoilt on purpose")
        self.response = response


async def _suffer(fault: Fault) -> None:
    """What an armed fault does before the work; a lost answer is lost after it."""
    match fault.fault:
        case "ratelimited":
            raise _Spoilt(_too_many(fault.retry_after_s))
        case "server_error":
            raise _Spoilt(Response("upstream connect error", fault.status))
        case "error":
            raise SlackError(fault.error)
        case "hang":
            await asyncio.sleep(fault.hang_ms / 1000)


def _too_many(wait_s: int) -> Response:
    headers = {"retry-after": str(wait_s), "x-standin-error": "ratelimited"}
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)


def _as_json(answer: Answer, app: SlackApp | None) -> Response:
    headers = {"x-oauth-scopes": ",".join(app.scopes)} if app else {}
    if not answer["ok"]:
        headers["x-standin-error"] = str(answer["error"])
    return JSONResponse(answer, headers=headers)


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
