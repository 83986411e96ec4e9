"""A local server that speaks the Messages API over real HTTP: plays scripted turns and keeps what it was sent."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Says:
    """One scripted answer: a message, or another status with headers, or garbage, or silence for ``hang`` seconds."""

    content: tuple[Json, ...] = ()
    stop: str = "end_turn"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    hang: float = 0.0


Script = Sequence["Says | Callable[[Json], Says]"]


def text(words: str | Json, **more: Any) -> Says:
    """A last reply: text, or the structured answer as JSON."""
    return Says(({"type": "text", "text": words if isinstance(words, str) else json.dumps(words)},), **more)


def uses(*calls: tuple[str, Json]) -> Says:
    """A reply that asks for tools, all in one turn."""
    blocks = tuple(
        {"type": "tool_use", "id": f"toolu_{place}_{name}", "name": name, "input": arguments}
        for place, (name, arguments) in enumerate(calls)
    )
    return Says(blocks, "tool_use")


def error(status: int, kind: str, **headers: str) -> Says:
    body = json.dumps({"type": "error", "error": {"type": kind, "message": f"scripted {kind}"}}).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Says(status=status, raw=body, headers=named)


@dataclass
class MessagesApi(ThreadingHTTPServer):
    """``requests`` are the bodies, ``heads`` their headers, in the order they came."""

    script: Script
    requests: list[Json] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.daemon_threads = True
        super().__init__(("127.0.0.1", 0), _Speak)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next(self, body: Json, head: dict[str, str]) -> Says:
        self.requests.append(body)
        self.heads.append(head)
        place = len(self.requests) - 1
        if place >= len(self.script):
            return error(500, "api_error")
        turn = self.script[place]
        return turn if isinstance(turn, Says) else turn(body)


class _Speak(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert isinstance(self.server, MessagesApi)
        says = self.server.next(body, {name.lower(): value for name, value in self.headers.items()})
        if says.hang:
            time.sleep(says.hang)
        raw = says.raw if says.raw is not None else json.dumps(_message(body, says)).encode()
        try:
            self.send_response(says.status)
            for name, value in (("content-type", "application/json"), *says.headers):
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except BrokenPipeError:
            return  # the client gave up waiting, which is what a hang is for

    def log_message(self, *_: Any) -> None: ...


def _message(body: Json, says: Says) -> Json:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": list(says.content),
        "stop_reason": says.stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 900, "output_tokens": 60, "cache_read_input_tokens": 100},
    }


@contextmanager
def speaking(*script: "Says | Callable[[Json], Says]") -> Iterator[MessagesApi]:
    """A server that plays the script, one answer a request, then answers 500."""
    server = MessagesApi(script)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
