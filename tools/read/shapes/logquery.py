"""The one search body that answers a log question, and how its answer is read back into lines. Pure.

Everything comes from a single request without hits: a histogram over the whole range, the totals, and for the
incident and for the baseline a *sliced sample*: time is cut into slices, and of each slice the newest lines are
taken, many of the severe and some of the rest. A slice's lines stand for all lines of that slice, so counts are
exact where everything fitted and fair estimates where not; a plain "last 500 lines" would see only the last second.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.window import Window
from tools.read.shapes.lines import Line
from tools.read.shapes.templates import message_and_level, plain_level, spellings_of
from tools.read.shapes.wording import clip
from tools.read.sources.elastic import ElasticSettings

_SEVERE_LEVELS = ("error", "critical", "fatal")
_SEVERE_WORDS = "error exception fatal panic traceback critical"
_AT_LEAST = {
    "trace": (),
    "debug": ("debug", "info", "warning", *_SEVERE_LEVELS),
    "info": ("info", "warning", *_SEVERE_LEVELS),
    "warning": ("warning", *_SEVERE_LEVELS),
    "error": _SEVERE_LEVELS,
    "critical": ("critical", "fatal"),
    "fatal": ("fatal",),
}
_SLICES = {"during": 30, "before": 20}
_LINES = {("during", "severe"): 60, ("during", "rest"): 10, ("before", "severe"): 30, ("before", "rest"): 10}
_BARS = 80


@dataclass(frozen=True)
class Question:
    service: str
    namespace: str
    query: str
    level: str


@dataclass(frozen=True)
class Answer:
    """``lines_total`` counts the service's lines whatever the question's words and level.

    ``cut_short``: time ran out, and which lines were reached by then is nobody's choice: before and now do not compare.
    """

    total: int
    baseline_total: int
    lines_total: int
    histogram: list[list[float]]
    during: list[Line]
    before: list[Line]
    exact: bool
    cut_short: bool = False


def search_body(asked: Question, settings: ElasticSettings, window: Window) -> dict[str, Any]:
    parts = {"during": (window.start, window.end), "before": (window.baseline_start, window.start)}
    matching = {"bool": {"filter": _matching(asked, settings)}}
    inside: dict[str, Any] = {"bars": _bars(settings, window)}
    for name, (start, end) in parts.items():
        inside[name] = {"filter": _between(settings, start, end), "aggs": _strata(settings, name, start, end)}
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {"bool": {"filter": _whose(asked, settings, window)}},
        "aggs": {"matching": {"filter": matching, "aggs": inside}},
    }


def read_answer(body: Mapping[str, Any], settings: ElasticSettings) -> Answer:
    """Raises KeyError, TypeError or ValueError where the answer has another shape."""
    matching = body["aggregations"]["matching"]
    lines = {name: list(_lines(matching[name], settings)) for name in ("during", "before")}
    sampled = {name: all(line.weight == 1 for line in found) for name, found in lines.items()}
    return Answer(
        total=int(matching["during"]["doc_count"]),
        baseline_total=int(matching["before"]["doc_count"]),
        lines_total=int(body["hits"]["total"]["value"]),
        histogram=[[bucket["key"] / 1000, bucket["doc_count"]] for bucket in matching["bars"]["buckets"]],
        during=lines["during"],
        before=lines["before"],
        exact=all(sampled.values()),
        cut_short=bool(body.get("timed_out")),
    )


def bar_seconds(window: Window) -> int:
    return max(1, round((window.end - window.baseline_start).total_seconds() / _BARS))


def words_of(asked: Question) -> str:
    """The filter in words, for what was asked."""
    parts = [f"service {asked.service}" if asked.service else "any service"]
    parts += [f"namespace {asked.namespace}"] if asked.namespace else []
    parts += [f"level {asked.level} or worse"] if asked.level else []
    parts += [f"matching {clip(asked.query, 200)}"] if asked.query else []
    return ", ".join(parts)


def _whose(asked: Question, settings: ElasticSettings, window: Window) -> list[dict[str, Any]]:
    filters = [_between(settings, window.baseline_start, window.end)]
    if asked.namespace:
        filters.append(_is(settings.namespace_field, asked.namespace))
    if asked.service:
        fields = [settings.service_field, *settings.more_service_fields]
        filters.append(_any([_is(name, asked.service) for name in fields]))
    return filters


def _matching(asked: Question, settings: ElasticSettings) -> list[dict[str, Any]]:
    filters = []
    if asked.query:
        words = {"query": asked.query, "fields": [settings.message_field], "default_operator": "and"}
        filters.append({"simple_query_string": words})
    if levels := _AT_LEAST.get(asked.level, ()):
        filters.append({"terms": {settings.level_field: _spelled(levels)}})
    return filters


def _is(field: str, value: str) -> dict[str, Any]:
    """As a keyword, or as the keyword beside a text field, which is what a mapping nobody wrote makes of it."""
    return _any([{"term": {field: value}}, {"term": {f"{field}.keyword": value}}])


def _any(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _between(settings: ElasticSettings, start: datetime, end: datetime) -> dict[str, Any]:
    return {"range": {settings.time_field: {"gte": _millis(start), "lt": _millis(end), "format": "epoch_millis"}}}


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _spelled(levels: tuple[str, ...]) -> list[str]:
    return [word for level in levels for word in spellings_of(level)]


def _severe(settings: ElasticSettings) -> dict[str, Any]:
    by_level = {"terms": {settings.level_field: _spelled(_SEVERE_LEVELS)}}
    by_word = {"match": {settings.message_field: {"query": _SEVERE_WORDS, "operator": "or"}}}
    unlevelled = {"bool": {"must_not": [{"exists": {"field": settings.level_field}}], "filter": [by_word]}}
    return _any([by_level, unlevelled])


def _strata(settings: ElasticSettings, part: str, start: datetime, end: datetime) -> dict[str, Any]:
    severe = _severe(settings)
    filters = {"severe": severe, "rest": {"bool": {"must_not": [severe]}}}
    interval = max(1000, round((end - start).total_seconds() * 1000 / _SLICES[part]))
    slices = {"field": settings.time_field, "fixed_interval": f"{interval}ms", "min_doc_count": 1}
    return {
        name: {
            "filter": condition,
            "aggs": {"slices": {"date_histogram": slices, "aggs": {"lines": _newest(settings, _LINES[part, name])}}},
        }
        for name, condition in filters.items()
    }


def _newest(settings: ElasticSettings, size: int) -> dict[str, Any]:
    fields = [settings.time_field, settings.message_field, settings.level_field, settings.service_field,
              settings.pod_field, settings.hash_field]  # fmt: skip
    sort = [{settings.time_field: {"order": "desc"}}]
    return {"top_hits": {"size": size, "sort": sort, "_source": {"includes": fields}}}


def _bars(settings: ElasticSettings, window: Window) -> dict[str, Any]:
    bounds = {"min": _millis(window.baseline_start), "max": _millis(window.end) - 1}
    interval = f"{bar_seconds(window)}s"
    return {
        "date_histogram": {
            "field": settings.time_field, "fixed_interval": interval, "min_doc_count": 0,
            "extended_bounds": bounds, "time_zone": "UTC",
        }
    }  # fmt: skip


def _lines(part: Mapping[str, Any], settings: ElasticSettings) -> Iterator[Line]:
    for stratum in ("severe", "rest"):
        for piece in part[stratum]["slices"]["buckets"]:
            hits = piece["lines"]["hits"]["hits"]
            for hit in hits:
                yield _line(hit["_source"], settings, piece["key"] / 1000, piece["doc_count"] / len(hits))


def _line(source: Mapping[str, Any], settings: ElasticSettings, slice_at: float, weight: float) -> Line:
    raw = _text(source, settings.message_field)
    message, level = message_and_level(raw)
    return Line(
        at=_moment(_at(source, settings.time_field), slice_at),
        message=message,
        level=plain_level(_text(source, settings.level_field)) or level,
        pod=_text(source, settings.pod_field),
        template_hash=_text(source, settings.hash_field),
        service=_text(source, settings.service_field),
        weight=weight,
    )


def _moment(value: Any, otherwise: float) -> float:
    """Elasticsearch keeps times as they were sent: ISO text, or milliseconds."""
    if isinstance(value, int | float):
        return float(value) / 1000
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return otherwise


def _text(source: Mapping[str, Any], path: str) -> str:
    value = _at(source, path)
    if isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else str(value)


def _at(source: Any, path: str) -> Any:
    """The value at a dotted path, which documents hold nested, flat, or half of each."""
    path = path.removesuffix(".keyword")
    if not isinstance(source, Mapping):
        return None
    if path in source:
        return source[path]
    for position, sign in enumerate(path):
        if sign == "." and path[:position] in source:
            found = _at(source[path[:position]], path[position + 1 :])
            if found is not None:
                return found
    return None
