"""Every analyzer over one database, what explains what settled, as signs: causes, what they rule out, what is well."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core.signs import Role, Sign, Source
from tools.read.databases import calm, past
from tools.read.databases.checkpoints import checkpoints
from tools.read.databases.contention import locks, memory, wraparound
from tools.read.databases.faults import Analyzer, Fault, way
from tools.read.databases.notices import failover, restarted
from tools.read.databases.processor import processor, throttled
from tools.read.databases.remedies import REMEDIES
from tools.read.databases.replication import replication
from tools.read.databases.sessions import connections
from tools.read.databases.settling import settle
from tools.read.databases.storage import storage
from tools.read.databases.values import Database

ANALYZERS: tuple[Analyzer, ...] = (
    storage,
    failover,
    checkpoints,
    replication,
    connections,
    processor,
    throttled,
    locks,
    memory,
    wraparound,
    restarted,
)
NAMED_AS = {
    "connections_piled_up": "connection_exhaustion",
    "lag_follows": "replication_lag",
    "cpu_busy": "cpu_saturation",
}
UNUSUAL = 4.0
SAID_WITH_IT = 0.8
CAUSE = 0.5  # a lighter fault is trouble that something else makes


def signs_of(db: Database) -> tuple[Sign, ...]:
    """All signs of one database, heaviest first."""
    roots, asides = settle([fault for analyzer in ANALYZERS for fault in analyzer(db)])
    beside = tuple(calm.ruled_out(db, roots, asides)) if roots else ()
    found = [*(_sign(db, one) for one in _with_decoy(roots, beside)), *past.over(db), *beside]
    if not roots:
        found += (*unexplained(db), *past.recovered(db))
    if not any(one.role in (Role.CAUSE, Role.SYMPTOM) for one in found):
        found += calm.healthy(db)
    return tuple(sorted(found, key=lambda sign: -sign.weight))


def _with_decoy(roots: Sequence[Fault], beside: Sequence[Sign]) -> list[Fault]:
    """A busy CPU is what people see first: where it is not the cause, the first fault says so itself."""
    decoy = next((one.says for one in beside if one.kind.startswith("cpu_") and one.weight >= SAID_WITH_IT), "")
    return [replace(one, says=f"{one.says}. {decoy}") if not at and decoy else one for at, one in enumerate(roots)]


def unexplained(db: Database) -> Iterator[Sign]:
    """Latencies and queues that left their level for good, where no fault explains them: trouble without a cause."""
    for name in ("write_latency", "read_latency", "commit_latency", "queue_depth"):
        meter = db.meter(name)
        if meter is not None and meter.rose(UNUSUAL) and meter.now >= calm.FELT.get(name, 0.0) and not meter.came_back:
            says = f"{way(name, meter)}, and nothing that was read explains it"
            yield Sign(
                f"{name}_rose", Role.SYMPTOM, Source.DATABASE, says, calm.object_of(db), db.instance.name, weight=0.45
            )


def _sign(db: Database, one: Fault) -> Sign:
    name = one.object or db.instance.name
    mends, prevents = REMEDIES.get(NAMED_AS.get(one.kind, one.kind), ("", ""))
    return Sign(
        kind=NAMED_AS.get(one.kind, one.kind),
        role=Role.CAUSE if one.weight >= CAUSE else Role.SYMPTOM,
        source=Source.DATABASE,
        says=one.says,
        object=f"DBInstance//{name}" if name else "",
        service=db.instance.name,
        weight=one.weight,
        began=one.began,
        last=one.last,
        quotes=one.quotes,
        mends=mends,
        prevents=prevents,
        facts={"category": one.category},
    )
