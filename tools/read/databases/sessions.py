"""Connections: whether the slots run out, and whether idle clients hold them or working sessions pile up.

An exhausted pool is a level that stays at the limit or climbs to it; a level that swings below it is none.
"""

from collections.abc import Iterator

from tools.read.databases.faults import Fault, reported, statement, way
from tools.read.databases.values import Database

FULL, AT_THE_END, NEAR = 0.93, 0.96, 0.8  # of max_connections
GREW = 1.5
IDLE_WAITS = ("Client:ClientRead", "Client")
REFUSED = (
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "connection slots are reserved",
    "max_connections limit reached",
)


def connections(db: Database) -> Iterator[Fault]:
    """Exhausted, or at least grown so far that it wants an explanation."""
    meter = db.meter("connections")
    if meter is None:
        return
    limit = db.instance.max_connections
    refused = reported(db, *REFUSED)
    climbs = meter.straightness >= 0.5 and meter.last > meter.first
    full = limit is not None and (
        meter.held(FULL * limit)
        or (climbs and meter.last >= AT_THE_END * limit)
        or (climbs and refused and meter.now >= NEAR * limit)
    )
    if full or (refused and climbs and not meter.came_back):
        yield _exhausted(db, idle=_is_idle(db))
    elif meter.rose(GREW) and meter.straightness > 0.3:
        yield _grown(db)


def of_limit(db: Database) -> str:
    limit = db.instance.max_connections
    return f" of {limit:,.0f}" if limit else ""


def _is_idle(db: Database) -> bool:
    return db.insights.share(*IDLE_WAITS) >= 0.4


def _exhausted(db: Database, *, idle: bool) -> Fault:
    meter = db.meters["connections"]
    limit = db.instance.max_connections
    of = (
        f" of {limit:,.0f} max_connections ({100 * meter.last / limit:.0f} %)"
        if limit
        else " (max_connections reached)"
    )
    says = f"Connection exhaustion: {way('connections', meter, of)}, so new connections are refused"
    if idle:
        says += f"; idle client sessions hold the slots, {_idle_share(db)}: sessions leak or pools are too large"
    elif db.insights.statements:
        says += f"; the sessions are active, most of them in {statement(db, db.insights.statements[0])}"
    return Fault(
        "connection_exhaustion",
        says,
        f"{way('connections', meter, of)}: sessions pile up behind it, connection exhaustion is its consequence",
        0.92 if limit or reported(db, *REFUSED) else 0.75,
        meter.left,
        meter.points[-1][0],
        quotes=_quotes(db),
    )


def _idle_share(db: Database) -> str:
    share = db.insights.share(*IDLE_WAITS)
    top = db.insights.statements[0] if db.insights.statements else None
    doing = f", most after {statement(db, top)}" if top else ""
    return f"per Performance Insights Client:ClientRead is {100 * share:.0f} % of the load{doing}"


def _grown(db: Database) -> Fault:
    meter = db.meters["connections"]
    says = f"{way('connections', meter, of_limit(db))}"
    return Fault(
        "connections_growing",
        f"{says}: sessions pile up, the limit is not reached",
        f"{says}: sessions pile up as its consequence, this is not connection exhaustion",
        0.4,
        meter.left,
        meter.points[-1][0],
    )


def _quotes(db: Database) -> tuple[str, ...]:
    told = [one.says for one in db.notices if one.at >= db.since and any(word in one.says.lower() for word in REFUSED)]
    return tuple(told[:2])
