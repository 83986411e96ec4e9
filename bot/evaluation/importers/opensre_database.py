"""The database side of an `opensre` case: CloudWatch curves, RDS events and Performance Insights as one `Database`."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.core.records import Curve
from bot.evaluation.importers.loose import Row, number, row, rows, text, texts
from bot.evaluation.importers.opensre_files import Folder, moment
from tools.read.databases.meter import Meter
from tools.read.databases.naming import meters_of
from tools.read.databases.sizes import size_of
from tools.read.databases.values import Database, Insights, Instance, Notice, Statement, Wait

ID = "db_instance_identifier"
LIMIT = re.compile(
    r"connections?:? ?\d+ ?(?:of|/|out of) ?(\d{2,5})"
    r"|max_connections[\s=:(]*(?:limit|setting|is|of|at)?[\s=:(]*(?:of|is)? ?(\d{2,5})\b"
    r"|\d+ ?(?:of|/|out of) ?(\d{2,5}) (?:max_|max |available )?connections"
    r"|\b(\d{2,5}) ?max_connections",
    re.IGNORECASE,
)
USED = re.compile(r"(\d{2,3}(?:\.\d+)?) ?% of (?:the )?max_?(?: )?connections", re.IGNORECASE)
ALLOCATED = re.compile(r"remaining of ([\d.]+) ?GB|allocated storage (?:is |of )?([\d.]+) ?GB", re.IGNORECASE)


def database_of(files: Folder, labels: Mapping[str, str], said: str, now: datetime) -> Database | None:
    """None where the case brings no metrics, events or load of a database."""
    curves = files.curves()
    insights, events = files.any("aws_performance_insights.json"), files.any("aws_rds_events.json")
    if not (curves or insights or events.get("events")):
        return None
    name = labels.get("db_instance_identifier") or labels.get("db_instance") or text(insights.get(ID))
    every = tuple(sorted(_notices(events), key=lambda one: one.at))
    replicas = _replicas(name, labels, curves, every)
    own = {"", name, *replicas, labels.get("db_cluster", "")}
    notices = tuple(one for one in every if not name or one.source in own or name in one.says)
    mine = _mine(curves, name, replicas)
    starts = [curve.points[0][0] for curve in mine if curve.points]
    words = " ".join((said, *(one.says for one in notices)))
    meters = meters_of(mine)
    return Database(
        instance=_instance(name, replicas, words, files.setting("instance_class"), meters),
        now=now,
        since=min(starts, default=moment(insights.get("start_time")) or now),
        meters=meters,
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


def _instance(name: str, replicas: tuple[str, ...], words: str, class_: str, meters: Mapping[str, Meter]) -> Instance:
    """What the alert and the events say of its limits goes before what its class allows."""
    size = size_of(class_)
    room = _first(ALLOCATED, words)
    return Instance(
        name,
        replicas,
        _first(LIMIT, words) or _by_share(words, meters.get("connections")) or size.max_connections,
        vcpus=size.vcpus,
        memory=size.memory,
        storage=room * 2**30 if room else None,
    )


def _by_share(words: str, connections: Meter | None) -> float | None:
    """The limit, where the alert tells what share of it the highest number of connections was."""
    share = _first(USED, words)
    return round(100 * connections.high / share) if share and connections is not None else None


def _first(pattern: re.Pattern[str], words: str) -> float | None:
    found = pattern.search(words)
    told = next((one for one in found.groups() if one), "") if found else ""
    try:
        return float(told.rstrip(".")) if told else None
    except ValueError:
        return None


def _notices(read: Row) -> Iterator[Notice]:
    for one in rows(read, "events", "Events"):
        at = moment(one.get("date") or one.get("Date"))
        if at is not None:
            source = text(one.get("source_identifier") or one.get("SourceIdentifier"))
            says = text(one.get("message") or one.get("Message"))
            yield Notice(at, says, source, tuple(texts(one.get("event_categories"))))


def _insights(read: Row) -> Insights:
    return Insights(
        load=_load(row(read.get("db_load"))),
        statements=tuple(sorted(map(_statement, rows(read, "top_sql")), key=lambda one: -one.load)),
        waits=_waits(read, "top_wait_events"),
        users=_waits(read, "top_users"),
        hosts=_waits(read, "top_hosts"),
    )


def _load(read: Row) -> Meter | None:
    times, values = read.get("timestamps"), read.get("values")
    if not (isinstance(times, list) and isinstance(values, list)):
        return None
    pairs = ((moment(time), number(value)) for time, value in zip(times, values, strict=False))
    points = tuple(sorted((at, value) for at, value in pairs if at is not None and value is not None))
    return Meter("DBLoad", points, "AAS") if points else None


def _statement(one: Row) -> Statement:
    return Statement(
        text=text(one.get("statement") or one.get("sql")),
        load=number(one.get("db_load_avg")) or 0.0,
        waits=_waits(one, "wait_events"),
        calls=number(one.get("calls_per_sec")),
    )


def _waits(read: Row, key: str) -> tuple[Wait, ...]:
    found = (
        Wait(text(one.get("name") or one.get("id")), number(one.get("db_load_avg")) or 0.0) for one in rows(read, key)
    )
    return tuple(sorted(found, key=lambda one: -one.load))
