"""The real Bolt, connected both ways to a stand-in: by its own Socket Mode handler, or behind a small HTTP server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from tests.standin.stage import Slack, eventually


def bolt_app(slack: Slack, **kwargs: Any) -> App:
    return App(client=slack.client(), **kwargs)


@contextmanager
def over_socket(slack: Slack, app: App, connections: int = 1) -> Iterator[list[SocketModeHandler]]:
    """``app`` listening on its own sockets; yields once the stand-in has them all."""
    handlers = [_connect(slack, app) for _ in range(connections)]
    try:
        eventually(lambda: connected(slack) == connections)
        yield handlers
    finally:
        for handler in handlers:
            handler.client.auto_reconnect_enabled = False
        # Otherwise the client reads on for its whole receive timeout before it closes.
        slack.people.do("socket", order="drop")
        for handler in handlers:
            handler.close()


def _connect(slack: Slack, app: App) -> SocketModeHandler:
    web_client = WebClient(base_url=f"{slack.base_url}/api/")
    # A cut is noticed after five missed pings: with the SDK's own ten seconds, after most of a minute.
    handler = SocketModeHandler(app, "xapp-midwatch", web_client=web_client, ping_interval=0.3)
    handler.connect()
    return handler


def connected(slack: Slack) -> int:
    return len(slack.people.see("connections").get("A0MIDWATCH", []))


@contextmanager
def over_http(app: App) -> Iterator[str]:
    """``app`` behind a real HTTP server; yields its request URL."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            answer = app.dispatch(BoltRequest(body=body, headers={k.lower(): v for k, v in self.headers.items()}))
            content = answer.body.encode()
            self.send_response(answer.status)
            for name, values in answer.headers.items():
                for value in values:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Silence: pytest shows what matters."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # with the library's 5, a crowd's connections wait a second and more to be tried again

    server = Server(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/slack/events"
    finally:
        server.shutdown()
        server.server_close()
