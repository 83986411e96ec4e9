"""A strict feature-flag endpoint, as the README documents it: versions, conditions, idempotency keys, a token."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

TOKEN, READING = "may-write", "may-read"


@dataclass
class Endpoint:
    """``fault`` is of the next write; ``tells`` whether it says who changed a flag last."""

    flags: dict[str, dict[str, Any]]
    url: str = ""
    tells: bool = True
    fault: Literal["", "lose_answer", "500_before", "400", "meddle"] = ""
    writes: list[tuple[str, str]] = field(default_factory=list)  # key, execution
    keys: set[str] = field(default_factory=set)

    def shown(self, key: str) -> dict[str, Any]:
        return {name: value for name, value in self.flags[key].items() if self.tells or name != "changed_by"}

    def write(self, key: str, body: Any, headers: Any) -> int:
        if self.fault in {"500_before", "400"}:
            return 500 if self.fault == "500_before" else 400
        if not isinstance(body, dict) or set(body) != {"enabled"} or not isinstance(body["enabled"], bool):
            return 422
        if not headers.get("If-Match") or not headers.get("Idempotency-Key"):
            return 428
        if headers["Idempotency-Key"] in self.keys:
            return 200
        flag = self.flags[key]
        flag["version"] += self.fault == "meddle"  # somebody was faster
        if headers["If-Match"] != f'"{flag["version"]}"':
            return 412
        self.keys.add(headers["Idempotency-Key"])
        self.writes.append((key, headers["Idempotency-Key"]))
        flag.update(enabled=body["enabled"], version=flag["version"] + 1, changed_by=headers["Idempotency-Key"])
        return 502 if self.fault == "lose_answer" else 200


@contextmanager
def endpoint(**flags: dict[str, Any]) -> Iterator[Endpoint]:
    made = {key: {"key": key, "enabled": False, "version": 7, "changed_by": "", **flag} for key, flag in flags.items()}
    state = Endpoint(made)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _handler(state: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({TOKEN, READING}, lambda key: 200)

        def do_PUT(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer({TOKEN}, lambda key: state.write(key, sent, self.headers))

        def _answer(self, tokens: set[str], status_of: Any) -> None:
            key = self.path.removeprefix("/flags/")
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status = 403 if token not in tokens else 404 if key not in state.flags else status_of(key)
            body = json.dumps(state.shown(key) if status == 200 else {"error": status}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler
