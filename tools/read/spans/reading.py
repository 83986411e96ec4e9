"""Spans out of what recorders write: Jaeger's HTTP API, OTLP as JSON, and plain lists of spans. Pure.

What is no span is left out and counted by nobody: a trace that misses some of its spans is ordinary.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.records import Span

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 4e9  # seconds; the year 2096: what is later is no time
LONGEST_TEXT = 300
OTLP_KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
SAYING = (
    "otel.status_description",
    "error.message",
    "exception.message",
    "message",
    "error",
    "status.message",
    "event",
)
NOT_WORDS = frozenset({"true", "false", "error", "1", "0", ""})


def read_spans(document: Any) -> tuple[Span, ...]:
    """Every span of a document in any of the known shapes; oldest first."""
    found = [span for span in _any(document) if span.took >= 0]
    return tuple(sorted(found, key=lambda one: (one.began, one.trace, one.id)))


def _any(document: Any) -> Iterator[Span]:
    if isinstance(document, list | tuple):
        for one in document:
            yield from _any(one)
    elif isinstance(document, Mapping):
        for name, reader in SHAPES.items():
            if isinstance(document.get(name), list):
                yield from reader(document)
                return
        if (span := _plain(document)) is not None:
            yield span


def _jaeger(document: Mapping[str, Any]) -> Iterator[Span]:
    """A trace of `/api/traces`; its processes name the services."""
    processes = document.get("processes")
    named = processes if isinstance(processes, Mapping) else {}
    for raw in _rows(document.get("spans")):
        process = named.get(str(raw.get("processID"))) or raw.get("process") or {}
        span = _of_jaeger(raw, process if isinstance(process, Mapping) else {}) or _plain(raw)
        if span is not None:
            yield span


def _of_jaeger(raw: Mapping[str, Any], process: Mapping[str, Any]) -> Span | None:
    started, took = _number(raw.get("startTime")), _number(raw.get("duration"))
    began = None if started is None else _since_epoch(started / 1e6)
    if began is None or took is None:
        return None
    tags = _tags(raw.get("tags"))
    failed = _truthy(tags.get("error")) or tags.get("otel.status_code", "").upper() == "ERROR"
    logged = [_tags(one.get("fields")) for one in _rows(raw.get("logs"))]
    return Span(
        trace=str(raw.get("traceID") or ""),
        id=str(raw.get("spanID") or ""),
        service=str(process.get("serviceName") or ""),
        operation=str(raw.get("operationName") or ""),
        began=began,
        took=took / 1e6,
        parent=_parent(raw),
        failed=failed,
        says=_words(tags, *logged) if failed else "",
        kind=tags.get("span.kind", "").lower(),
        tags={**_tags(process.get("tags")), **tags},
    )


def _parent(raw: Mapping[str, Any]) -> str:
    references = list(_rows(raw.get("references")))
    of_child = [one for one in references if one.get("refType") == "CHILD_OF"] or references
    mine = [one for one in of_child if one.get("traceID") in (None, raw.get("traceID"))]
    return str((mine[0].get("spanID") if mine else raw.get("parentSpanID")) or "")


def _otlp(document: Mapping[str, Any]) -> Iterator[Span]:
    """`resourceSpans`, or `batches` as Tempo calls them."""
    for batch in _rows(document.get("resourceSpans") or document.get("batches")):
        resource = batch.get("resource")
        about = _tags(resource.get("attributes")) if isinstance(resource, Mapping) else {}
        scopes = batch.get("scopeSpans") or batch.get("instrumentationLibrarySpans")
        for scope in _rows(scopes):
            for raw in _rows(scope.get("spans")):
                if (span := _of_otlp(raw, about)) is not None:
                    yield span


def _of_otlp(raw: Mapping[str, Any], about: Mapping[str, str]) -> Span | None:
    started, ended = _number(raw.get("startTimeUnixNano")), _number(raw.get("endTimeUnixNano"))
    began = None if started is None else _since_epoch(started / 1e9)
    if began is None or started is None or ended is None:
        return None
    tags = _tags(raw.get("attributes"))
    status = raw.get("status")
    status = status if isinstance(status, Mapping) else {}
    failed = str(status.get("code")) in ("2", "STATUS_CODE_ERROR")
    events = [_tags(one.get("attributes")) for one in _rows(raw.get("events"))]
    kind = raw.get("kind")
    return Span(
        trace=str(raw.get("traceId") or ""),
        id=str(raw.get("spanId") or ""),
        service=about.get("service.name", ""),
        operation=str(raw.get("name") or ""),
        began=began,
        took=(ended - started) / 1e9,
        parent=str(raw.get("parentSpanId") or ""),
        failed=failed,
        says=(str(status.get("message") or "")[:LONGEST_TEXT] or _words(tags, *events)) if failed else "",
        kind=OTLP_KINDS.get(kind, "") if isinstance(kind, int) else str(kind or "").lower().removeprefix("span_kind_"),
        tags={**about, **tags},
    )


def _plain(raw: Mapping[str, Any]) -> Span | None:
    """One flat object: names as most exporters spell them, times in RFC 3339 or a number since 1970."""
    flat = {str(name).lower().replace("_", ""): value for name, value in raw.items()}
    began = _moment(_first(flat, "start", "starttime", "timestamp", "began", "time"))
    took = _took(flat, began)
    service, id_ = _first(flat, "service", "servicename"), _first(flat, "spanid", "id")
    if began is None or took is None or not service:
        return None
    tags = _tags(_first(flat, "tags", "attributes")) | {
        str(name): str(value) for name, value in raw.items() if isinstance(value, str | int | float | bool)
    }
    status = str(_first(flat, "status", "statuscode") or "")
    failed = status.upper() in ("ERROR", "STATUS_CODE_ERROR", "2", "FAILED") or _truthy(
        flat.get("error") if isinstance(flat.get("error"), bool) else str(flat.get("haserror", ""))
    )
    return Span(
        trace=str(_first(flat, "traceid", "trace") or ""),
        id=str(id_ or ""),
        service=str(service),
        operation=str(_first(flat, "name", "operation", "operationname") or ""),
        began=began,
        took=took,
        parent=str(_first(flat, "parentid", "parentspanid", "parent") or ""),
        failed=failed,
        says=_words(tags) if failed else "",
        kind=str(_first(flat, "kind", "spankind") or "").lower().removeprefix("span_kind_"),
        tags=tags,
    )


SHAPES = {
    "data": lambda document: _any(document["data"]),
    "traces": lambda document: _any(document["traces"]),
    "resourceSpans": _otlp,
    "batches": _otlp,
    "spans": _jaeger,
}
UNITS = {"durationms": 1e-3, "durationus": 1e-6, "durationns": 1e-9, "durations": 1.0, "durationseconds": 1.0}


def _took(flat: Mapping[str, Any], began: datetime | None) -> float | None:
    for name, unit in UNITS.items():
        if (value := _number(flat.get(name))) is not None:
            return value * unit
    ended = _moment(_first(flat, "end", "endtime"))
    if ended is not None and began is not None:
        return (ended - began).total_seconds()
    value = _number(flat.get("duration"))
    return None if value is None else value * 1e-3  # a plain `duration` is milliseconds nearly everywhere


def _words(*places: Mapping[str, str]) -> str:
    """What a failed span says of itself, the most telling field first."""
    told = (place.get(name, "").strip() for name in SAYING for place in places)
    found = next((one for one in told if one.lower() not in NOT_WORDS), "")
    if not found:
        codes = (place.get(name, "") for place in places for name in ("http.status_code", "http.response.status_code"))
        found = next((f"HTTP {code}" for code in codes if code), "")
    return found[:LONGEST_TEXT]


def _tags(value: Any) -> dict[str, str]:
    """Tags as Jaeger lists them, attributes as OTLP does, or a plain object."""
    if isinstance(value, Mapping):
        return {str(name): _text(one) for name, one in value.items()}
    return {str(one.get("key")): _text(one.get("value")) for one in _rows(value)}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = next(iter(value.values()), "")
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _first(flat: Mapping[str, Any], *names: str) -> Any:
    return next((flat[name] for name in names if flat.get(name) not in (None, "")), None)


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    return (one for one in (value if isinstance(value, list | tuple) else ()) if isinstance(one, Mapping))


def _truthy(value: Any) -> bool:
    return str(value).lower() in ("true", "1")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except ValueError:
        return None
    return read if abs(read) < 1e20 else None  # neither infinite nor absurd; NaN compares false


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return None
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    number = _number(value)
    if number is None or number < 0:
        return None
    while number > 1e11:  # milliseconds, microseconds, nanoseconds
        number /= 1000
    return _since_epoch(number)


def _since_epoch(seconds: float) -> datetime | None:
    return EPOCH + timedelta(seconds=seconds) if 0 <= seconds < LATEST else None
