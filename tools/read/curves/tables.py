"""Tables of metrics as curves: wide (a column per series) and long (a row per sample). Pure.

A moment is epoch seconds, milliseconds, microseconds or nanoseconds (told by its size), or RFC 3339; one without a
zone is UTC. What is empty, no number or not finite is left out, never zero. A wide column's service is what stands
before its last `_`, as root-cause sets name them (`cartservice_latency-90`, `front-end_load`).
"""

import csv
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO

from bot.core.records import Curve

TIMES = ("time", "timestamp", "ts", "datetime", "date", "_time")
NAMES = ("metric", "metric_name", "name", "kpi_name", "kpi", "__name__")
VALUES = ("value", "_value", "val")
SERVICES = ("service", "service_name", "cmdb_id", "app", "job", "pod", "instance")
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0.0, 1.0))  # at least so large: divided by

_MEASURES = re.compile(
    r"(cpu|mem|memory|disk|diskio|socket|sockets|net|network|latency|error|errors|load|workload|container|request|requests|"
    r"http|rps|qps|rt|mrt|duration|throughput|fs|io|jvm|go|process|istio|p\d\d)(-|$)",
    re.I,
)

Points = dict[datetime, float]


def read_table(text: str) -> tuple[Curve, ...]:
    """Long where its header names a metric and a value beside the time; else wide. () for what is no table."""
    header = _header(text)
    return read_long(text) if _at(header, NAMES) >= 0 and _at(header, VALUES) >= 0 else read_wide(text)


def read_wide(text: str) -> tuple[Curve, ...]:
    """Columns in their order; of two rows at one moment the later counts; a column without a number is left out."""
    header = _header(text)
    when = _at(header, TIMES)
    if when < 0:
        return ()
    points: list[Points] = [{} for _ in header]
    for row in _rows(text):
        at = moment(row[when]) if when < len(row) else None
        for column, told in enumerate(row[: len(header)]):
            if at is not None and column != when and (value := _number(told)) is not None:
                points[column][at] = value
    found = zip(header, points, strict=True)
    return tuple(_curve(*_apart(name), own) for name, own in found if own)


def read_long(text: str) -> tuple[Curve, ...]:
    header = _header(text)
    when, name, value = (_at(header, known) for known in (TIMES, NAMES, VALUES))
    if min(when, name, value) < 0:
        return ()
    who = _at(header, SERVICES)
    rest = [at for at in range(len(header)) if at not in (when, name, value, who)]
    found: dict[tuple[str, str, tuple[tuple[str, str], ...]], Points] = {}
    for row in _rows(text):
        if len(row) < len(header):
            continue
        at, read = moment(row[when]), _number(row[value])
        if at is None or read is None:
            continue
        labels = tuple((header[column], row[column]) for column in rest if row[column])
        found.setdefault((row[who] if who >= 0 else "", row[name], labels), {})[at] = read
    return tuple(_curve(service, metric, own, labels) for (service, metric, labels), own in found.items())


def moment(told: str) -> datetime | None:
    """None for what is no moment."""
    text = told.strip()
    try:
        number = float(text)
    except ValueError:
        return _written(text)
    if not math.isfinite(number) or number < 0:
        return None
    divided = next(by for least, by in _UNITS if number >= least)
    try:
        return datetime.fromtimestamp(number / divided, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _written(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _number(told: str) -> float | None:
    try:
        value = float(told)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _header(text: str) -> list[str]:
    return [name.strip().lstrip("\ufeff") for name in next(iter(_lines(text)), [])]


def _rows(text: str) -> list[list[str]]:
    return _lines(text)[1:]


def _lines(text: str) -> list[list[str]]:
    """None of what the reader gives up on (a field of more than 128 KiB)."""
    try:
        return list(csv.reader(StringIO(text, newline=None)))
    except csv.Error:
        return []


def _at(header: Sequence[str], known: Sequence[str]) -> int:
    lower = [name.lower() for name in header]
    return next((lower.index(name) for name in known if name in lower), -1)


def _apart(column: str) -> tuple[str, str]:
    """(service, metric) of a wide column; no service where nothing tells the two apart. The metric begins at the first
    word that measures something (`ts_auth_service_cpu`, `cart_container_cpu_usage`), else at the last one."""
    words = column.split("_")
    first = next((at for at, word in enumerate(words) if at and _MEASURES.match(word)), 0)
    service, metric = ("_".join(words[:first]), "_".join(words[first:])) if first else column.rpartition("_")[::2]
    return (service, metric) if service and metric else ("", column)


def _curve(service: str, metric: str, points: Points, labels: Sequence[tuple[str, str]] = ()) -> Curve:
    return Curve(metric, tuple(sorted(points.items())), service, dict(labels))
