"""What was looked at and is as it should be, or is over: the sentences that rule causes out, each with its numbers.

With a fault, only what could be taken for its cause is told; without one, everything that was measured.
"""

from collections.abc import Iterator, Sequence

from bot.core.measures import clip
from bot.core.signs import Role, Sign, Source
from tools.read.databases.faults import Fault, level, steady
from tools.read.databases.meter import Meter
from tools.read.databases.naming import amount, clock
from tools.read.databases.processor import RAISED, SATURATED
from tools.read.databases.sessions import of_limit
from tools.read.databases.values import Database

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


SCARCE = ("free_storage", "free_memory", "burst", "cpu_credits")  # these hurt when they fall
LATENCIES = dict.fromkeys(("write_latency", "read_latency", "commit_latency"), 0.005)
FELT = {"lag": 10.0, "cpu": 50.0, "queue_depth": 2.0, **LATENCIES}  # below, nobody feels it
SWINGING, SWINGS = ("cpu", "connections"), 1.15  # times: a narrower band is steady


def ruled_out(db: Database, roots: Sequence[Fault], asides: Sequence[Fault]) -> Iterator[Sign]:
    """Beside a fault: its consequences, CPU and connections where they are fine, and events that were over."""
    named = {one.kind for one in (*roots, *asides)}
    for one in asides:
        yield well(db, f"{one.kind}_ruled_out", one.aside, 0.8)
    if not named & {"cpu_saturation", "cpu_busy"}:
        yield from _cpu(db)
    if not named & {"connection_exhaustion", "connections_growing", "connections_piled_up"}:
        yield from _connections(db)


def healthy(db: Database) -> Iterator[Sign]:
    """Nothing is at fault: everything that was measured, with its values."""
    if not db.meters:
        return
    spans = [meter.points for meter in db.meters.values()]
    start, end = min(each[0][0] for each in spans), max(each[-1][0] for each in spans)
    yield well(
        db,
        "database_normal",
        f"All {len(db.meters)} metrics of {db.instance.name} are within normal bounds from {clock(start)} to "
        f"{clock(end)}: operating normally, no failure, no limit is reached",
        0.95,
    )
    yield from _noisy(db)
    told = [_value(db, name) for name in FIRST if name in db.meters]
    yield from (
        well(db, f"values_{at}", "; ".join(told[at : at + 3]), 0.85 - at / 100) for at in range(0, len(told), 3)
    )
    if (load := db.insights.load) is not None:
        vcpus = f" on {db.instance.vcpus:.0f} vCPUs" if db.instance.vcpus else ""
        yield well(db, "load_normal", f"{db.insights.source}: DB load {load.now:.3g} AAS{vcpus}, steady", 0.8)


def _noisy(db: Database) -> Iterator[Sign]:
    """CPU and connections that swing high and never stay there."""
    told = [_value(db, name) for name in SWINGING if name in db.meters]
    noisy = [one for one in told if "oscillates" in one]
    cpu = db.meter("cpu")
    if noisy and cpu is not None and cpu.high >= RAISED:
        says = f"{' and '.join(noisy)}: noise near a threshold, no sustained breach, no saturation and no exhaustion"
        yield well(db, "noise", says, 0.9)


def _value(db: Database, name: str) -> str:
    meter = db.meters[name]
    limit = of_limit(db) if name == "connections" else ""
    if back := came_back(name, meter):
        return f"{back}{limit}"
    if name in SWINGING and meter.high > SWINGS * max(meter.low, 1e-9) and abs(meter.straightness) < 0.5:
        bounds = f"{amount(name, meter.low)} and {amount(name, meter.high)}"
        return f"{meter.name} oscillates between {bounds}{limit} without a trend"
    return f"{steady(name, meter)}{limit}"


def came_back(name: str, meter: Meter) -> str:
    """How far it went and that it is back; "" for what did not go far, in the direction that hurts."""
    if name in SCARCE:
        bottom = next(at for at, value in meter.points if value == meter.low)
        went = f"fell to {amount(name, meter.low)} at {clock(bottom)}" if meter.filled_up else ""
    else:
        enough = meter.came_down and meter.high >= FELT.get(name, 0.0)
        went = f"peaked at {amount(name, meter.high)} at {clock(meter.extreme_at)}" if enough else ""
    return f"{meter.name} {went} and recovered to {amount(name, meter.last)}" if went else ""


def _cpu(db: Database) -> Iterator[Sign]:
    meter = db.meter("cpu")
    if meter is None:
        return
    if meter.now >= RAISED and meter.rose(1.2):
        yield well(db, "cpu_ruled_out", _unrelated(db) or _follows(db), 0.85)
    elif meter.now < SATURATED:
        raised = ", raised with the same load and far from saturation" if meter.rose(1.5) else ", no saturation"
        yield well(db, "cpu_ruled_out", f"CPU is not the cause: {level('cpu', meter)}{raised}", 0.75)


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
    return f"CPU is not the cause: {level('cpu', meter)} is a consequence of the same load"


def _connections(db: Database) -> Iterator[Sign]:
    meter = db.meter("connections")
    if meter is None:
        return
    yield well(
        db,
        "connections_ruled_out",
        f"Connections are not the cause: {steady('connections', meter)}{of_limit(db)}, no exhaustion",
        0.7,
    )


def well(db: Database, kind: str, says: str, weight: float) -> Sign:
    return Sign(kind, Role.WELL, Source.DATABASE, says, object_of(db), db.instance.name, weight=weight, last=db.now)


def object_of(db: Database) -> str:
    return f"DBInstance//{db.instance.name}" if db.instance.name else ""
