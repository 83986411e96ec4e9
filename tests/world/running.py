"""Starts a world as the process it is, and a webhook that keeps what it is told."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml
from kubernetes import client as kube
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

SCENARIOS = Path(__file__).resolve().parents[2] / "bot/playground/scenarios"
PATIENCE = 3
TOKEN = "reader-and-writer"
EVERYTHING = {"namespaces": ["*"], "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
ACCESS = {"tokens": {TOKEN: {"user": "system:serviceaccount:tests:writer", "rules": [EVERYTHING]}}}


@dataclass(frozen=True)
class Running:
    """A world that answers."""

    url: str
    process: "subprocess.Popen[str]"

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/_world/{path}", timeout=10).json()

    def post(self, order: str, /, **body: Any) -> Any:
        return requests.post(f"{self.url}/_world/{order}", json=body, timeout=10).json()

    def service(self, name: str) -> Any:
        return self.get("state")["services"][name]

    def apps(self) -> kube.AppsV1Api:
        return kube.AppsV1Api(self._client())

    def core(self) -> kube.CoreV1Api:
        return kube.CoreV1Api(self._client())

    def _client(self) -> kube.ApiClient:
        settings = kube.Configuration(host=f"{self.url}/kubernetes")
        return kube.ApiClient(settings, header_name="Authorization", header_value=f"Bearer {TOKEN}")


@contextmanager
def running(scenario: Path | dict[str, Any], folder: Path, *more: str) -> Iterator[Running]:
    process = launch(scenario, folder, *more)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        yield Running(json.loads(line)["url"], process)
    finally:
        process.terminate()
        process.wait(10)


def launch(scenario: Path | dict[str, Any], folder: Path, *more: str) -> "subprocess.Popen[str]":
    access = folder / "access.json"
    access.write_text(json.dumps(ACCESS))
    if isinstance(scenario, dict):
        (folder / "scenario.yaml").write_text(yaml.safe_dump(scenario))
        scenario = folder
    command = [
        sys.executable,
        "-m",
        "bot.playground.world",
        "--scenario",
        str(scenario),
        "--access",
        str(access),
        *more,
    ]
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@dataclass
class Inbox:
    """A webhook: keeps bodies and tokens, and answers with the statuses given, then 200; lets the Watchdog pass."""

    statuses: list[int] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    watchdogs: int = 0
    came: threading.Event = field(default_factory=threading.Event)

    def names(self) -> set[str]:
        return {body["groupLabels"]["alertname"] for body in self.bodies}

    def app(self) -> Starlette:
        async def take(request: Request) -> PlainTextResponse:
            body = json.loads(await request.body())
            if body["groupLabels"]["alertname"] == "Watchdog":
                self.watchdogs += 1
                return PlainTextResponse("", 200)
            self.tokens.append(request.headers.get("authorization"))
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                self.bodies.append(body)
            self.came.set()
            return PlainTextResponse("", status)

        return Starlette(routes=[Route("/hook", take, methods=["POST"])])


def until(holds: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for something; return how long it took, fail naming it. A busy machine has `PATIENCE` times ``seconds``."""
    began = time.monotonic()
    while time.monotonic() - began < seconds * PATIENCE:
        if holds():
            return time.monotonic() - began
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds * PATIENCE} s: {what}")


def other_names() -> dict[str, Any]:
    """A scenario in words of its own: other services, metrics, labels, namespace; quick windows."""
    bad = "r.example/kiln:9"
    query = 'sum by (app) (rate(pottery_calls_total{app="kiln",status=~"5.."}[8s])) / sum by (app) '
    query += '(rate(pottery_calls_total{app="kiln"}[8s])) > 0.1'
    return {
        "name": "pottery",
        "title": "The kiln cracks",
        "namespace": "workshop",
        "history": "10m",
        "scrape_interval": "1s",
        "services": [
            {"name": "shelf", "image": "r.example/shelf:1", "rps": 30, "calls": ["kiln"], "replicas": 2},
            {"name": "kiln", "image": "r.example/kiln:8", "rps": 50, "replicas": 3, "log_format": "plain"},
        ],
        "metrics": {
            "requests": "pottery_calls_total",
            "latency": "pottery_call_seconds",
            "labels": {"service": "app", "code": "status"},
        },
        "rollouts": [{"service": "kiln", "at": "-3m", "image": bad, "env": {"GLAZE": "blue"}}],
        "faults": [
            {
                "name": "cracks",
                "service": "kiln",
                "when": {"image": bad},
                "from": "-3m",
                "error_ratio": 0.5,
                "logs": [{"level": "ERROR", "rate": 4, "message": "pot {id} cracked at {n} degrees"}],
            }
        ],
        "alerts": [
            {
                "alert": "KilnCracks",
                "expr": query,
                "for": "1s",
                "labels": {"severity": "critical", "service": "{{ $labels.app }}", "namespace": "workshop"},
                "annotations": {"summary": "{{ $value | humanizePercentage }} crack"},
            }
        ],
        "notify": {"group_wait": "0s", "group_interval": "1s"},
        "end_state": [
            {"alert_quiet": "KilnCracks"},
            {"deployment": "kiln", "image": "r.example/kiln:8"},
            {"writes": 1},
        ],
    }
