"""What was looked at and is as it should be, or is over: the sentences that rule causes out, each with its numbers.

With a fault, only what could be taken for its cause is told; without one, everything that was measured.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.core.measures import clip
from bot.core.signs import Role, Sign, Source
from tools.read.databases.faults import Fault, level, steady, way
from tools.read.databases.naming import amount, clock
from tools.read.databases.notices import JUST_BEFORE, UPSETTING, kind_of
from tools.read.databases.processor import RAISED, SATURATED
from tools.read.databases.sessions import of_limit
from tools.read.databases.values import Database, Notice

FIRST = (
    "cpu",
    "connections",
    "free_storage",
    "lag",
    "write_latency",
    "free_memory",
    "wal",
    "write_iops",
    "queue_depth",
)
AT_ONCE = timedelta(minutes=2)
NAMES = {
    "failover": "failover",
    "restart": "restart",
    "maintenance": "maintenance",
    "promotion": "replica promotion",
    "replication_stopped": "replication error",
}


def ruled_out(db: Database, roots: Sequence[Fault], asides: Sequence[Fault]) -> Iterator[Sign]:
    """Beside a fault: its consequences, CPU and connections where they are fine, and events that were over."""
    named = {one.kind for one in (*roots, *asides)}
    for one in asides:
        yield _well(db, f"{one.kind}_ruled_out", one.aside, 0.8)
    if not named & {"cpu_saturation"}:
        yield from _cpu(db)
    if not named & {"connection_exhaustion", "connections_growing"}:
        yield from _connections(db)


def over(db: Database) -> Iterator[Sign]:
    """Failovers, upgrades and promotions that were over before the incident began."""
    by_kind: dict[str, list[Notice]] = {}
    for notice in db.notices:
        kind = kind_of(notice)
        if kind in UPSETTING and notice.at < db.since - JUST_BEFORE:
            by_kind.setdefault(kind, []).append(notice)
    for kind, notices in by_kind.items():
        last = notices[-1]
        ago = _ago(db.since - last.at)
        says = (
            f"The {NAMES[kind]} of {clock(notices[0].at)} was completed and resolved at {clock(last.at)}, {ago} before "
            f"the window of this incident: historical, not the cause (“{clip(last.says, 110)}”)"
        )
        yield Sign(
            f"{kind}_over", Role.PAST, Source.DATABASE, says, _object(db), db.instance.name, weight=0.7, last=last.at
        )


def healthy(db: Database) -> Iterator[Sign]:
    """Nothing is at fault: everything that was measured, with its values."""
    if not db.meters:
        return
    spans = [meter.points for meter in db.meters.values()]
    start, end = min(each[0][0] for each in spans), max(each[-1][0] for each in spans)
    yield _well(
        db,
        "database_normal",
        f"All {len(db.meters)} metrics of {db.instance.name} are within normal bounds from {clock(start)} to "
        f"{clock(end)}: operating normally, no failure, no limit is reached",
        0.95,
    )
    told = [_value(db, name) for name in FIRST if name in db.meters]
    yield from (
        _well(db, f"values_{at}", "; ".join(told[at : at + 3]), 0.85 - at / 100) for at in range(0, len(told), 3)
    )
    if (load := db.insights.load) is not None:
        vcpus = f" on {db.instance.vcpus:.0f} vCPUs" if db.instance.vcpus else ""
        yield _well(db, "load_normal", f"Performance Insights: DB load {load.now:.3g} AAS{vcpus}, steady", 0.8)


def _value(db: Database, name: str) -> str:
    meter = db.meters[name]
    limit = of_limit(db) if name == "connections" else ""
    swings = abs(meter.straightness) < 0.5
    told = steady(name, meter)
    if meter.came_back and meter.high > 1.5 * max(meter.first, 1e-9):
        peak = f"{amount(name, meter.high)} at {clock(meter.extreme_at)}"
        return f"{meter.name} peaked at {peak} and recovered to {amount(name, meter.now)}"
    return f"{told}{limit}" + ("" if swings else f", {way(name, meter).split(' ', 1)[1]}")


def _cpu(db: Database) -> Iterator[Sign]:
    meter = db.meter("cpu")
    if meter is None:
        return
    if meter.now >= RAISED and meter.rose(1.2):
        yield _well(db, "cpu_ruled_out", _unrelated(db) or _follows(db), 0.85)
    elif meter.now < SATURATED:
        raised = ", raised with the same load and far from saturation" if meter.rose(1.5) else ", no saturation"
        yield _well(db, "cpu_ruled_out", f"CPU is not the cause: {level('cpu', meter)}{raised}", 0.75)


def _unrelated(db: Database) -> str:
    """A read that computes beside the load that is at fault: two loads that have nothing to do with each other."""
    meter = db.meters["cpu"]
    reads = [one for one in db.insights.statements if not one.writes and not one.is_upkeep]
    writes = [one for one in db.insights.statements if one.writes]
    if not (reads and writes and reads[0].waiting("CPU") > max(one.waiting("CPU") for one in writes)):
        return ""
    top = reads[0]
    return (
        f"CPU is not the cause: {level('cpu', meter)} comes from an unrelated read-only SELECT, "
        f"“{clip(top.text, 90)}” ({db.insights.in_words(top.waiting('CPU'))} on CPU), "
        "causally independent of the write load: a confounder"
    )


def _follows(db: Database) -> str:
    meter = db.meters["cpu"]
    return f"CPU is not the cause: {level('cpu', meter)} is a consequence of the same load and below saturation"


def _connections(db: Database) -> Iterator[Sign]:
    meter = db.meter("connections")
    if meter is None:
        return
    yield _well(
        db,
        "connections_ruled_out",
        f"Connections are not the cause: {steady('connections', meter)}{of_limit(db)}, no exhaustion",
        0.7,
    )


def _well(db: Database, kind: str, says: str, weight: float) -> Sign:
    return Sign(kind, Role.WELL, Source.DATABASE, says, _object(db), db.instance.name, weight=weight, last=db.now)


def _object(db: Database) -> str:
    return f"DBInstance//{db.instance.name}" if db.instance.name else ""


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
