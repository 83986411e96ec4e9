"""Aggregations: buckets within buckets, and the table of the kinds there are; an unknown kind is refused by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.playground.world.search.buckets import (
    Buckets,
    date_histogram_buckets,
    histogram_buckets,
    range_buckets,
    terms_buckets,
)
from bot.playground.world.search.documents import Document
from bot.playground.world.search.metrics import METRICS, field_of
from bot.playground.world.search.predicates import Corpus
from bot.playground.world.search.query import compile_query
from bot.playground.world.search.refusal import SearchRefused, unparsable
from bot.playground.world.search.shapes import source_of
from bot.playground.world.search.sorting import Placed, ordered, parse_sort

_MOST_BUCKETS = 65_536
Documents = Sequence[Document]


def aggregate(asked: object, documents: Documents, corpus: Corpus) -> dict[str, Any]:
    """Return the answers of named aggregations over the documents."""
    if not isinstance(asked, Mapping):
        raise unparsable("Expected [START_OBJECT] under [aggregations]")
    return {str(name): _one(str(name), body, documents, corpus) for name, body in asked.items()}


def _one(name: str, body: object, documents: Documents, corpus: Corpus) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise unparsable(f"Aggregation definition for [{name}] starts with a [VALUE], expected a [START_OBJECT].")
    rest = {key: value for key, value in body.items() if key not in ("aggs", "aggregations", "meta")}
    inner = body.get("aggs", body.get("aggregations"))
    if len(rest) != 1:
        raise unparsable(f"Expected one aggregation type for aggregation [{name}], found {sorted(rest)}")
    kind, given = next(iter(rest.items()))
    if kind in METRICS or kind == "top_hits":
        if inner:
            reason = f"Aggregator [{name}] of type [{kind}] cannot accept sub-aggregations"
            raise SearchRefused(500, "aggregation_initialization_exception", reason)
        return METRICS[kind](given, documents) if kind in METRICS else _top_hits(given, documents)
    below = _Below(inner, corpus)
    if kind in _SINGLE:
        return below.bucket(_SINGLE[kind](given, documents, corpus))
    if kind == "filters":
        return _filters(given, documents, corpus, below)
    if kind not in _MANY:
        raise SearchRefused(400, "parsing_exception", f"Unknown aggregation type [{kind}]", line=1, col=1)
    return _many(_MANY[kind](given, documents, corpus.now), given, below)


class _Below:
    """The aggregations inside a bucket."""

    def __init__(self, asked: object, corpus: Corpus) -> None:
        self._asked, self._corpus = asked, corpus

    def bucket(self, documents: Documents) -> dict[str, Any]:
        inside = aggregate(self._asked, documents, self._corpus) if self._asked else {}
        return {"doc_count": len(documents), **inside}


def _many(found: Buckets, given: Mapping[str, Any], below: _Below) -> dict[str, Any]:
    if len(found.rows) > _MOST_BUCKETS:
        reason = f"Trying to create too many buckets. Must be less than or equal to: [{_MOST_BUCKETS}]"
        raise SearchRefused(400, "too_many_buckets_exception", reason, max_buckets=_MOST_BUCKETS)
    rows = [{**row.key, **below.bucket(row.documents)} for row in found.rows]
    rows = found.arranged(rows)
    if given.get("keyed"):
        return {"buckets": {str(row.get("key_as_string", row["key"])): row for row in rows}, **found.extra}
    return {**found.extra, "buckets": rows}


def _filter(body: Any, documents: Documents, corpus: Corpus) -> Documents:
    test = compile_query(body, corpus).test
    return [document for document in documents if test(document)]


def _missing(body: Any, documents: Documents, _: Corpus) -> Documents:
    name = field_of(body, "missing")
    return [document for document in documents if document.get(name) is None]


def _everything(_: Any, __: Documents, corpus: Corpus) -> Documents:
    return corpus.documents


def _filters(body: Any, documents: Documents, corpus: Corpus, below: _Below) -> dict[str, Any]:
    asked = body.get("filters") if isinstance(body, Mapping) else None
    if isinstance(asked, list):
        return {"buckets": [below.bucket(_filter(one, documents, corpus)) for one in asked]}
    if not isinstance(asked, Mapping):
        raise unparsable("[filters] cannot be empty")
    rows = {name: below.bucket(_filter(one, documents, corpus)) for name, one in asked.items()}
    other = str(body.get("other_bucket_key", "_other_"))
    if body.get("other_bucket") or "other_bucket_key" in body:
        tests = [compile_query(one, corpus).test for one in asked.values()]
        rows[other] = below.bucket([one for one in documents if not any(test(one) for test in tests)])
    return {"buckets": rows}


def _top_hits(body: Any, documents: Documents) -> dict[str, Any]:
    unknown = set(body) - {"size", "from", "sort", "_source"}
    if unknown:
        raise unparsable(f"[top_hits] unknown field [{min(unknown)}]")
    keys = parse_sort(body.get("sort"), frozen=False)
    placed: list[Placed] = [(document, 1.0) for document in documents]
    start = int(body.get("from", 0))
    hits = []
    for (document, _), values in ordered(placed, keys)[start : start + int(body.get("size", 3))]:
        hit: dict[str, Any] = {"_index": document.index, "_id": document.id, "_score": None if keys else 1.0}
        source = source_of(document, body.get("_source"))
        shown = [key.shown(value) for key, value in zip(keys, values, strict=True)]
        hits.append(hit | ({} if source is None else {"_source": source}) | ({"sort": shown} if keys else {}))
    total = {"value": len(documents), "relation": "eq"}
    return {"hits": {"total": total, "max_score": None if keys or not hits else 1.0, "hits": hits}}


Single = Callable[[Any, Documents, Corpus], Documents]
_SINGLE: Mapping[str, Single] = {"filter": _filter, "missing": _missing, "global": _everything}
_MANY: Mapping[str, Callable[[Any, Documents, int], Buckets]] = {
    "date_histogram": date_histogram_buckets,
    "date_range": range_buckets,
    "histogram": histogram_buckets,
    "range": range_buckets,
    "terms": terms_buckets,
}
