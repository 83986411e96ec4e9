"""Traces through Jaeger's HTTP API: over a running world whose cause is two calls away, and servers that refuse."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.signs import Role, signs_in
from bot.core.tool import Look, Observation
from bot.core.window import Window
from tests.world.running import SCENARIOS, Running, running
from tools.read.sources.jaeger import JaegerSettings


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(SCENARIOS / "upstream-cause", tmp_path_factory.mktemp("world")) as world:
        yield world


def a_look() -> Look:
    """The fault began four minutes before the world did."""
    now = datetime.now(UTC)
    start = now - timedelta(minutes=4)
    return Look(Window(now - timedelta(minutes=40), start, now, now), 20.0, now)


def seen(url: str, service: str, look: Look | None = None) -> Observation:
    looks = ToolLooks(given=[JaegerSettings(url=url)])  # type: ignore[arg-type]
    return looks.look("find_traces", {"service": service}, look or a_look())


def test_the_place_two_calls_away_is_told_with_the_way_the_error_took(world: Running) -> None:
    found = seen(f"{world.url}/jaeger", "frontwindow")
    assert found.outcome is Outcome.OK, found.digest
    first = signs_in(found.facts)[0]
    assert (first.service, first.role) == ("leafcache", Role.SYMPTOM)
    assert "connections in use" in first.says
    assert first.facts["path"] == ["frontwindow", "herbarium", "leafcache"]
    assert {"caller": "herbarium", "callee": "leafcache", "told_by": "traces"} in found.facts["edges"]
    slow = [one for one in signs_in(found.facts) if one.kind == "span_slow"]
    assert [one.service for one in slow] == ["leafcache"]
    assert found.facts["exemplars"][0]["failed"]
    assert found.link.startswith("jaeger:/trace/")


def test_a_service_beside_the_trouble_is_told_as_well(world: Running) -> None:
    found = seen(f"{world.url}/jaeger", "watering")
    assert [one.role for one in signs_in(found.facts)] == [Role.WELL]


def test_before_the_trouble_there_was_none(world: Running) -> None:
    now = datetime.now(UTC) - timedelta(minutes=10)
    window = Window(now - timedelta(minutes=30), now - timedelta(minutes=10), now, now)
    found = seen(f"{world.url}/jaeger", "frontwindow", Look(window, 20.0, now))
    assert all(one.weight < 0.75 for one in signs_in(found.facts)), found.digest


def test_a_service_it_does_not_know_is_told_with_those_it_knows(world: Running) -> None:
    found = seen(f"{world.url}/jaeger", "nobody")
    assert found.outcome is Outcome.NO_DATA
    assert "knows no service nobody" in found.digest
    assert "frontwindow" in found.digest


def test_the_worlds_jaeger_filters_and_refuses_as_jaegers_do(world: Running) -> None:
    def ask(path: str, **params: Any) -> requests.Response:
        return requests.get(f"{world.url}/jaeger/api/{path}", params=params, timeout=10)

    assert ask("services").json()["data"] == sorted(
        ["frontwindow", "herbarium", "leafcache", "nametags", "ticketing", "watering"]
    )
    assert ask("traces").status_code == 400
    assert ask("traces", service="leafcache", tags="{").status_code == 400
    failed = ask("traces", service="leafcache", tags=json.dumps({"error": "true"}), limit=5).json()["data"]
    assert len(failed) == 5
    long = ask("traces", service="leafcache", minDuration="500ms", limit=5).json()["data"]
    assert all(max(span["duration"] for span in trace["spans"]) >= 500_000 for trace in long)
    edges = {
        (one["parent"], one["child"])
        for one in ask("dependencies", endTs=int(datetime.now(UTC).timestamp() * 1e3)).json()["data"]
    }
    assert ("frontwindow", "herbarium") in edges
    assert ("herbarium", "leafcache") in edges


@contextmanager
def answering(status: int, body: Any) -> Iterator[str]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "outcome", "told"),
    [
        (403, {"error": "no"}, Outcome.DENIED, "refused: 403"),
        (500, {"errors": [{"msg": "cassandra is away"}]}, Outcome.FAILED, "500"),
        (200, {"data": [], "errors": [{"code": 500, "msg": "cassandra is away"}]}, Outcome.FAILED, "cassandra is away"),
        (200, {"data": {"not": "a list"}}, Outcome.FAILED, "no list"),
        (404, {}, Outcome.FAILED, "no such path"),
        (200, {"data": [], "errors": None}, Outcome.NO_DATA, "knows no service at all"),
    ],
)
def test_what_cannot_be_read_never_reads_as_no_traces(status: int, body: Any, outcome: Outcome, told: str) -> None:
    with answering(status, body) as url:
        found = seen(url, "checkout")
    assert found.outcome is outcome
    assert told in found.digest
