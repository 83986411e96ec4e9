"""CPU: whether it is saturated, and by which statement; a raised level that other work explains is no fault.

Where sessions mostly wait for something else (WAL, locks, buffers), the CPU is busy because of that, not the reverse.
"""

from collections.abc import Iterator

from tools.read.databases.faults import Fault, statement, way
from tools.read.databases.naming import amount
from tools.read.databases.values import Database, Statement

SATURATED, RAISED = 85.0, 60.0
ON_CPU = ("CPU",)
READS = ("IO:DataFileRead", "IO:BufFile", "IO:DataFilePrefetch")
MOSTLY = 0.4
SLOW = 0.3  # seconds a call: a lookup by an index takes milliseconds


def processor(db: Database) -> Iterator[Fault]:
    meter = db.meter("cpu")
    if meter is None or meter.came_back or not meter.held(SATURATED):
        return
    top = _on_cpu(db)
    known = not db.insights.total or db.insights.share(*ON_CPU, *READS) >= MOSTLY
    says = f"CPU saturation: {way('cpu', meter)} and stays there (peak {amount('cpu', meter.high)})"
    if top is not None:
        says += f"; the query behind it, per Performance Insights: {statement(db, top)}{_scan(db, top)}"
    yield Fault(
        "cpu_saturation",
        says + _load(db),
        f"{way('cpu', meter)}: a symptom and not the root cause; {_elsewhere(db)}",
        0.9 if top is not None and known else 0.6,
        meter.began,
        meter.points[-1][0],
        quotes=(top.text,) if top is not None else (),
    )


def _on_cpu(db: Database) -> Statement | None:
    """The statement that computes most."""
    busy = [one for one in db.insights.statements if not one.is_upkeep]
    return max(busy, key=lambda one: one.waiting(*ON_CPU, *READS), default=None)


def _scan(db: Database, top: Statement) -> str:
    """What says that it reads whole tables: blocks read, and the time that one call takes."""
    each = top.load / top.calls if top.calls and not db.insights.shares else None
    told = [f"about {each:.2g} s a call"] if each is not None else []
    reads = db.meter("read_iops")
    slow = each is None or each >= SLOW or (reads is not None and reads.rose(2))
    if top.waiting(*READS) > 0 and slow and not top.writes:
        at = f"ReadIOPS {reads.now:,.0f}/s: " if reads is not None else ""
        told.append(f"{at}a full table scan, an index is missing")
    return f", {', '.join(told)}" if told else ""


def _load(db: Database) -> str:
    load, vcpus = db.insights.load, db.instance.vcpus
    if load is None:
        return ""
    return f"; DB load {load.now:.3g} AAS" + (f" on {vcpus:.0f} vCPUs" if vcpus else "")


def _elsewhere(db: Database) -> str:
    waits = sorted(db.insights.waits, key=lambda one: -one.load)
    on_cpu = sum(one.load for one in waits if one.name.startswith(ON_CPU))
    others = [one for one in waits if not one.name.startswith(ON_CPU)]
    if not others:
        return "it comes with the load"
    return f"sessions wait for {others[0].name} ({others[0].load:.3g} AAS), on CPU are {on_cpu:.2g}"
