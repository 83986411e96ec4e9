"""Compiles Elasticsearch's query DSL into a `Query`; one table says which query types there are."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.playground.world.search.documents import FIELDS, Document
from bot.playground.world.search.leaves import exists, ids, prefix, regexp, span, term, terms, wildcard
from bot.playground.world.search.predicates import ALL, NOTHING, Corpus, Query, boost_of, options
from bot.playground.world.search.querystring import translate
from bot.playground.world.search.refusal import unparsable
from bot.playground.world.search.text import (
    at_least,
    best_of,
    match,
    match_phrase,
    match_phrase_prefix,
    multi_match,
    weighted_fields,
)


def compile_query(body: object, corpus: Corpus) -> Query:
    """Return the compiled query; None means everything, as in a search without one."""
    if body is None:
        return ALL
    if not isinstance(body, Mapping):
        raise unparsable("[_na] query malformed, must start with start_object")
    if not body:
        raise unparsable("query malformed, empty clause found")
    if len(body) != 1:
        extra = list(body)[1]
        raise unparsable(
            f"[{next(iter(body))}] malformed query, expected [END_OBJECT] but found [FIELD_NAME] [{extra}]"
        )
    kind, inner = next(iter(body.items()))
    compiler = QUERIES.get(kind)
    if compiler is None:
        raise unparsable(f"unknown query [{kind}]")
    return compiler(inner, corpus)


def _match_all(body: Any, _: Corpus) -> Query:
    _known("match_all", body, {"boost", "_name"})
    return ALL.boosted(boost_of(body))


def _match_none(body: Any, _: Corpus) -> Query:
    _known("match_none", body, {"boost", "_name"})
    return NOTHING


def _known(query: str, body: object, keys: set[str]) -> None:
    if not isinstance(body, Mapping):
        raise unparsable(f"[{query}] query malformed, no start_object after query name")
    if unknown := set(body) - keys:
        raise unparsable(f"[{query}] query does not support [{min(unknown)}]")


def _bool(body: Any, corpus: Corpus) -> Query:
    _known("bool", body, {"must", "should", "filter", "must_not", "minimum_should_match", "boost", "_name"})
    must = _clauses(body.get("must"), corpus)
    filters = _clauses(body.get("filter"), corpus)
    should = _clauses(body.get("should"), corpus)
    never = _clauses(body.get("must_not"), corpus)
    # Lucene: where nothing is required, at least one alternative must match, whatever minimum_should_match says
    least = 0 if must or filters or not should else 1
    needed = max(least, at_least(body.get("minimum_should_match", least), len(should)))
    required = [*filters, *must]

    def test(document: Document) -> bool:
        if not all(part.test(document) for part in required) or any(part.test(document) for part in never):
            return False
        return needed == 0 or sum(1 for part in should if part.test(document)) >= needed

    return Query(
        test,
        _sum(must, should) if must or should else lambda _: 0.0 if required else 1.0,
        low=max((part.low for part in required), default=float("-inf")),
        high=min((part.high for part in required), default=float("inf")),
        constant=not should and all(part.constant for part in must),
    ).boosted(boost_of(body))


def _sum(must: list[Query], should: list[Query]) -> Callable[[Document], float]:
    def weigh(document: Document) -> float:
        total = sum(part.weigh(document) for part in must)
        return total + sum(part.weigh(document) for part in should if part.test(document))

    return weigh


def _clauses(body: object, corpus: Corpus) -> list[Query]:
    if body is None:
        return []
    listed = body if isinstance(body, list) else [body]
    return [compile_query(one, corpus) for one in listed]


def _constant_score(body: Any, corpus: Corpus) -> Query:
    _known("constant_score", body, {"filter", "boost", "_name"})
    inner = compile_query(body.get("filter"), corpus)
    return Query(inner.test, low=inner.low, high=inner.high).boosted(boost_of(body))


def _dis_max(body: Any, corpus: Corpus) -> Query:
    _known("dis_max", body, {"queries", "tie_breaker", "boost", "_name"})
    return best_of(_clauses(body.get("queries"), corpus)).boosted(boost_of(body))


_STRING = (
    "fields",
    "default_field",
    "default_operator",
    "analyze_wildcard",
    "lenient",
    "time_zone",
    "allow_leading_wildcard",
)


def _query_string(body: Any, corpus: Corpus) -> Query:
    return _typed("query_string", body, corpus, lenient=False)


def _simple_query_string(body: Any, corpus: Corpus) -> Query:
    return _typed("simple_query_string", body, corpus, lenient=True)


def _typed(query: str, body: Any, corpus: Corpus, lenient: bool) -> Query:
    text, rest = options(body, query, ("query",), _STRING)
    given = rest.get("fields") or rest.get("default_field")
    names = [name for name, _ in weighted_fields(given)] or [str(given)]
    if given in (None, "*", ["*"]):
        names = [name for name, kind in FIELDS.items() if kind in ("text", "keyword")]
    every = str(rest.get("default_operator", "or")).lower() == "and"
    return compile_query(translate(str(text), names, every, lenient), corpus).boosted(boost_of(rest))


Compiler = Callable[[Any, Corpus], Query]

QUERIES: Mapping[str, Compiler] = {
    "bool": _bool,
    "constant_score": _constant_score,
    "dis_max": _dis_max,
    "exists": exists,
    "ids": ids,
    "match": match,
    "match_all": _match_all,
    "match_none": _match_none,
    "match_phrase": match_phrase,
    "match_phrase_prefix": match_phrase_prefix,
    "multi_match": multi_match,
    "prefix": prefix,
    "query_string": _query_string,
    "range": span,
    "regexp": regexp,
    "simple_query_string": _simple_query_string,
    "term": term,
    "terms": terms,
    "wildcard": wildcard,
}
