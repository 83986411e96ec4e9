"""What was trouble and is over: failovers and upgrades before the incident, curves that went far and came back."""

from collections.abc import Iterator
from datetime import timedelta

from bot.core.measures import clip
from bot.core.signs import Role, Sign, Source
from tools.read.databases.calm import came_back, object_of
from tools.read.databases.naming import clock
from tools.read.databases.notices import JUST_BEFORE, UPSETTING, kind_of
from tools.read.databases.values import Database, Notice

WATCHED = ("free_storage", "cpu", "connections", "lag", "write_latency", "read_latency", "queue_depth")
NAMES = {
    "failover": "failover",
    "restart": "restart",
    "maintenance": "maintenance",
    "promotion": "replica promotion",
    "replication_stopped": "replication error",
}


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
            f"{kind}_over", Role.PAST, Source.DATABASE, says, object_of(db), db.instance.name, weight=0.7, last=last.at
        )


def recovered(db: Database) -> Iterator[Sign]:
    """Curves that went far and are back, with what the keeper of the database said of it."""
    for name in WATCHED:
        meter = db.meter(name)
        back = came_back(name, meter) if meter is not None else ""
        if meter is None or not back:
            continue
        said = _said(db) if name == "free_storage" else ""
        says = f"{back} at {clock(meter.points[-1][0])}{said}"
        yield Sign(
            f"{name}_recovered",
            Role.PAST,
            Source.DATABASE,
            f"{says}, already resolved",
            object_of(db),
            db.instance.name,
            weight=0.65 if name == "free_storage" else 0.5,
            last=meter.extreme_at,
        )


def _said(db: Database) -> str:
    told = [one for one in db.notices if one.at >= db.since and kind_of(one) == "storage_grown"]
    return f" (RDS event at {clock(told[-1].at)}: “{clip(told[-1].says, 100)}”)" if told else ""


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
