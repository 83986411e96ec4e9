"""What kind a notice is (a failover, storage full, a backup …), and which of them are of now.

RDS and the server's log say these in fixed phrases. What was over before the incident began is no cause of it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from bot.core.measures import clip
from tools.read.databases.faults import Fault, level
from tools.read.databases.naming import clock
from tools.read.databases.values import Database, Notice

JUST_BEFORE = timedelta(minutes=10)
KINDS: Mapping[str, str] = {
    "storage_grown": r"storage.{0,60}(increased|extended|grown|complete|finished|recovered|reclaimed|freed)"
    r"|(finished|complete).{0,40}(storage|allocated)|storage (autoscaling|optimi[sz]ation)",
    "storage_full": r"(ran|run|running|is) out of (storage|disk)|storage[- ]full|no space left|insufficient storage"
    r"|storage (space )?(has been |is )?exhausted",
    "storage_low": r"low storage|storage.{0,40}(critically )?low|free storage.{0,40}remaining|consum.{0,40}storage",
    "parameter": r"parameter group",
    "failover": r"fail(ed)?[- ]?over|multi-az.{0,20}activation",
    "promotion": r"promot",
    "replication_stopped": r"replication.{0,40}(stopped|terminated|broken|error|fail)",
    "replication_resumed": r"replication.{0,40}resumed",
    "lag": r"(replica|replication)[ -]?lag|replica.{0,30}behind",
    "connections": r"max_connections|connection slots|too many (clients|connections)",
    "checkpoint": r"checkpoint",
    "deadlock": r"deadlock",
    "restart": r"restart|reboot|shutdown|shut down|crash|recovery of the db|has been (stopped|started)",
    "maintenance": r"maintenance|upgrade|patch",
    "backup": r"back(ing|ed)? ?up|snapshot",
    "available": r"is (now )?available",
}
_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in KINDS.items()}
PLANNED = re.compile(r"\b(will|next maintenance window|scheduled for|available for|pending|needs to)\b", re.IGNORECASE)
UPSETTING = ("failover", "restart", "maintenance", "promotion", "replication_stopped")


def kind_of(notice: Notice) -> str:
    """The first kind that its words fit; "" for others."""
    if "exceeded" in notice.says and "CPU" in notice.says:
        return ""
    return next((kind for kind, pattern in _COMPILED.items() if pattern.search(notice.says)), "")


def recent(db: Database, *kinds: str) -> list[Notice]:
    return [one for one in db.notices if one.at >= db.since - JUST_BEFORE and kind_of(one) in kinds]


def failover(db: Database) -> Iterator[Fault]:
    """A failover within the incident: the database's place moved, and every session to it was cut."""
    told = [one for one in recent(db, "failover") if not PLANNED.search(one.says)]
    if not told:
        return
    start, end = told[0], told[-1]
    name = db.instance.name
    finished = re.search(r"finish|complet|is available", end.says, re.IGNORECASE)
    over = f"completed at {clock(end.at)}" if finished else "not yet completed"
    why = _why(db)
    says = (
        f"Multi-AZ failover of {name}: initiated at {clock(start.at)}, {over}; the standby was promoted to primary, "
        f"open connections were dropped{_dip(db)}"
    )
    yield Fault(
        "failover",
        f"{says}. RDS event: “{clip(start.says, 120)}”{why}",
        f"A failover at {clock(start.at)}, {over}",
        0.9,
        start.at,
        end.at,
        quotes=tuple(one.says for one in told[:4]),
        category="infrastructure",
    )


def _why(db: Database) -> str:
    """What is told of the host that failed."""
    words = ("unhealthy", "unreachable", "hardware", "host failure", "network", "unresponsive", "storage failure")
    told = (one.says for one in recent(db, "failover", "") if any(word in one.says.lower() for word in words))
    return next((f"; reason: “{clip(one, 120)}”" for one in told), "")


def restarted(db: Database) -> Iterator[Fault]:
    """The instance restarted, or its maintenance ran, within the incident, and nobody failed over."""
    told = [one for one in recent(db, "restart", "maintenance") if not PLANNED.search(one.says)]
    cut = db.meter("connections") is None or bool(_dip(db))
    if not told or not cut or recent(db, "failover"):
        return
    first, last = told[0], told[-1]
    yield Fault(
        "database_restarted",
        f"{db.instance.name} restarted at {clock(first.at)}: RDS event “{clip(first.says, 160)}”{_dip(db)}",
        f"RDS event at {clock(first.at)}: “{clip(first.says, 120)}”",
        0.6,
        first.at,
        last.at,
        quotes=tuple(one.says for one in told[:3]),
        category="infrastructure",
    )


def _dip(db: Database) -> str:
    """How the sessions fell and whether they are back."""
    meter = db.meter("connections")
    if meter is None or meter.low > 0.5 * meter.first:
        return ""
    low = next(at for at, value in meter.points if value == meter.low)
    back = f", {meter.now:.0f} again now" if meter.now >= 0.7 * meter.first else f", {level('connections', meter)}"
    return f" (DatabaseConnections fell from {meter.first:.0f} to {meter.low:.0f} at {clock(low)}{back})"
