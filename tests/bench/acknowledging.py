"""How fast a command and a click are acknowledged with fifty people, beside a bare Bolt listener; then memory.

All workers run, as in real life: what serve does for them is part of what an acknowledgement waits for. The bare
listener has the same machine, under the same load of the workers catching up.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.events import DiagnosisStarted, Fact, FindingMade, IncidentOpened, Ref, Severity, Verdict
from bot.playground.crew import Crew, python
from bot.playground.outfit import Outfit, free_port, root
from bot.wiring.demo import playground
from tests.bench.load import APPROVALS
from tests.bench.rows import Row, percentile
from tests.bench.stage import memory, outfitted

PEOPLE, EACH, PAUSE_MS = 50, 12, 1000
REF = Ref(ref="0" * 64, bytes=1)


def rows() -> list[Row]:
    """Medians and 99th percentiles, and resident memory after the load."""
    found: list[Row] = []
    with serving() as (crew, outfit), bare(crew, outfit) as bare_url:
        for kind, name in (("command", "/ops status"), ("click", "a click")):
            ours, peer = [], []
            for _ in range(2):  # by turns, so that a busy moment of the machine meets both
                peer += load(bare_url, outfit.signing_secret, kind)
                ours += load(outfit.serve, outfit.signing_secret, kind)
            for share, label in ((0.5, "p50"), (0.99, "p99")):
                aim = "1.5x" if label == "p50" else "1.5x, under 50 ms"
                mine, theirs = percentile(ours, share), percentile(peer, share)
                title = f"acknowledging {name}, 50 people, {label}"
                found.append(Row(title, mine, "ms", "a bare Bolt listener", theirs, aim))
        return found + memory(crew, f"after {4 * PEOPLE * EACH // 2} commands and clicks")


@contextmanager
def serving() -> Iterator[tuple[Crew, Outfit]]:
    """All four processes and the world, `serve` over HTTP, and incidents that approvals belong to, two people each."""
    with outfitted(socket_mode=False) as outfit, playground(outfit) as crew:
        with patient(outfit.redis_url("serve")) as client:
            for number in range(APPROVALS):
                incident = f"inc-bench-{number}"
                RedisLedgers(client).record(incident, facts(number), "process:serve")
                client.set(f"mw:approval:a-bench-{number}", incident)
        yield crew, outfit


def facts(number: int) -> list[Fact]:
    """An incident that has been diagnosed: nothing of it is due but what people click."""
    key, ref = f"{number:032x}", REF
    return [
        IncidentOpened(severity=Severity.SEV2, key=key, title=ref, why="first_alert", place="home"),
        DiagnosisStarted(round=1, reasoner="guided"),
        FindingMade(round=1, verdict=Verdict.UNSURE, reasoner="guided", finding=ref, looks=0, milliseconds=1),
    ]


@contextmanager
def bare(crew: Crew, outfit: Outfit) -> Iterator[str]:
    port = free_port()
    crew.hire("bare", python("-m", "tests.bench.bare", str(port), outfit.signing_secret), {"PYTHONPATH": str(root())})
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            load(url, outfit.signing_secret, "command", people=1, each=1)
            break
        except subprocess.CalledProcessError:
            time.sleep(0.3)
    yield url


def load(url: str, secret: str, kind: str, people: int = PEOPLE, each: int = EACH) -> list[float]:
    """Latencies in ms, measured by a process of its own."""
    argv = python(
        "-m", "tests.bench.load", url, secret, kind, str(people), str(each), str(PAUSE_MS if people > 1 else 1)
    )
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=root(), timeout=180)
    latencies: list[float] = json.loads(done.stdout)
    return latencies
