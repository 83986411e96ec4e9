"""Disk pressure from within: a VACUUM or a checkpoint storm that writes more than the volume takes, and its signs.

A storm shows as writes, write latency and queue depth rising together; PostgreSQL's own lines or its heaviest
“statement” (autovacuum, checkpointer) say what makes it. Without those, the volume itself is at its limit.
"""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from tools.read.databases.faults import Fault, level, statement
from tools.read.databases.naming import amount, clock
from tools.read.databases.notices import kind_of
from tools.read.databases.values import Database, Notice

MUCH, QUEUES = 3.0, 5.0
HEAVY = 0.35
SPENT = 5.0
PRESSED = ("write_iops", "write_latency", "queue_depth")


def checkpoints(db: Database) -> Iterator[Fault]:
    pressed = _pressed(db)
    told = _told(db)
    upkeep = [one for one in db.insights.statements if one.is_upkeep]
    heavy = sum(one.load for one in upkeep) >= HEAVY * max(db.insights.total, 1e-9)
    if len(pressed) >= 2 and (told or heavy):
        yield _storm(db, pressed, told)
    elif len(pressed) >= 2 and {"queue_depth", "write_latency"} <= set(pressed):
        yield _volume(db, pressed)


def _pressed(db: Database) -> list[str]:
    ratio = {"queue_depth": QUEUES}
    found = ((name, db.meter(name)) for name in PRESSED)
    return [name for name, meter in found if meter is not None and meter.rose(ratio.get(name, MUCH))]


def _told(db: Database) -> list[Notice]:
    """Lines that say more than that a timed checkpoint ran."""
    odd = re.compile(r"too frequent|storm|starting: (wal|immediate|force)|seconds apart", re.IGNORECASE)
    return [one for one in db.notices if one.at >= db.since and kind_of(one) == "checkpoint" and odd.search(one.says)]


def _storm(db: Database, pressed: list[str], told: list[Notice]) -> Fault:
    upkeep = [one for one in db.insights.statements if one.is_upkeep]
    writers = upkeep or [one for one in db.insights.statements if one.writes]
    who = f"{statement(db, writers[0])} " if writers else "heavy writing "
    wal = db.meter("wal")
    logged = f", WAL {amount('wal', wal.first)} to {amount('wal', wal.now)}" if wal is not None and wal.rose(2) else ""
    line = f". Server log at {clock(told[0].at)}: “{clip(_loudest(told).says, 110)}”" if told else ""
    began = min((db.meters[name].began for name in pressed), default=None)
    what = "VACUUM" if any("vacuum" in one.text.lower() for one in writers) else "Bulk writing"
    return Fault(
        "checkpoint_storm",
        f"{what} drives a checkpoint storm that saturates the disk: {who}writes{logged}; "
        f"{_levels(db, pressed)}{_waits(db)}{line}",
        f"{_levels(db, pressed)}: a consequence of what is written",
        0.93,
        began,
        db.now,
        quotes=(*(one.says for one in told[:2]), *(one.text for one in writers[:1])),
    )


def _loudest(told: list[Notice]) -> Notice:
    return next((one for one in told if "frequent" in one.says or "storm" in one.says), told[0])


def _levels(db: Database, pressed: list[str]) -> str:
    return ", ".join(level(name, db.meters[name]) for name in pressed)


def _waits(db: Database) -> str:
    waits = sorted(db.insights.waits, key=lambda one: -one.load)[:2]
    told = ", ".join(f"{one.name} {one.load:.3g}" for one in waits)
    return f"; dominant waits {told} AAS" if told and not db.insights.shares else ""


def _volume(db: Database, pressed: list[str]) -> Fault:
    burst = db.meter("burst")
    spent = (
        f", {level('burst', burst)}: the burst credits are spent" if burst is not None and burst.last < SPENT else ""
    )
    top = db.insights.statements[0] if db.insights.statements else None
    who = f"; heaviest: {statement(db, top)}" if top else ""
    return Fault(
        "disk_saturation",
        f"The volume is saturated with I/O: {_levels(db, pressed)}{spent}{who}",
        f"{_levels(db, pressed)}: the disk is busy as a consequence of it",
        0.75,
        min(db.meters[name].began for name in pressed),
        db.now,
        quotes=(top.text,) if top else (),
    )
