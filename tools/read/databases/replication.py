"""Replication lag: measured, reported, or shown by the WAL alone where the metric is missing; and what makes it.

Either the primary writes WAL faster than a replica replays it, or replay is held up on the replica while WAL is flat.
"""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from tools.read.databases.faults import Fault, by_whom, reported, statement, way
from tools.read.databases.meter import Meter
from tools.read.databases.naming import amount, clock
from tools.read.databases.notices import kind_of
from tools.read.databases.values import Database, Notice, Statement

LAGS, LEAST_LAG = 5.0, 30.0  # times the level before, and seconds: below, no reader notices
SEVERE, CATCHES_UP = 60.0, 0.5
LONG = 300.0
WRITES_MORE = 3.0
WAL_WAITS = ("WAL", "IO:WAL", "LWLock:WAL")
STALE = ("replica lag", "replicalag", "replication lag", "stale", "behind")


def replication(db: Database) -> Iterator[Fault]:
    meter = db.meter("lag")
    told = _told(db)
    if meter is not None and not _lags(meter):
        return
    more = _writes_more(db)
    if meter is None and not told and not (more and reported(db, *STALE)):
        return
    says = f"Replication lag on the read replica {_replica(db, told)}: {_proof(meter, told)}"
    yield Fault(
        "replication_lag" if more and _is_the_matter(db, meter) else "lag_follows",
        f"{says}. {_why(db, more)}",
        f"{_proof(meter, told)}: the lag is a side effect, replication itself is not at fault",
        0.92 if more else 0.8,
        meter.left if meter is not None else (told[0].at if told else None),
        db.now,
        object=_replica(db, told),
        quotes=(*(one.says for one in told[:2]), *(one.text for one in _writer(db))),
    )


def _is_the_matter(db: Database, meter: Meter | None) -> bool:
    """What the alert is about, or so long that nothing beside it explains it."""
    return meter is None or meter.now >= LONG or any(word in db.said.lower() for word in STALE)


def _told(db: Database) -> list[Notice]:
    return [one for one in db.notices if one.at >= db.since and kind_of(one) in ("lag", "replication_stopped")]


def _lags(meter: Meter) -> bool:
    """Far behind by its own measure, or by anybody's and not catching up."""
    if meter.came_back or meter.now < LEAST_LAG:
        return False
    return meter.now >= LAGS * meter.first or (meter.now >= SEVERE and meter.straightness > -CATCHES_UP)


def _replica(db: Database, told: list[Notice]) -> str:
    """Which replica lags: what a notice is about, else the one that is known."""
    for one in told:
        named = [name for name in db.instance.replicas if name in one.says or name == one.source]
        if named:
            return named[0]
    return db.instance.replicas[0] if db.instance.replicas else f"of {db.instance.name}"


def _proof(meter: Meter | None, told: list[Notice]) -> str:
    if meter is not None:
        return way("lag", meter)
    missing = "the ReplicaLag metric is missing"
    if told:
        return f"{missing}, RDS event at {clock(told[-1].at)}: “{told[-1].says[:110]}”"
    return f"{missing}, the alert itself says that reads are stale"


def _writes_more(db: Database) -> list[str]:
    """The meters of writing that left their level, in words."""
    found = []
    for name in ("wal", "write_iops"):
        meter = db.meter(name)
        if meter is not None and meter.rose(WRITES_MORE):
            found.append(f"{meter.name} {amount(name, meter.first)} to {amount(name, meter.now)}")
    return found


def _writer(db: Database) -> list[Statement]:
    """The heaviest statement that writes or waits for WAL."""
    return [one for one in db.insights.statements if one.writes or one.waiting(*WAL_WAITS) > 0.3 * one.load][:1]


def _why(db: Database, more: list[str]) -> str:
    if stopped := [one for one in _told(db) if kind_of(one) == "replication_stopped"]:
        return f"Replication itself stopped at {clock(stopped[-1].at)}: RDS event “{clip(stopped[-1].says, 160)}”"
    if not more:
        return _held_up(db)
    job = "".join(f", by {kind_of_job(db, one)} {statement(db, one)}{by_whom(db)}" for one in _writer(db))
    return f"A write-heavy load on the primary makes WAL faster than the replica can replay it: {', '.join(more)}{job}"


def kind_of_job(db: Database, one: Statement) -> str:
    """What a write is called, with what its user and host say of it."""
    names = " ".join(each.name for each in (*db.insights.users[:1], *db.insights.hosts[:1]))
    etl = "ETL " if re.search(r"\betl|etl\b|_etl|etl_", f"{names} {one.text}", re.IGNORECASE) else ""
    bulk = " select " in one.text.lower() or (one.calls is not None and one.calls < 10)
    return f"the {'bulk ' if bulk else ''}{etl}{one.verb.upper()}"


def _held_up(db: Database) -> str:
    wal = db.meter("wal")
    flat = f"WAL is written at its usual {amount('wal', wal.now)}" if wal is not None else "No rise of writes shows"
    sessions = [one for one in db.insights.statements if one.waiting("Client", "IPC", "Lock") > 0.5 * one.load]
    idle = f" ({statement(db, sessions[0])})" if sessions else ""
    return (
        f"{flat}, so replay is held up on the replica: a long transaction or query{idle} conflicts with it, "
        "or replication stopped"
    )
