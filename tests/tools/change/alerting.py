"""A real Alertmanager, and the two tools about its silences."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from bot.adapters.changes import ChangeTools
from bot.core.tool import Plan, Preparing
from bot.wiring.demo import wait_http
from tests.conftest import free_port
from tools.change import expire_silence, silence_alert
from tools.change.outside.alertmanager import AlertmanagerSettings

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
X, Y = "x-a-1", "x-a-2"
ASKED = {"namespace": "shop", "alertname": "TillFailing", "minutes": 30}
CONFIG = "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n"


@contextmanager
def alertmanager(folder: Path) -> Iterator[str]:
    found, listen = shutil.which("prometheus-alertmanager"), f"127.0.0.1:{free_port()}"
    assert found is not None
    (folder / "alertmanager.yml").write_text(CONFIG)
    places = [f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/data"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [found, *places, f"--web.listen-address={listen}", "--cluster.listen-address="], stdout=log, stderr=log
        )
    try:
        wait_http(f"http://{listen}/-/ready", 30)
        yield f"http://{listen}"
    finally:
        process.terminate()
        process.wait(15)


def fire(url: str, *labels: dict[str, str]) -> None:
    body = [{"labels": one} for one in labels]
    httpx2.post(f"{url}/api/v2/alerts", json=body).raise_for_status()


def silences(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx2.get(f"{url}/api/v2/silences").raise_for_status().json()
    return found


def by_a_person(url: str, **matchers: str) -> None:
    now = datetime.now(UTC)
    rows = [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in matchers.items()]
    times = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
    body = {"matchers": rows, **times, "createdBy": "alice", "comment": "known"}
    httpx2.post(f"{url}/api/v2/silences", json=body).raise_for_status()


def tools(url: str) -> ChangeTools:
    settings = AlertmanagerSettings(url=url)  # type: ignore[arg-type]
    return ChangeTools([(silence_alert.TOOL, settings), (expire_silence.TOOL, settings)])


def prepared(url: str, tool: str = "silence_alert", **arguments: Any) -> Plan:
    given = {**ASKED, **arguments} if tool == "silence_alert" else arguments
    return tools(url).prepare(tool, given, Preparing(now=NOW, runs_as="", expression="errors > 1"))
