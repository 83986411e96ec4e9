"""What the benchmarks run on: a playground with a scenario of many quiet services, and the memory of its processes."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import yaml

from bot.playground.crew import Crew
from bot.playground.outfit import Outfit, root
from tests.bench.rows import Row

SERVICES = tuple(f"stall-{number:02}" for number in range(1, 13))
NAMESPACE = "arcade"
LIMITS_MB = {"serve": 80.0}
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
    """Resident memory of each of the four processes; only serve has a limit."""
    rows = []
    for process in ("serve", "talk", "diagnose", "act"):
        limit = LIMITS_MB.get(process)
        name, aim = f"memory of {process} {when}", f"under {limit:.0f} MB" if limit else ""
        used = rss_mb(crew.members[process].pid)
        own = private_mb(crew.members[process].pid)
        reference = ("limit", limit) if limit else ("of that its own, not shared", own)
        rows.append(Row(name, used, "MB", reference[0], reference[1], aim))
    return rows


def rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def private_mb(pid: int) -> float:
    """What would be free again if this process ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
