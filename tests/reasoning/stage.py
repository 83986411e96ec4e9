"""A world with its alert already at the door: real tools, real ledger, and the diagnosis as the worker wires it."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import redis
import yaml

from bot.adapters.looks import ToolLooks
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_ledger import RedisLedgers
from bot.adapters.runbook_files import change_specs
from bot.core.findings import FindingContent
from bot.core.folding import fold
from bot.core.incident import Finding, Incident
from bot.core.planning import Offer
from bot.core.redact import redact_json
from bot.services.diagnosis import Diagnosing, Diagnosis
from bot.services.gathering import Gathering
from bot.services.guided import Guided
from bot.services.intake import Intake
from bot.services.placing import Placing
from tests.reasoning.builders import corpus
from tests.world.running import TOKEN, Running, running, until


class Bell:
    def ring(self, ledger: str) -> None:
        """Nobody waits in these tests."""


@dataclass(frozen=True)
class Delivery:
    id: str
    kind: str
    body: Any
    at: datetime


class NoInbox:
    def waiting(self, most: int = 50) -> Sequence[Delivery]:
        return []

    def finish(self, delivery: Any) -> None: ...


@dataclass
class Store:
    """Ledgers and payloads of one test."""

    ledgers: RedisLedgers
    payloads: RedisPayloads

    def incident(self, name: str) -> Incident:
        return fold(name, self.ledgers.read(name))

    def finding(self, name: str) -> tuple[Finding, FindingContent]:
        found = self.incident(name).finding
        assert found is not None
        return found, FindingContent.model_validate(self.payloads.get(name, found.content))

    def kinds(self, name: str) -> list[str]:
        return [event.kind for event in self.ledgers.read(name)]

    def receive(self, body: Any) -> str:
        """The incident one webhook delivery ends up in."""
        intake = Intake(self.ledgers, self.payloads, NoInbox(), Bell())
        return intake.sort(Delivery(f"d-{time.monotonic_ns()}", "alertmanager", body, self.ledgers.now()))[0]


def store(url: str) -> Store:
    client = redis.Redis.from_url(url)
    return Store(RedisLedgers(client), RedisPayloads(client, redact_json))


def environment(world: Running, folder: Path) -> Path:
    """The diagnose process's own environment file, as a person would write it."""
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "world",
        "contexts": [{"name": "world", "context": {"cluster": "world", "user": "reader"}}],
        "clusters": [{"name": "world", "cluster": {"server": f"{world.url}/kubernetes"}}],
        "users": [{"name": "reader", "user": {"token": TOKEN}}],
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    lines = [
        f"PROMETHEUS_URL={world.url}/prometheus",
        f"ELASTICSEARCH_URL={world.url}/elasticsearch",
        f"KUBECONFIG={folder / 'kubeconfig'}",
    ]
    env = folder / "diagnose.env"
    env.write_text("\n".join(lines))
    return env


def diagnosis(
    at: Store,
    env: Path,
    seconds: float = 30.0,
    pages: Sequence[Path] = (),
    namespaces: Sequence[str] = (),
    **how: Any,
) -> Diagnosis:
    looks = ToolLooks(env_file=env)
    offer = Offer({spec.name: spec for spec in looks.specs()}, looks.not_offered())
    gathering = Gathering(at.ledgers, at.payloads, looks, seconds)
    placing = Placing(at.ledgers, gathering, offer, namespaces)
    guided = Guided(gathering, corpus(*pages), offer, {spec.name: spec for spec in change_specs()}, placing)
    return Diagnosis(at.ledgers, at.payloads, Bell(), guided, Diagnosing(**how))


class Door(ThreadingHTTPServer):
    """A webhook that keeps what Alertmanager sends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.bodies: list[Any] = []

    def by_alert(self) -> dict[str, Any]:
        """The first body of each alert."""
        return {body["groupLabels"]["alertname"]: body for body in reversed(list(self.bodies))}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(self.server, Door)
        told = json.loads(body)
        if told["groupLabels"].get("alertname") != "Watchdog":  # that one only says that the world lives
            self.server.bodies.append(told)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def alerted(scenario: Path | dict[str, Any], folder: Path) -> Iterator[tuple[Running, Any]]:
    """A running world, and the first webhook body it sent."""
    with all_alerted(scenario, folder, 1) as (world, bodies):
        yield world, bodies[0]


@contextmanager
def all_alerted(scenario: Path | dict[str, Any], folder: Path, count: int) -> Iterator[tuple[Running, list[Any]]]:
    """A running world, and the first webhook bodies it sent, of as many different alerts."""
    door = Door()
    listening = threading.Thread(target=door.serve_forever, daemon=True)
    listening.start()
    try:
        with running(scenario, folder, "--webhook", door.url, "--webhook-token", "t") as world:
            until(lambda: len(door.by_alert()) >= count, 40, f"{count} alerts")
            yield world, list(door.by_alert().values())
    finally:
        door.shutdown()
        door.server_close()
