"""Free storage: full, filling within the hour, or full by every other sign where its own metric is missing."""

from collections.abc import Iterator
from datetime import datetime

from tools.read.databases.faults import Fault, level, statement, way
from tools.read.databases.meter import Meter
from tools.read.databases.naming import amount, clock, size
from tools.read.databases.notices import kind_of
from tools.read.databases.values import Database, Notice

EMPTY, NOTHING = 0.03, 0.005  # of what was there, or of what is allocated
FILLS_WITHIN = 30.0  # minutes at the pace of the last points
FELL = 0.1
STOPPED = 0.1


def storage(db: Database) -> Iterator[Fault]:
    meter = db.meter("free_storage")
    told = [one for one in db.notices if one.at >= db.since and kind_of(one) == "storage_full"]
    if grown_since(db, told[-1].at if told else None) or (meter is not None and _is_back(meter)):
        return
    if told or (meter is not None and _is_empty(db, meter)):
        yield _full(db, meter, told)
    elif meter is not None and _minutes_left(meter) is not None:
        yield _filling(db, meter)


def grown_since(db: Database, since: datetime | None) -> bool:
    """Whether storage was added after it was last said to be full."""
    return any(kind_of(one) == "storage_grown" and one.at >= (since or db.since) for one in db.notices)


def _is_back(meter: Meter) -> bool:
    low = meter.low
    return meter.last > 3 * max(low, 1.0) and meter.last >= 0.5 * meter.first


def _is_empty(db: Database, meter: Meter) -> bool:
    room = db.instance.storage or meter.high
    return meter.now <= EMPTY * room and meter.last <= meter.first


def _minutes_left(meter: Meter) -> float | None:
    """Until nothing is free, at the pace since it began to fall; None for what does not fall or lasts long."""
    if meter.straightness > -0.5 or meter.last > (1 - FELL) * meter.first:
        return None
    half = len(meter.points) // 2
    (start, high), (end, low) = meter.points[half], meter.points[-1]
    pace = (high - low) / max((end - start).total_seconds() / 60, 1e-9)
    return low / pace if pace > 0 else None


def _full(db: Database, meter: Meter | None, told: list[Notice]) -> Fault:
    at = told[-1].at if told else None
    if meter is not None:
        proof = way("free_storage", meter)
    else:
        proof = "the FreeStorageSpace metric is missing, and everything else says it"
    if told:
        proof += f"; RDS event at {clock(told[0].at)}: “{told[0].says}”"
    return Fault(
        "storage_full",
        f"Storage exhaustion, {_how_full(db, meter, told)}: {proof}{_kept(db)}{_writes(db)}{_writer(db)}",
        f"{proof}: storage runs out as its consequence",
        0.95 if told else 0.9,
        meter.left if meter is not None else at,
        db.now,
        quotes=tuple(one.says for one in told[:3]),
    )


def _how_full(db: Database, meter: Meter | None, told: list[Notice]) -> str:
    room = db.instance.storage or (meter.high if meter is not None else 0.0)
    if told or meter is None or meter.last <= NOTHING * room:
        return "the storage space is full"
    return "nearly no storage space is left"


def _kept(db: Database) -> str:
    """WAL that a replication slot keeps is the usual reason that nobody sees in a table's size."""
    for name, why in (("slot_disk", "a replication slot that nobody reads keeps WAL"), ("wal_disk", "WAL piles up")):
        meter = db.meter(name)
        if meter is not None and meter.rose(2) and meter.climbs:
            return f"; {why}: {way(name, meter)}"
    return ""


def _writes(db: Database) -> str:
    """What writing came to."""
    told = []
    iops, latency = db.meter("write_iops"), db.meter("write_latency")
    if iops is not None and iops.now <= STOPPED * max(iops.before, 1e-9):
        told.append(
            f"WriteIOPS collapsed from {amount('write_iops', iops.before)} to {amount('write_iops', iops.last)}"
        )
    elif iops is not None and iops.rose(1.5):
        told.append(level("write_iops", iops))
    if latency is not None and latency.rose(5):
        told.append(f"WriteLatency is {amount('write_latency', latency.last)}, writes are blocked")
    return "".join(f"; {one}" for one in told)


def _writer(db: Database) -> str:
    writers = [one for one in db.insights.statements if one.writes]
    return f"; top write per {db.insights.source}: {statement(db, writers[0])}" if writers else ""


def _filling(db: Database, meter: Meter) -> Fault:
    left = _minutes_left(meter) or 0.0
    soon = left <= FILLS_WITHIN
    says = f"{way('free_storage', meter)}, at this pace full in {left:.0f} min"
    return Fault(
        "storage_filling",
        f"Storage space is running out: {says}{_kept(db)}{_writer(db)}",
        f"{says}: a side effect that needs watching, {size(meter.last)} are left",
        0.8 if soon else 0.45,
        meter.left,
        meter.points[-1][0],
    )
