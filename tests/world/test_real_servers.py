"""The same scenario played by Debian's Prometheus and Alertmanager: they scrape the world and tell the webhook."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from .running import Inbox, Running, other_names, running, until


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _program(name: str, *arguments: str) -> Iterator[None]:
    found = shutil.which(name)
    assert found is not None
    process = subprocess.Popen([found, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def _text(world: Running, path: str) -> str:
    return requests.get(f"{world.url}/_world/{path}", timeout=30).text


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.ConnectionError:
        return False


def _query(url: str, query: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=30).json()
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def _series(url: str) -> set[tuple[tuple[str, str], ...]]:
    return {tuple(sorted(row["metric"].items())) for row in _query(url, "pottery_calls_total")}


@pytest.mark.needs("prometheus", "alertmanager", "promtool")
def test_real_servers_scrape_fire_and_tell_as_the_world_does(tmp_path: Path, serve: Any) -> None:
    inbox, prometheus, alertmanager = Inbox(), _port(), _port()
    with serve(inbox.app()) as base, running(other_names(), tmp_path) as world:
        (tmp_path / "rules.yaml").write_text(_text(world, "rules.yaml"))
        wanted = f"scrape.yaml?rules={tmp_path}/rules.yaml&alertmanager=127.0.0.1:{alertmanager}"
        (tmp_path / "prometheus.yml").write_text(_text(world, wanted))
        (tmp_path / "am.yml").write_text(_text(world, f"alertmanager.yaml?webhook={base}/hook&token=sesame"))
        subprocess.run(
            ["promtool", "check", "config", str(tmp_path / "prometheus.yml")], check=True, capture_output=True
        )
        listen = f"--web.listen-address=127.0.0.1:{prometheus}"
        told = (f"--web.listen-address=127.0.0.1:{alertmanager}", "--cluster.listen-address=")
        with (
            _program(
                "prometheus", f"--config.file={tmp_path}/prometheus.yml", listen, f"--storage.tsdb.path={tmp_path}/p"
            ),
            _program(
                "prometheus-alertmanager", f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/a", *told
            ),
        ):
            url = f"http://127.0.0.1:{prometheus}"
            until(lambda: _ready(url), 10, "Prometheus is ready")
            until(lambda: bool(inbox.bodies), 30, "the real Alertmanager told the webhook")
            body = inbox.bodies[0]
            mine = world.get("state")["alerts"][0]
            assert body["alerts"][0]["labels"] == mine["labels"]
            assert inbox.tokens[0] == "Bearer sesame"
            real = {tuple(sorted(row["metric"].items())) for row in _query(url, "pottery_calls_total")}
            own = {
                tuple(sorted(row["metric"].items())) for row in _query(f"{world.url}/prometheus", "pottery_calls_total")
            }
            assert real == own
            assert {row["value"][1] for row in _query(url, "up")} == {"1"}
