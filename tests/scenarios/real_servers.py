"""Debian's Prometheus and Alertmanager around a running world: history backfilled, pods scraped."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bot.playground.outfit import Outfit
from bot.wiring.demo import wait_http

HISTORY = "30m"


@contextmanager
def program(folder: Path, name: str, *arguments: str) -> Iterator[None]:
    found = shutil.which(name)
    assert found is not None
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([found, *arguments], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


@contextmanager
def real_servers(outfit: Outfit, alertmanager_port: int) -> Iterator[None]:
    """Both running, told of each other and of serve's webhook, with the world's past in Prometheus's own blocks."""
    folder, listen = outfit.folder, outfit.prometheus.removeprefix("http://")
    alertmanager = f"127.0.0.1:{alertmanager_port}"
    tell = f"alertmanager.yaml?webhook={outfit.serve}/webhooks/alertmanager&token={outfit.webhook_token}"
    wait_http(f"{outfit.world}/_world/state")
    write(folder / "rules.yaml", outfit, "rules.yaml")
    scrape = write(
        folder / "prometheus.yml", outfit, f"scrape.yaml?rules={folder}/rules.yaml&alertmanager={alertmanager}"
    )
    notify = write(folder / "alertmanager.yml", outfit, tell)
    backfill(outfit, folder)
    with ExitStack() as stack:
        stack.enter_context(
            program(
                folder,
                "prometheus-alertmanager",
                f"--config.file={notify}",
                f"--storage.path={folder}/alertmanager",
                f"--web.listen-address={alertmanager}",
                "--cluster.listen-address=",
            )
        )
        stack.enter_context(
            program(
                folder,
                "prometheus",
                f"--config.file={scrape}",
                f"--storage.tsdb.path={folder}/blocks",
                f"--web.listen-address={listen}",
                "--rules.alert.resend-delay=2s",  # what fires before Alertmanager is discovered is told again soon
            )
        )
        wait_http(f"http://{alertmanager}/-/ready", 30)
        wait_http(f"{outfit.prometheus}/-/ready", 30)
        yield


def write(path: Path, outfit: Outfit, asked: str) -> Path:
    path.write_text(httpx2.get(f"{outfit.world}/_world/{asked}", timeout=20).raise_for_status().text)
    return path


def backfill(outfit: Outfit, folder: Path) -> None:
    """The samples the world says it had before Prometheus came, of the metrics its rules name."""
    names = sorted(set(re.findall(r"\b[a-z_]+_(?:total|bucket)\b", (folder / "rules.yaml").read_text())))
    families = [line for name in names for line in family(name, samples(outfit, name))]
    text = folder / "history.txt"
    text.write_text("\n".join([*families, "# EOF", ""]))
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "blocks")],
        check=True,
        capture_output=True,
    )


def samples(outfit: Outfit, name: str) -> list[dict[str, Any]]:
    asked = {"query": f"{name}[{HISTORY}]"}
    answer = httpx2.get(f"{outfit.world}/prometheus/api/v1/query", params=asked, timeout=60).raise_for_status().json()
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def family(name: str, series: list[dict[str, Any]]) -> Iterator[str]:
    """OpenMetrics lines; typeless, so that any name and suffix may stand."""
    yield f"# TYPE {name} unknown"
    for one in series:
        labels = ",".join(f'{key}="{value}"' for key, value in one["metric"].items() if key != "__name__")
        for at, value in one["values"]:
            yield f"{name}{{{labels}}} {value} {at:.3f}"
