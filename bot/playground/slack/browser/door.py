"""Who may use the page: a browser that was given the key, at this machine's own address; no other site through it.

The key comes once in the address, becomes a cookie no script can read, and leaves the address bar again.
"""

import hmac

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No inline script or style, nothing from elsewhere: text of a message could never run, even if it were drawn as HTML.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
LOOPBACK = ("127.0.0.1", "localhost")


class Door:
    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._answer(Request(scope))
        if answer is not None:
            await answer(scope, receive, _guarded(send))
            return
        await self._app(scope, receive, _guarded(send))

    def _answer(self, request: Request) -> Response | None:
        """A refusal, or the way in for somebody who brings the key; None lets the request pass."""
        if request.url.hostname not in LOOPBACK:
            return PlainTextResponse("This page is only for this machine.", 403)
        if request.method != "GET" and request.headers.get("origin") != f"http://{request.headers.get('host')}":
            return PlainTextResponse("This request came from another page.", 403)
        name = f"page-{request.url.port}"  # cookies do not know ports: two playgrounds must not share one
        brought = request.query_params.get("key")
        if brought is not None and hmac.compare_digest(brought.encode(), self._key.encode()):
            answer = RedirectResponse(request.url.path, 303)
            answer.set_cookie(name, self._key, httponly=True, samesite="strict")
            return answer
        if not hmac.compare_digest(request.cookies.get(name, "").encode(), self._key.encode()):
            return PlainTextResponse("Open the address the terminal shows; it carries this page's key.", 403)
        return None


def _guarded(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return guarded
