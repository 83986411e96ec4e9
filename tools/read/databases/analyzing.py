"""Every analyzer over one database, what explains what settled, as signs: causes, what they rule out, what is well."""

from bot.core.signs import Role, Sign, Source
from tools.read.databases import calm
from tools.read.databases.checkpoints import checkpoints
from tools.read.databases.contention import locks, memory
from tools.read.databases.faults import Analyzer, Fault
from tools.read.databases.notices import failover, restarted
from tools.read.databases.processor import processor
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
    locks,
    memory,
    restarted,
)
CAUSE = 0.5  # a lighter fault is trouble that something else makes


def signs_of(db: Database) -> tuple[Sign, ...]:
    """All signs of one database, heaviest first."""
    roots, asides = settle([fault for analyzer in ANALYZERS for fault in analyzer(db)])
    found = [*(_sign(db, one) for one in roots), *calm.over(db)]
    found += calm.ruled_out(db, roots, asides) if roots else calm.healthy(db)
    return tuple(sorted(found, key=lambda sign: -sign.weight))


def _sign(db: Database, one: Fault) -> Sign:
    name = one.object or db.instance.name
    mends, prevents = REMEDIES.get(one.kind, ("", ""))
    return Sign(
        kind=one.kind,
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
