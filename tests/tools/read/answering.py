"""A small real HTTP server for what vendors do badly: it answers by path prefix what a test tells it to."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.core.tool import Look
from bot.core.window import Window, window_of


@dataclass(frozen=True)
class Reply:
    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0  # seconds before the first byte
    drip: float = 0.0  # seconds between the bytes

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answering:
    """``routes`` maps path prefixes to replies (a list is used up one by one, its last stays)."""

    routes: dict[str, list[Reply]]
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    def reply(self, path: str) -> Reply:
        for prefix in sorted(self.routes, key=len, reverse=True):
            if path.startswith(prefix):
                replies = self.routes[prefix]
                return replies.pop(0) if len(replies) > 1 else replies[0]
        return Reply({"error": f"nothing at {path}"}, 404)


@contextmanager
def answering(routes: Mapping[str, Reply | Sequence[Reply]]) -> Iterator[Answering]:
    listed = {path: [reply] if isinstance(reply, Reply) else list(reply) for path, reply in routes.items()}
    answers = Answering(listed)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answers))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    answers.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()


def _handler(answers: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            answers.seen.append(Seen(self.command, parts.path, parse_qs(parts.query), dict(self.headers), body))
            reply = answers.reply(parts.path)
            time.sleep(reply.after)
            with suppress(OSError):  # the client has gone, which may be what the test is about
                self._send(reply)

        do_POST = do_GET  # noqa: N815 (the name that http.server looks for)

        def _send(self, reply: Reply) -> None:
            content = reply.content()
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if not reply.drip:
                self.wfile.write(content)
                return
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(reply.drip)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


ALERT_AT = datetime(2026, 11, 20, 2, 20, tzinfo=UTC)


def a_look(seconds: float = 5.0, minutes_after: float = 2.0) -> Look:
    now = ALERT_AT + timedelta(minutes=minutes_after)
    return Look(window_of(ALERT_AT, now), seconds, now)


def look_now(seconds: float = 10.0) -> Look:
    now = datetime.now(UTC)
    return Look(window_of(now, now), seconds, now)


def minutes(window: Window, offset: float) -> float:
    """Unix seconds, ``offset`` minutes after the alert."""
    return window.alert_at.timestamp() + 60 * offset
