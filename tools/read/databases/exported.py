"""Databases as exporters show them in Prometheus: series grouped by instance, sessions added up, waits where told.

Known are the CloudWatch exporters' `aws_rds_…` names and postgres_exporter's. Counters are left out: a level that only
ever rises is no level.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.records import Curve
from tools.read.databases.meter import Meter
from tools.read.databases.naming import meter_name, meters_of
from tools.read.databases.values import Database, Insights, Instance, Wait

SESSIONS = "pg_stat_activity_count"
NAMES = (
    "(aws_)?rds_[a-z0-9_]+",
    SESSIONS,
    "pg_stat_database_numbackends",
    "pg_settings_max_connections",
    "pg_replication_lag",
    "pg_replication_lag_seconds",
    "pg_replication_slots_pg_wal_lsn_diff",
    "pg_wal_size_bytes",
)
SELECTOR = f'{{__name__=~"{"|".join(NAMES)}"}}'
WHERE = ("dimension_DBInstanceIdentifier", "dbinstance_identifier", "DBInstanceIdentifier", "server", "instance")
IDLE = ("idle", "idle in transaction", "idle in transaction (aborted)")


def databases_in(curves: Iterable[Curve], now: datetime, since: datetime) -> tuple[Database, ...]:
    """One for each instance that any series names, in the order of their names."""
    found: dict[str, list[Curve]] = {}
    for curve in curves:
        name = next((curve.labels[label] for label in WHERE if curve.labels.get(label)), "")
        if name and curve.points and meter_name(curve.name) is not None:
            found.setdefault(name, []).append(curve)
    return tuple(_database(name, found[name], now, since) for name in sorted(found))


def _database(name: str, curves: Sequence[Curve], now: datetime, since: datetime) -> Database:
    sessions = [one for one in curves if one.name == SESSIONS]
    backends = [one for one in curves if one.name == "pg_stat_database_numbackends"]
    others = [one for one in curves if one not in sessions and one not in backends]
    meters = meters_of([*others, *_added_up(sessions or backends)])
    limit = meters.pop("max_connections", None)
    return Database(
        instance=Instance(name, max_connections=limit.last if limit is not None else None),
        now=now,
        since=since,
        meters=meters,
        insights=_insights(sessions),
    )


def _added_up(curves: Sequence[Curve]) -> list[Curve]:
    """Sessions by state, user and database are one number of sessions."""
    total: dict[datetime, float] = {}
    for curve in curves:
        for at, value in curve.points:
            total[at] = total.get(at, 0.0) + value
    return [replace(curves[0], points=tuple(sorted(total.items())), labels={})] if curves else []


def _insights(sessions: Sequence[Curve]) -> Insights:
    waits: dict[str, float] = {}
    idle: dict[str, float] = {}
    for curve in sessions:
        state, count = curve.labels.get("state", ""), curve.points[-1][1]
        if state in IDLE:
            idle[state] = idle.get(state, 0.0) + count
        elif kind := curve.labels.get("wait_event_type", ""):
            name = ":".join(part for part in (kind, curve.labels.get("wait_event", "")) if part)
            waits[name] = waits.get(name, 0.0) + count
    active = _added_up([one for one in sessions if one.labels.get("state") == "active"])
    return Insights(
        load=Meter("active sessions", active[0].points) if active else None,
        waits=tuple(sorted((Wait(*each) for each in waits.items() if each[1]), key=lambda one: -one.load)),
        idle=idle,
        source="pg_stat_activity",
    )
