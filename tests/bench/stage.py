"""What the benchmarks run on: a playground with a scenario of many quiet services, and the memory of its processes."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import yaml

from bot.playground.crew import Crew, python
from bot.playground.outfit import Outfit, root
from tests.bench.rows import Row

SERVICES = tuple(f"stall-{number:02}" for number in range(1, 13))
NAMESPACE = "arcade"
LIMITS_MB = {"serve": 80.0}
BARE_WORKER = """
from rq import Queue, Worker
print(int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0]) / 1024)
"""
T = TypeVar("T")


def many_services(folder: Path) -> Path:
    """A scenario folder: a dozen small healthy services, so that there are as many targets."""
    folder.mkdir(parents=True, exist_ok=True)
    services = [{"name": name, "replicas": 2, "image": f"r.example/{name}:1", "rps": 2} for name in SERVICES]
    told = {
        "name": "bench",
        "title": "A dozen quiet services",
        "namespace": NAMESPACE,
        "history": "10m",
        "scrape_interval": "5s",
        "services": services,
        "metrics": {"requests": "arcade_requests_total", "latency": "arcade_request_seconds"},
        "alerts": [],
        "end_state": [{"writes": 0}],
    }
    (folder / "scenario.yaml").write_text(yaml.safe_dump(told))
    return folder


@contextmanager
def outfitted(socket_mode: bool = True, runbooks: tuple[Path, ...] = ()) -> Iterator[Outfit]:
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as name:
        folder = Path(name)
        scenario = many_services(folder / "scenario")
        yield Outfit.make(folder, scenario, (root() / "runbooks", *runbooks), socket_mode=socket_mode)


def until(found: Callable[[], T | None], seconds: float, what: str) -> T:
    """What ``found`` gives as soon as it gives something; raises when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (it := found()) is not None:
            return it
        time.sleep(0.02)
    raise TimeoutError(f"not within {seconds:.0f} s: {what}")


def memory(crew: Crew, when: str) -> list[Row]:
    """Resident memory of all processes; serve beside its limit, the others beside a worker that can do nothing."""
    bare = float(subprocess.run(python("-c", BARE_WORKER), capture_output=True, text=True, check=True).stdout)
    rows = []
    for process in ("serve", "talk", "diagnose", "act"):
        used, limit = rss_mb(crew.members[process].pid), LIMITS_MB.get(process)
        reference, aim = ("limit", f"under {limit:.0f} MB") if limit else ("an RQ worker without any job", "")
        rows.append(Row(f"memory of {process} {when}", used, "MB", reference, limit or bare, aim))
    used = rss_mb(reconciler_of(crew.members["serve"].pid))
    return [*rows, Row(f"reconciler RSS {when}", used, "MB", "an RQ worker without any job", bare, "")]


def reconciler_of(serve: int) -> int:
    """The pid of the child in which `serve` reconciles."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended while it was looked at
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == serve and b"bot.wiring.reconciler" in (stat.parent / "cmdline").read_bytes():
                return int(stat.parent.name)
    raise LookupError(f"process {serve} has no reconciler")


def rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
