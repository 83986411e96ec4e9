"""A healthy database of twenty minutes, and how to bend one of its curves: what these tests make their incidents of."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tools.read.databases.meter import Meter
from tools.read.databases.naming import METERS
from tools.read.databases.values import Database, Insights, Instance, Notice, Statement, Wait

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTH = 20
GIB = 2**30
USUAL: Mapping[str, float] = {
    "cpu": 24.0,
    "connections": 140,
    "free_storage": 310 * GIB,
    "free_memory": 21 * GIB,
    "swap": 60 * 2**20,
    "read_iops": 900,
    "write_iops": 600,
    "read_latency": 0.0011,
    "write_latency": 0.0014,
    "queue_depth": 0.2,
    "lag": 0.9,
    "wal": 3e6,
}
NAME, REPLICA = "ledger-main", "ledger-main-replica-1"


def curve(name: str, values: Sequence[float]) -> Meter:
    points = tuple((START + at * MINUTE, float(value)) for at, value in enumerate(values))
    return Meter(METERS[name][0], points)


def noise(level: float, share: float = 0.05, seed: int = 1) -> list[float]:
    dice = random.Random(seed)
    return [level * (1 + share * dice.uniform(-1, 1)) for _ in range(LENGTH)]


def ramp(start: float, end: float, at: int = 2, length: int = LENGTH) -> list[float]:
    """Flat until a minute, then straight to the end."""
    steps = max(length - at - 1, 1)
    return [start if one < at else start + (end - start) * (one - at) / steps for one in range(length)]


def step(before: float, after: float, at: int = 2, length: int = LENGTH) -> list[float]:
    return [before if one < at else after * (1 + 0.01 * (one % 3)) for one in range(length)]


def bump(level: float, peak: float, at: int = 6, length: int = 4) -> list[float]:
    """Up for a few minutes and back."""
    return [peak if at <= one < at + length else level for one in range(LENGTH)]


def healthy(**bent: Sequence[float]) -> Database:
    """Each argument replaces one curve; an empty one takes it away."""
    values = {name: noise(level, seed=at) for at, (name, level) in enumerate(USUAL.items())} | bent
    meters = {name: curve(name, each) for name, each in values.items() if len(each)}
    instance = Instance(NAME, (REPLICA,), max_connections=800, vcpus=8, memory=32 * GIB, storage=400 * GIB)
    insights = sampled(
        statement("SELECT id, state FROM accounts WHERE id = $1", 0.6, {"CPU": 0.4, "IO:DataFileRead": 0.2}, calls=120),
        statement("INSERT INTO entries (account, amount) VALUES ($1, $2)", 0.4, {"IO:WALWrite": 0.2, "CPU": 0.2}, 60),
    )
    return Database(instance, START + LENGTH * MINUTE, START, meters, insights)


def statement(text: str, load: float, waits: Mapping[str, float], calls: float | None = None) -> Statement:
    return Statement(text, load, tuple(Wait(name, value) for name, value in waits.items()), calls)


def sampled(*statements: Statement, load: Sequence[float] = (), **whom: str) -> Insights:
    """Statements as Performance Insights would have them, the waits summed up."""
    waits: dict[str, float] = {}
    for one in statements:
        for wait in one.waits:
            waits[wait.name] = waits.get(wait.name, 0) + wait.load
    total = sum(one.load for one in statements)
    return Insights(
        load=Meter("DBLoad", curve("cpu", load or [total] * LENGTH).points),
        statements=tuple(sorted(statements, key=lambda one: -one.load)),
        waits=tuple(sorted((Wait(*each) for each in waits.items()), key=lambda one: -one.load)),
        users=(Wait(whom["user"], total),) if "user" in whom else (),
        hosts=(Wait(whom["host"], total),) if "host" in whom else (),
    )


def told(db: Database, *lines: tuple[float, str]) -> Database:
    """The same with notices, each at a minute after the start (negative: before it)."""
    notices = tuple(Notice(START + minute * MINUTE, says, NAME) for minute, says in lines)
    return replace(db, notices=tuple(sorted((*db.notices, *notices), key=lambda one: one.at)))
