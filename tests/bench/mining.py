"""Log lines distilled: how many a second, what the digest weighs against `tail -100` and whether the one line that
matters survives in each, and the memory of a million lines, in a process of its own."""

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.records import LogLine
from bot.core.window import window_of
from bot.playground.outfit import root
from tests.bench.rows import Row
from tools.read.mining.distilling import distil, signs_of
from tools.read.mining.miner import mine

LINES, MILLION = 100_000, 1_000_000
AIM = 50_000  # lines a second
TAIL = 100
MOST_MB = 200
ALERT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
WINDOW = window_of(ALERT, ALERT + timedelta(minutes=10))
NEEDLE = "FATAL ledger lost its quorum: refusing writes of shard"
KINDS = (
    "081109 203615 148 INFO dfs.DataNode: Receiving block blk_{n} src: /10.0.{a}.7:50010 dest: /10.0.{a}.9:50010",
    "081109 203615 148 INFO dfs.DataNode: PacketResponder {a} for block blk_{n} terminating",
    "081109 203616 148 WARN dfs.Pool: pool at {a} percent, waited {n} ms",
    "081109 203616 148 INFO dfs.Server: GET /orders/{n} 200 in {a} ms for user u{n}",
    "081109 203617 148 ERROR dfs.Server: request {n} to mail-{a} timed out after {a} ms",
)


def lines_of(count: int) -> Iterator[str]:
    chance = random.Random(5)
    for _ in range(count):
        yield chance.choice(KINDS).format(n=chance.randrange(10**9), a=chance.randrange(250))


def rows() -> list[Row]:
    lines = list(lines_of(LINES))
    began = time.perf_counter()
    mine(lines)
    speed = LINES / (time.perf_counter() - began)
    step = (WINDOW.end - WINDOW.baseline_start) / LINES
    records = [LogLine(text, WINDOW.baseline_start + step * n, "", "ledger") for n, text in enumerate(lines)]
    records.insert(LINES * 9 // 10, LogLine(f"{NEEDLE} 7", ALERT, "fatal", "ledger"))
    told = "\n".join(sign.says for sign in signs_of(distil(records, WINDOW)))
    tail = "\n".join(one.text for one in records[-TAIL:])
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.mining"], check=True, capture_output=True, text=True, cwd=root()
    )
    return [
        Row("log lines distilled a second", speed, "lines/s", "aim", AIM, ">= 1x"),
        Row("digest of 100,000 lines", len(told.encode()), "bytes", f"tail -{TAIL}", len(tail.encode()), "<= 1x"),
        Row("the line that matters survives", float(NEEDLE in told), "of 1", "in the digest at all", 1.0, "1x"),
        Row(f"the same in tail -{TAIL}", float(NEEDLE in tail), "of 1", "in the tail at all", 1.0, ""),
        Row("memory of a million lines", json.loads(done.stdout)["mb"], "MB", "limit", MOST_MB, "<= 1x"),
    ]


def _million() -> None:
    """Print how much memory a million lines took beyond what was imported."""
    before = _resident()
    found = distil((LogLine(text, ALERT, "", "ledger") for text in lines_of(MILLION)), WINDOW)
    sys.stdout.write(json.dumps({"mb": max(0.1, _resident() - before), "lines": found.lines}))


def _resident() -> float:
    """MB held now; where the system does not tell it, the most that was ever held."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    _million()
