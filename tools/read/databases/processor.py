"""CPU: whether it is saturated, and by which statement; a raised level that other work explains is no fault.

Where sessions mostly wait for something else (WAL, locks, buffers), the CPU is busy because of that, not the reverse.
Where the metric is missing, more sessions on CPU than there are vCPUs tell.
"""

from collections.abc import Iterator

from tools.read.databases.faults import Fault, by_whom, level, statement, way
from tools.read.databases.meter import Meter
from tools.read.databases.naming import amount, seconds
from tools.read.databases.values import Database, Statement

SATURATED, RAISED = 85.0, 60.0
ON_CPU = ("CPU",)
READS = ("IO:DataFileRead", "IO:BufFile", "IO:DataFilePrefetch")
MOSTLY = 0.4
SLOW = 0.3  # seconds a call: a lookup by an index takes milliseconds
SPENT = 0.03  # of the CPU credits that there were
CROWDED = 0.85  # sessions on CPU for each vCPU


def processor(db: Database) -> Iterator[Fault]:
    meter = db.meter("cpu")
    if meter is None:
        if _is_crowded(db):
            yield _saturated(db, "the CPUUtilization metric is missing, and the sessions on CPU fill the vCPUs", None)
    elif not meter.came_back and (meter.held(SATURATED) or (meter.climbs and meter.now >= SATURATED)):
        proof = f"{way('cpu', meter)} and stays there (peak {amount('cpu', meter.high)})"
        yield _saturated(db, proof, meter)


def throttled(db: Database) -> Iterator[Fault]:
    """A burstable class without CPU credits runs at its baseline, however much work waits."""
    left = db.meter("cpu_credits")
    if left is None or left.last > SPENT * left.high or left.straightness > -0.3:
        return
    load, vcpus = db.insights.load, db.instance.vcpus
    waits = load is not None and vcpus is not None and load.now > vcpus
    says = f"{way('cpu_credits', left)}: the CPU credits are spent, so the CPU is throttled to its baseline"
    cpu = db.meter("cpu")
    told = f", {level('cpu', cpu)}" if cpu is not None else ""
    yield Fault("cpu_throttled", f"{says}{told}{_load(db)}", says, 0.75 if waits else 0.55, left.left, db.now)


def _is_crowded(db: Database) -> bool:
    on_cpu = sum(one.load for one in db.insights.waits if one.name.startswith(ON_CPU))
    vcpus = db.instance.vcpus
    return vcpus is not None and not db.insights.shares and on_cpu >= CROWDED * vcpus


def _saturated(db: Database, proof: str, meter: Meter | None) -> Fault:
    top = _on_cpu(db)
    known = not db.insights.total or db.insights.share(*ON_CPU, *READS) >= MOSTLY
    says = f"CPU saturation: {proof}"
    if top is not None:
        says += f"; the query behind it, per {db.insights.source}: {statement(db, top)}{_scan(db, top)}{by_whom(db)}"
    return Fault(
        "cpu_saturation" if known else "cpu_busy",
        says + _load(db),
        f"{proof}: a symptom and not the root cause; {_elsewhere(db)}",
        0.9 if top is not None and known else 0.6,
        meter.began if meter is not None else None,
        db.now,
        quotes=(top.text,) if top is not None else (),
    )


def _on_cpu(db: Database) -> Statement | None:
    """The statement that computes most."""
    busy = [one for one in db.insights.statements if not one.is_upkeep]
    return max(busy, key=lambda one: one.waiting(*ON_CPU, *READS), default=None)


def _scan(db: Database, top: Statement) -> str:
    """What says that it reads whole tables: blocks read, and the time that one call takes."""
    each = top.load / top.calls if top.calls and not db.insights.shares else None
    told = [f"about {seconds(each)} a call"] if each is not None else []
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
