"""Aggregations that sort documents into many buckets: date_histogram, histogram, terms, range and date_range."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.search.dates import moment
from bot.playground.world.search.documents import Document, Value, leaf_type, stamp
from bot.playground.world.search.metrics import field_of
from bot.playground.world.search.refusal import SearchRefused, illegal, unparsable

Documents = Sequence[Document]
Rows = list[dict[str, Any]]
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_CALENDAR = {"second": "s", "1s": "s", "minute": "m", "1m": "m", "hour": "h", "1h": "h", "day": "d", "1d": "d"}
_CALENDAR |= {"week": "w", "1w": "w", "month": "M", "1M": "M", "year": "y", "1y": "y"}


@dataclass(frozen=True)
class Row:
    key: dict[str, Any]
    documents: Documents


@dataclass(frozen=True)
class Buckets:
    """The buckets before their inner aggregations; `arranged` puts them in order once those are known."""

    rows: list[Row]
    extra: dict[str, Any] = field(default_factory=dict)
    arranged: Callable[[Rows], Rows] = lambda rows: rows


def _gather(documents: Documents, name: str, fill: Value | None = None) -> dict[Any, list[Document]]:
    found: dict[Any, list[Document]] = {}
    for document in documents:
        value = document.get(name)
        value = fill if value is None else value
        if value is not None:
            found.setdefault(value, []).append(document)
    return found


def terms_buckets(body: Any, documents: Documents, _: int) -> Buckets:
    known = ("size", "order", "min_doc_count", "include", "exclude", "shard_size", "show_term_doc_count_error")
    name = field_of(body, "terms", (*known, "execution_hint", "collect_mode"))
    size = int(body.get("size", 10))
    if size <= 0:
        raise illegal(f"[size] must be greater than 0. Found [{size}] in [terms]")
    found = _gather(documents, name, body.get("missing"))
    keep = _chooser(body.get("include"), body.get("exclude"))
    least = int(body.get("min_doc_count", 1))
    rows = [Row(_key(name, value), inside) for value, inside in found.items() if keep(value) and len(inside) >= least]
    total = sum(len(row.documents) for row in rows)
    answer: dict[str, Any] = {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0}
    steps = _steps(body.get("order"))

    def arranged(made: Rows) -> Rows:
        made = sorted(made, key=lambda row: row["key"])
        for path, down in reversed(steps):
            made.sort(key=lambda row: _along(row, path), reverse=down)
        kept = made[:size]
        answer["sum_other_doc_count"] = total - sum(row["doc_count"] for row in kept)
        return kept

    return Buckets(rows, answer, arranged)


def _key(name: str, value: Value) -> dict[str, Any]:
    return {"key": value, "key_as_string": stamp(int(value))} if leaf_type(name) == "date" else {"key": value}


def _chooser(include: object, exclude: object) -> Callable[[Value], bool]:
    def fits(value: Value, given: object) -> bool:
        if isinstance(given, list):
            return value in given
        return re.fullmatch(str(given), str(value)) is not None

    return lambda value: (include is None or fits(value, include)) and (exclude is None or not fits(value, exclude))


def _steps(order: object) -> list[tuple[str, bool]]:
    if order is None:
        return [("_count", True)]
    listed = order if isinstance(order, list) else [order]
    steps = []
    for one in listed:
        if not isinstance(one, Mapping) or len(one) != 1:
            raise unparsable("[order] must be an object with one entry")
        path, way = next(iter(one.items()))
        steps.append((str(path), str(way).lower() == "desc"))
    return steps


def _along(row: Mapping[str, Any], path: str) -> Any:
    """Return what a row is ordered by: its count, its key, or the number at `inner` or `inner.avg`."""
    if path in ("_count", "_key"):
        return row["doc_count" if path == "_count" else "key"]
    found: Any = row
    for part in re.split(r"[.>]", path):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        found = found.get("value", found.get("doc_count"))
    if found is None and path.split(".")[0].split(">")[0] not in row:
        reason = f"Invalid aggregation order path [{path}]. The provided aggregation [{path}] does not exist."
        raise SearchRefused(400, "aggregation_execution_exception", reason)
    return float("-inf") if found is None else found


def date_histogram_buckets(body: Any, documents: Documents, now: int) -> Buckets:
    known = ("fixed_interval", "calendar_interval", "min_doc_count", "extended_bounds", "offset", "time_zone", "keyed")
    name = field_of(body, "date_histogram", (*known, "hard_bounds", "order"))
    if leaf_type(name) != "date":
        raise illegal(f"Field [{name}] is not supported for aggregation [date_histogram]")
    if body.get("time_zone") not in (None, "UTC", "Z", "+00:00"):
        raise illegal("[date_histogram] a time_zone other than UTC is not offered by this server")
    floor, following = _ticks(body)
    found: dict[int, list[Document]] = {}
    for document in documents:
        at = document.get(name)
        if at is not None and _inside(int(at), body.get("hard_bounds"), now):
            found.setdefault(floor(int(at)), []).append(document)
    least = int(body.get("min_doc_count", 0))
    if least == 0:
        _fill(found, floor, following, [moment(edge, now) for edge in dict(body.get("extended_bounds") or {}).values()])
    keys = [key for key in sorted(found) if len(found[key]) >= least]
    rows = [Row({"key_as_string": _shown(key, body.get("format")), "key": key}, found[key]) for key in keys]
    steps = _steps(body.get("order")) if body.get("order") else []
    return Buckets(rows, arranged=lambda made: _by_steps(made, steps))


def _by_steps(made: Rows, steps: list[tuple[str, bool]]) -> Rows:
    for path, down in reversed(steps):
        made = sorted(made, key=lambda row: _along(row, path), reverse=down)
    return made


def _shown(key: int, form: object) -> str:
    return str(key // 1000) if form == "epoch_second" else str(key) if form == "epoch_millis" else stamp(key)


def _inside(at: int, bounds: Any, now: int) -> bool:
    if not bounds:
        return True
    low, high = bounds.get("min"), bounds.get("max")
    return (low is None or at >= moment(low, now)) and (high is None or at < moment(high, now))


def _ticks(body: Any) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return the functions from a moment to the start of its bucket and to the start of the next one."""
    fixed, calendar = body.get("fixed_interval"), body.get("calendar_interval")
    if (fixed is None) == (calendar is None):
        raise illegal("Required one of fields [interval, fixed_interval, calendar_interval], but none were specified.")
    if calendar is not None:
        unit = _CALENDAR.get(str(calendar))
        if unit is None:
            raise illegal(f"The supplied interval [{calendar}] could not be parsed as a calendar interval.")
        return (lambda at: moment(f"now/{unit}", at)), (lambda at: moment(f"now/{unit}", at, up=True) + 1)
    step, offset = _interval(str(fixed)), _interval(str(body.get("offset", "0ms")))
    return (lambda at: (at - offset) // step * step + offset), (lambda at: at + step)


def _interval(written: str) -> int:
    found = re.fullmatch(r"([+-]?\d+)(ms|[smhd])", written)
    if not found or (not int(found[1]) and written != "0ms"):
        reason = f"failed to parse setting [date_histogram.fixedInterval] with value [{written}] as a time value"
        raise illegal(reason)
    return int(found[1]) * _UNITS[found[2]]


def _fill(
    found: dict[int, list[Document]], floor: Callable[[int], int], following: Callable[[int], int], edges: list[int]
) -> None:
    marks = [*found, *map(floor, edges)]
    if not marks:
        return
    key, last, made = min(marks), max(marks), 0
    while key <= last and made <= 65_536:
        found.setdefault(key, [])
        key, made = following(key), made + 1


def histogram_buckets(body: Any, documents: Documents, _: int) -> Buckets:
    name = field_of(body, "histogram", ("interval", "min_doc_count", "offset", "keyed"))
    step = float(body.get("interval", 0))
    if step <= 0:
        raise illegal("[interval] must be >0 for histogram aggregation [histogram]")
    found: dict[float, list[Document]] = {}
    for value, inside in _gather(documents, name, body.get("missing")).items():
        found.setdefault(float(value) // step * step, []).extend(inside)
    if found and int(body.get("min_doc_count", 0)) == 0:
        low, high = min(found), max(found)
        for number in range(int((high - low) / step) + 1):
            found.setdefault(low + number * step, [])
    return Buckets([Row({"key": key}, found[key]) for key in sorted(found)])


def range_buckets(body: Any, documents: Documents, now: int) -> Buckets:
    name = field_of(body, "range", ("ranges", "keyed"))
    return Buckets([_range_row(name, one, documents, now) for one in body.get("ranges", [])])


def _range_row(name: str, edges: Mapping[str, Any], documents: Documents, now: int) -> Row:
    dates = leaf_type(name) == "date"
    found = {end: moment(edges[end], now) if dates else float(edges[end]) for end in ("from", "to") if end in edges}
    shown = {end: stamp(int(value)) if dates else value for end, value in found.items()}
    key = {"key": edges.get("key", f"{shown.get('from', '*')}-{shown.get('to', '*')}")}
    low, high = found.get("from", float("-inf")), found.get("to", float("inf"))
    return Row({**key, **found}, list(_within(name, documents, low, high)))


def _within(name: str, documents: Documents, low: float, high: float) -> Iterator[Document]:
    for document in documents:
        value = document.get(name)
        if isinstance(value, int | float) and low <= value < high:
            yield document
