"""A real Prometheus over the same samples: blocks made by promtool, served on a free local port."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests


@contextmanager
def prometheus(folder: Path, openmetrics: str, *options: str) -> Iterator[str]:
    """Serve the samples of an OpenMetrics text; the context yields the base URL."""
    blocks = folder / "blocks"
    blocks.mkdir()
    if openmetrics:
        text = folder / "samples.om"
        text.write_text(openmetrics, "utf-8")
        making = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(text), str(blocks)]
        subprocess.run(making, check=True, capture_output=True)
    with _running(folder, blocks, options) as url:
        yield url


@contextmanager
def _running(folder: Path, blocks: Path, options: tuple[str, ...]) -> Iterator[str]:
    (folder / "prometheus.yml").write_text("global: {}\n")
    port = _free_port()
    command = [
        "prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={blocks}",
        f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y", *options,
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _await(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("Prometheus ended at once: its port was taken, or its store is broken")
        try:
            if requests.get(f"{url}/-/ready", timeout=2).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise RuntimeError("Prometheus did not become ready in ten seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
