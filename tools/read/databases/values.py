"""What is known of one database: its size, its curves by one name each, its load by statement and wait, its notices.

Values only. Loads are average active sessions (AAS); of a source that
gives shares of the load instead, `Insights.shares` is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tools.read.databases.meter import Meter

WRITES = ("insert", "update", "delete", "copy", "merge", "create", "alter", "refresh", "reindex", "cluster")
SHARES_ABOVE = 2.5  # statements that together load more than this times the whole database are given in per cent


@dataclass(frozen=True)
class Wait:
    name: str
    load: float


@dataclass(frozen=True)
class Statement:
    """``calls`` per second, None where it is not told."""

    text: str
    load: float
    waits: tuple[Wait, ...] = ()
    calls: float | None = None

    @property
    def verb(self) -> str:
        words = self.text.replace(";", " ").lower().split()
        told = [word for word in words if word not in ("begin", "explain", "analyze", "(")]
        return told[0].strip("(") if told else ""

    @property
    def writes(self) -> bool:
        return self.verb in WRITES or (self.verb == "with" and any(f" {one} " in self.text.lower() for one in WRITES))

    @property
    def is_upkeep(self) -> bool:
        """Work that PostgreSQL does for itself."""
        words = self.text.lower()
        return any(one in words for one in ("vacuum", "checkpointer", "walwriter", "background writer", "analyze "))

    def waiting(self, *families: str) -> float:
        """Its load in waits of these families ("CPU", "Lock", "IO:WAL")."""
        return sum(one.load for one in self.waits if one.name.startswith(families))


@dataclass(frozen=True)
class Insights:
    """Anything that samples active sessions. Statements and waits heaviest first; ``idle`` counts sessions by state."""

    load: Meter | None = None
    statements: tuple[Statement, ...] = ()
    waits: tuple[Wait, ...] = ()
    users: tuple[Wait, ...] = ()
    hosts: tuple[Wait, ...] = ()
    idle: Mapping[str, float] = field(default_factory=dict)
    source: str = "Performance Insights"

    @property
    def shares(self) -> bool:
        return self.load is not None and sum(one.load for one in self.statements) > SHARES_ABOVE * max(
            self.load.high, 0.1
        )

    @property
    def total(self) -> float:
        return sum(one.load for one in self.waits) or sum(one.load for one in self.statements)

    def share(self, *families: str) -> float:
        """How much of all waiting is of these families, 0 to 1."""
        mine = sum(one.load for one in self.waits if one.name.startswith(families))
        return mine / self.total if self.total else 0.0

    def in_words(self, load: float) -> str:
        return f"{load:.3g} % of the load" if self.shares else f"{load:.3g} AAS"


@dataclass(frozen=True)
class Notice:
    """One event that the database's keeper told (an RDS event, a line of the server's log)."""

    at: datetime
    says: str
    source: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instance:
    """``storage`` and ``memory`` in bytes; None where nothing tells it."""

    name: str = ""
    replicas: tuple[str, ...] = ()
    max_connections: float | None = None
    vcpus: float | None = None
    memory: float | None = None
    storage: float | None = None


@dataclass(frozen=True)
class Database:
    """``meters`` by the names of `naming.METERS`; ``said`` is the alert in its own words, ``since`` its start."""

    instance: Instance
    now: datetime
    since: datetime
    meters: Mapping[str, Meter] = field(default_factory=dict)
    insights: Insights = field(default_factory=Insights)
    notices: tuple[Notice, ...] = ()
    said: str = ""

    def meter(self, name: str) -> Meter | None:
        return self.meters.get(name)
