"""Appends a second at 32 writers: facts as Midwatch records them, beside naive compare-and-set with a fold."""

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.events import PersonSaid, Ref
from bot.core.folding import fold
from bot.core.ports import Entry
from bot.playground.crew import python
from bot.playground.outfit import free_port, root
from tests.bench.rows import Row, percentile

WRITERS = 32
FACT = PersonSaid(user="U1", team="T1", ts="1.5", text=Ref(ref="0" * 64, bytes=1))


def rows() -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="midwatch-bench-") as folder,
        EmbeddedValkey.start(Path(folder), free_port()) as valkey,
    ):
        naive, naive_times = measure(valkey.url, naive_append, each=6)
        ours, our_times = measure(valkey.url, record, each=60)
        apart = by_processes(valkey.url, 8, 100)
    return [
        Row(
            "facts recorded, 32 threads of one process",
            ours,
            "per s",
            "naive compare-and-set with a fold",
            naive,
            "over 1,000/s",
        ),
        Row(
            "the same, p99 of one append",
            percentile(our_times, 0.99),
            "ms",
            "naive, p99",
            percentile(naive_times, 0.99),
            "",
        ),
        Row("facts recorded, 8 processes", apart, "per s", "naive compare-and-set with a fold", naive, ""),
    ]


def measure(url: str, append: Callable[[RedisLedgers, str], None], each: int) -> tuple[float, list[float]]:
    """Appends a second, and the milliseconds each took."""
    times: list[float] = []
    ledger = f"inc-{append.__name__.replace('_', '-')}"
    with patient(url) as client:
        ledgers = RedisLedgers(client)

        def write() -> None:
            for _ in range(each):
                started = time.perf_counter()
                append(ledgers, ledger)
                times.append((time.perf_counter() - started) * 1000)

        threads = [threading.Thread(target=write) for _ in range(WRITERS)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(times) / (time.perf_counter() - started), times


def record(ledgers: RedisLedgers, ledger: str) -> None:
    ledgers.record(ledger, [FACT], "process:bench")


def naive_append(ledgers: RedisLedgers, ledger: str) -> None:
    while True:
        incident = fold(ledger, ledgers.read(ledger))
        if ledgers.append([Entry(ledger, incident.length, (FACT,))], "process:bench"):
            return


WRITER = """
import sys
from tests.bench.appending import FACT
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
with patient(sys.argv[1]) as client:
    ledgers = RedisLedgers(client)
    client.ping()
    sys.stdin.readline()
    for _ in range(int(sys.argv[2])):
        ledgers.record("inc-processes", [FACT], "process:bench")
"""


def by_processes(url: str, processes: int, each: int) -> float:
    """Appends a second when every writer is a process of its own."""
    running = [
        subprocess.Popen(python("-c", WRITER, url, str(each)), stdin=subprocess.PIPE, text=True, cwd=root())
        for _ in range(processes)
    ]
    time.sleep(4)  # until all have imported what they need
    started = time.perf_counter()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        process.wait()
    return processes * each / (time.perf_counter() - started)
