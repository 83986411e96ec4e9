"""Connections: whether the slots run out, and whether idle clients hold them or working sessions pile up.

An exhausted pool is a level that stays at the limit or climbs to it; a level that swings below it is none. Where the
metric is missing, refused clients tell.
"""

from collections.abc import Iterator

from bot.core.measures import clip
from tools.read.databases.faults import Fault, reported, statement, way
from tools.read.databases.meter import Meter
from tools.read.databases.naming import clock
from tools.read.databases.values import Database, Notice

FULL, AT_THE_END, NEAR = 0.95, 0.94, 0.8  # of max_connections
GREW = 1.5
IDLE = 0.4  # of the load: sessions that wait for their client's next word
IDLE_WAITS = ("Client",)
REFUSED = (
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "connection slots are reserved",
    "max_connections limit reached",
    "reached max_connections",
)


def connections(db: Database) -> Iterator[Fault]:
    """Exhausted, or at least grown so far that it wants an explanation."""
    meter = db.meter("connections")
    refused = reported(db, *REFUSED)
    if meter is None:
        if refused:
            yield _exhausted(db, "the DatabaseConnections metric is missing, and clients are refused", None)
    elif _is_full(db, meter, refused=refused):
        yield _exhausted(db, way("connections", meter, _of_all(db, meter)), meter)
    elif meter.rose(GREW) and meter.straightness > 0.3:
        yield _grown(db, meter)


def of_limit(db: Database) -> str:
    limit = db.instance.max_connections
    return f" of {limit:,.0f}" if limit else ""


def _is_full(db: Database, meter: Meter, *, refused: bool) -> bool:
    limit, climbs = db.instance.max_connections, meter.climbs
    if limit and (meter.held(FULL * limit) or (climbs and meter.last >= AT_THE_END * limit)):
        return True
    return refused and climbs and not meter.came_back and (not limit or meter.now >= NEAR * limit)


def _of_all(db: Database, meter: Meter) -> str:
    limit = db.instance.max_connections
    return f" of {limit:,.0f} max_connections ({100 * meter.last / limit:.0f} %)" if limit else " (max_connections)"


def _exhausted(db: Database, proof: str, meter: Meter | None) -> Fault:
    counted = sum(db.insights.idle.values())
    idle = db.insights.share(*IDLE_WAITS) >= IDLE or (meter is not None and counted >= IDLE * meter.last > 0)
    lines = _refusals(db)
    says = f"Connection exhaustion: {proof}, max_connections is reached and new connections are refused"
    if lines:
        says += f"; RDS event at {clock(lines[0].at)}: “{clip(lines[0].says, 100)}”"
    return Fault(
        "connection_exhaustion" if idle or not db.insights.statements else "connections_piled_up",
        says + (_idle(db) if idle else _active(db)),
        f"{proof}: sessions pile up behind it, connection exhaustion is its consequence",
        0.92 if db.instance.max_connections or lines or meter is None else 0.75,
        meter.left if meter is not None else None,
        db.now,
        quotes=tuple(one.says for one in lines[:2]),
    )


def _idle(db: Database) -> str:
    if db.insights.idle:
        told = ", ".join(f"{count:.0f} {state}" for state, count in db.insights.idle.items() if count)
        return f"; idle client sessions hold the slots, per {db.insights.source} {told}: a leak, or pools too large"
    share = 100 * db.insights.share(*IDLE_WAITS)
    top = next((one for one in db.insights.statements if one.waiting(*IDLE_WAITS) > 0.5 * one.load), None)
    after = f" after {statement(db, top)}" if top else ""
    within = ", idle in transaction" if top is not None and top.text.lower().startswith("begin") else ""
    return (
        f"; idle client sessions hold the slots{within}, a leak in a client's pool: "
        f"per {db.insights.source} {share:.0f} % of the load waits in Client:ClientRead{after}"
    )


def _active(db: Database) -> str:
    if not db.insights.statements:
        return ""
    top = db.insights.statements[0]
    return f"; the sessions are active, most in {statement(db, top)} per {db.insights.source}"


def _grown(db: Database, meter: Meter) -> Fault:
    says = way("connections", meter, of_limit(db))
    return Fault(
        "connections_growing",
        f"{says}: sessions pile up, the limit is not reached",
        f"{says}: sessions pile up as its consequence, this is not connection exhaustion",
        0.4,
        meter.left,
        meter.points[-1][0],
    )


def _refusals(db: Database) -> list[Notice]:
    return [one for one in db.notices if one.at >= db.since and any(word in one.says.lower() for word in REFUSED)]
