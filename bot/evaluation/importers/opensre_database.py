"""The database side of an `opensre` case: CloudWatch curves, RDS events and Performance Insights as one `Database`."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.core.records import Curve
from bot.evaluation.importers.opensre_files import Folder, moment
from tools.read.databases.meter import Meter
from tools.read.databases.naming import meters_of
from tools.read.databases.sizes import size_of
from tools.read.databases.values import Database, Insights, Instance, Notice, Statement, Wait

Row = Mapping[str, Any]
LIMIT = re.compile(
    r"connections?:? (?:\d+) of (\d+)|max_connections\s*[=:(]\s*(\d+)|(?:of|limit of) (\d+) (?:max_)?connections", re.I
)
ALLOCATED = re.compile(r"remaining of ([\d.]+) ?GB|allocated storage (?:is |of )?([\d.]+) ?GB", re.IGNORECASE)


def database_of(files: Folder, labels: Mapping[str, str], said: str, now: datetime) -> Database | None:
    """None where the case brings no metrics, events or load of a database."""
    curves = files.curves()
    insights, events = files.any("aws_performance_insights.json"), files.any("aws_rds_events.json")
    if not (curves or insights or events.get("events")):
        return None
    name = (
        labels.get("db_instance_identifier")
        or labels.get("db_instance")
        or str(insights.get("db_instance_identifier", ""))
    )
    notices = tuple(sorted(_notices(events), key=lambda one: one.at))
    replicas = _replicas(name, labels, curves, notices)
    mine = _mine(curves, name, replicas)
    starts = [curve.points[0][0] for curve in mine if curve.points]
    words = " ".join((said, *(one.says for one in notices)))
    return Database(
        instance=_instance(name, replicas, words, files.setting("instance_class")),
        now=now,
        since=min(starts, default=_time(insights, "start_time") or now),
        meters=meters_of(mine),
        insights=_insights(insights),
        notices=notices,
        said=said,
    )


def _mine(curves: tuple[Curve, ...], name: str, replicas: tuple[str, ...]) -> list[Curve]:
    """Curves of the instance and its replicas; those of other instances say nothing about it."""
    mine = [one for one in curves if one.service in (name, *replicas) or not one.service]
    return mine if mine or not name else list(curves)


def _replicas(
    name: str, labels: Mapping[str, str], curves: tuple[Curve, ...], notices: tuple[Notice, ...]
) -> tuple[str, ...]:
    """Every other name that is told as a replica of it, those of the alert and of the lag metric first."""
    lagging = [one.service for one in curves if "replicalag" in one.name.lower()]
    told = (labels.get("read_replica", ""), *lagging, *(one.source for one in reversed(notices)))
    own = (one for one in told if one and one != name and (one.startswith(name) or one == labels.get("read_replica")))
    return tuple(dict.fromkeys(own))


def _instance(name: str, replicas: tuple[str, ...], words: str, class_: str) -> Instance:
    size = size_of(class_)
    limit, room = LIMIT.search(words), ALLOCATED.search(words)
    told = float(next(one for one in limit.groups() if one)) if limit else None
    allocated = float(next(one for one in room.groups() if one)) * 2**30 if room else None
    return Instance(
        name, replicas, told or size.max_connections, vcpus=size.vcpus, memory=size.memory, storage=allocated
    )


def _notices(read: Row) -> Iterator[Notice]:
    for row in read.get("events") or ():
        at = moment(row.get("date") or row.get("Date"))
        if at is not None:
            categories = tuple(str(one) for one in row.get("event_categories") or ())
            yield Notice(at, str(row.get("message") or ""), str(row.get("source_identifier") or ""), categories)


def _insights(read: Row) -> Insights:
    return Insights(
        load=_load(read.get("db_load") or {}),
        statements=tuple(sorted(map(_statement, _rows(read, "top_sql")), key=lambda one: -one.load)),
        waits=_waits(read, "top_wait_events"),
        users=_waits(read, "top_users"),
        hosts=_waits(read, "top_hosts"),
    )


def _load(read: Row) -> Meter | None:
    pairs = zip(read.get("timestamps") or (), read.get("values") or (), strict=False)
    points = tuple(
        (at, float(value)) for time, value in pairs if (at := moment(time)) and isinstance(value, int | float)
    )
    return Meter("DBLoad", points, "AAS") if points else None


def _statement(row: Row) -> Statement:
    calls = row.get("calls_per_sec")
    return Statement(
        text=str(row.get("statement") or row.get("sql") or ""),
        load=float(row.get("db_load_avg") or 0),
        waits=_waits(row, "wait_events"),
        calls=float(calls) if isinstance(calls, int | float) else None,
    )


def _waits(read: Row, key: str) -> tuple[Wait, ...]:
    rows = (
        (str(row.get("name") or row.get("id") or ""), float(row.get("db_load_avg") or 0)) for row in _rows(read, key)
    )
    return tuple(sorted((Wait(name, load) for name, load in rows), key=lambda one: -one.load))


def _rows(read: Row, key: str) -> list[Row]:
    return [row for row in read.get(key) or () if isinstance(row, Mapping)]


def _time(read: Row, key: str) -> datetime | None:
    return moment(read.get(key))
