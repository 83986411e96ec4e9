"""One search from its body to its answer: query, sort, page, shape, aggregations, and the limits of real servers."""

import heapq
import math
from collections.abc import Mapping, Sequence
from typing import Any

from bot.playground.world.durations import seconds
from bot.playground.world.search.aggregate import aggregate
from bot.playground.world.search.documents import Document, Index, between
from bot.playground.world.search.predicates import Corpus, Query
from bot.playground.world.search.query import compile_query
from bot.playground.world.search.refusal import SearchRefused, illegal, unparsable
from bot.playground.world.search.shapes import fields_of, source_of
from bot.playground.world.search.sorting import By, Placed, after, ordered, parse_sort, values_of

_WINDOW = 10_000
_KNOWN = {
    "query", "size", "from", "sort", "_source", "fields", "aggs", "aggregations", "track_total_hits", "search_after",
    "pit", "timeout", "track_scores", "min_score", "post_filter", "terminate_after", "stats", "version",
    "seq_no_primary_term",
}  # fmt: skip
_NOT_OFFERED = {"highlight", "collapse", "suggest", "rescore", "knn", "retriever", "runtime_mappings", "script_fields"}
_NOT_OFFERED |= {"docvalue_fields", "stored_fields", "indices_boost", "slice", "explain", "profile", "rank"}


def gathered(indices: Sequence[Index]) -> list[Document]:
    """Return the documents of the indices in order of time, as they are now: the world writes on meanwhile."""
    if len(indices) == 1:
        return list(indices[0].documents)
    return list(heapq.merge(*(index.documents for index in indices), key=lambda document: document.at))


def search(body: Mapping[str, Any], documents: Sequence[Document], now: int, shards: int = 1) -> dict[str, Any]:
    """Return the answer to a search body over documents in order of time; `now` in milliseconds."""
    _check(body)
    corpus = Corpus(documents, now)
    query = compile_query(body.get("query"), corpus)
    found = matching(query, corpus)
    inside = aggregate(body["aggs" if "aggs" in body else "aggregations"], found, corpus) if _aggregates(body) else None
    if "post_filter" in body:
        keep = compile_query(body["post_filter"], corpus).test
        found = [document for document in found if keep(document)]
    hits = _hits(body, found, query, now)
    answer: dict[str, Any] = {"took": 1, "timed_out": False, "_shards": _shards(shards), "hits": hits}
    # Where no index was asked there is nobody to aggregate: the real answer has no such part then.
    return answer if inside is None or not shards else {**answer, "aggregations": inside}


def _aggregates(body: Mapping[str, Any]) -> bool:
    return bool(body.get("aggs", body.get("aggregations")))


def _shards(count: int) -> dict[str, int]:
    return {"total": count, "successful": count, "skipped": 0, "failed": 0}


def matching(query: Query, corpus: Corpus) -> list[Document]:
    if query.low > query.high:
        return []
    documents = corpus.documents
    if query.low > -math.inf or query.high < math.inf:
        documents = between(documents, query.low, query.high)
    return [document for document in documents if query.test(document)]


def _check(body: Mapping[str, Any]) -> None:
    for key in body:
        if key in _NOT_OFFERED:
            raise illegal(f"[{key}] is not offered by this server")
        if key not in _KNOWN:
            raise unparsable(f"unknown key [{key}] in the search body")
    size, start = _whole(body, "size", 10), _whole(body, "from", 0)
    if size + start > _WINDOW:
        reason = (
            f"Result window is too large, from + size must be less than or equal to: [{_WINDOW}] but was"
            f" [{size + start}]. See the scroll api for a more efficient way to request large data sets."
        )
        raise illegal(reason)
    if "search_after" in body and start > 0:
        raise illegal("`from` parameter must be set to 0 when `search_after` is used")
    if "timeout" in body:
        _length(body["timeout"])


def _whole(body: Mapping[str, Any], key: str, default: int) -> int:
    value = body.get(key, default)
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise unparsable(f"Failed to parse [{key}]: [{value}] is no whole number") from error
    if number < 0:
        raise illegal(f"[{key}] parameter cannot be negative, found [{number}]")
    return number


def _length(written: object) -> float:
    try:
        return seconds(written)
    except ValueError as error:
        raise illegal(f"failed to parse setting [timeout] with value [{written}] as a time value") from error


def _hits(body: Mapping[str, Any], found: list[Document], query: Query, now: int) -> dict[str, Any]:
    keys = parse_sort(body.get("sort"), frozen="pit" in body and bool(body.get("sort")))
    size, start = _whole(body, "size", 10), _whole(body, "from", 0)
    weighed = not keys or any(key.field == "_score" for key in keys) or bool(body.get("track_scores"))
    placed = _placed(found, query, (weighed and size > 0) or "min_score" in body)
    if "min_score" in body:
        placed = [one for one in placed if one[1] >= float(body["min_score"])]
    rows = ordered(placed, keys or [By("_score", True)])
    if "search_after" in body:
        behind = after(body["search_after"], keys, now)
        rows = [row for row in rows if behind(row[1])]
    page = rows[start : start + size]
    best = max((one[1] for one in placed), default=None) if weighed and size > 0 else None
    answer = (
        {} if body.get("track_total_hits") is False else {"total": _total(body.get("track_total_hits"), len(placed))}
    )
    return {**answer, "max_score": best, "hits": [_hit(body, row[0], keys, weighed) for row in page]}


def _placed(found: list[Document], query: Query, weighed: bool) -> list[Placed]:
    if not weighed or not found:
        return [(document, 0.0) for document in found]
    if query.constant:
        same = query.weigh(found[0])
        return [(document, same) for document in found]
    return [(document, query.weigh(document)) for document in found]


def _total(asked: object, count: int) -> dict[str, Any]:
    limit = math.inf if asked is True else _WINDOW if asked is None else int(str(asked))
    return {"value": count, "relation": "eq"} if count <= limit else {"value": int(limit), "relation": "gte"}


def _hit(body: Mapping[str, Any], placed: Placed, keys: Sequence[By], weighed: bool) -> dict[str, Any]:
    document, score = placed
    hit: dict[str, Any] = {"_index": document.index, "_id": document.id, "_score": score if weighed else None}
    source = source_of(document, body.get("_source"))
    if source is not None:
        hit["_source"] = source
    if "fields" in body:
        hit["fields"] = fields_of(document, body["fields"])
    if keys:
        values = values_of(placed, keys)
        hit["sort"] = [key.shown(value) for key, value in zip(keys, values, strict=True)]
    return hit


def count(body: Mapping[str, Any], documents: Sequence[Document], now: int, shards: int = 1) -> dict[str, Any]:
    if unknown := set(body) - {"query"}:
        raise SearchRefused(400, "parsing_exception", f"request does not support [{min(unknown)}]")
    corpus = Corpus(documents, now)
    found = matching(compile_query(body.get("query"), corpus), corpus)
    return {"count": len(found), "_shards": _shards(shards)}
