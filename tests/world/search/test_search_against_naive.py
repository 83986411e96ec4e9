"""Generated queries against an evaluator that knows nothing of the search code: plain loops over plain documents."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.world.search.documents import Document
from bot.playground.world.search.search import count, search

from .builders import NOW, START

Plain = Mapping[str, Any]
WORDS = ["alpha", "beta", "gamma", "delta", "get", "500"]
LEVELS = ["INFO", "WARN", "ERROR"]
SERVICES = ["cart", "till", "mail"]

plain_documents = st.lists(
    st.fixed_dictionaries(
        {
            "second": st.integers(0, 600),
            "message": st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join),
            "log.level": st.sampled_from(LEVELS),
            "service.name": st.sampled_from(SERVICES),
            "event.duration": st.none() | st.integers(0, 50),
        }
    ),
    min_size=4,
    max_size=25,
)


def _made(plain: list[dict[str, Any]]) -> list[Document]:
    made = []
    for number, one in enumerate(sorted(plain, key=lambda one: one["second"])):
        one["id"] = f"{number}"
        own = {key: one[key] for key in ("log.level", "service.name", "event.duration") if one[key] is not None}
        made.append(Document(number, f"{number}", "logs", START + one["second"], one["message"], {}, own))
    plain.sort(key=lambda one: one["second"])
    return made


second = st.integers(-50, 650).map(lambda second: int(START + second) * 1000)
bound = st.sampled_from(["gt", "gte", "lt", "lte"])
words = st.lists(st.sampled_from([*WORDS, "Alpha", "absent"]), min_size=1, max_size=3).map(" ".join)

LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "term": st.sampled_from(LEVELS).map(lambda one: {"log.level": one}),
    "terms": st.lists(st.sampled_from(SERVICES), max_size=2).map(lambda some: {"service.name": some}),
    "range": st.one_of(
        st.dictionaries(bound, second, max_size=2).map(lambda given: {"@timestamp": given}),
        st.dictionaries(bound, st.integers(0, 50), max_size=2).map(lambda given: {"event.duration": given}),
    ),
    "exists": st.sampled_from(["event.duration", "event", "trace", "log.level"]).map(lambda one: {"field": one}),
    "match": st.tuples(words, st.sampled_from(["or", "and"])).map(
        lambda both: {"message": {"query": both[0], "operator": both[1]}}
    ),
    "match_phrase": words.map(lambda text: {"message": text}),
    "prefix": st.sampled_from(["ca", "t", "", "x"]).map(lambda text: {"service.name": text}),
    "wildcard": st.sampled_from(["c*", "*l*", "m?il", "*"]).map(lambda text: {"service.name": text}),
    "match_all": st.just({}),
    "match_none": st.just({}),
}


def _of_kind(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return LEAVES[kind].map(lambda body: {kind: body})


leaves = st.sampled_from(sorted(LEAVES)).flatmap(_of_kind)
queries = st.recursive(
    leaves,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "must": st.lists(inner, max_size=2),
            "filter": st.lists(inner, max_size=2),
            "should": st.lists(inner, max_size=3),
            "must_not": st.lists(inner, max_size=2),
            "minimum_should_match": st.integers(0, 2),
        },
    ).map(lambda body: {"bool": body}),
    max_leaves=8,
)


def _holds(query: Plain, one: Plain) -> bool:
    kind, body = next(iter(query.items()))
    if kind == "bool":
        return _bool_holds(body, one)
    if kind in ("match_all", "match_none"):
        return kind == "match_all"
    name, given = next(iter(body.items()))
    if kind == "exists":
        return given == "log.level" or (given.startswith("event") and one["event.duration"] is not None)
    if kind == "range":
        value = round((START + one["second"]) * 1000) if name == "@timestamp" else one[name]
        return value is not None and all(_within(value, bound, edge) for bound, edge in given.items())
    if kind == "match":
        asked = [word.lower() in one["message"].split() for word in given["query"].split()]
        return all(asked) if given["operator"] == "and" else any(asked)
    if kind == "match_phrase":
        return f" {given.lower()} " in f" {one['message']} "
    if kind == "prefix":
        return str(one[name]).startswith(given)
    if kind == "wildcard":
        return _glob(given, one[name])
    return bool(one[name] in given) if kind == "terms" else bool(one[name] == given)


def _within(value: float, bound: str, edge: float) -> bool:
    return {"gt": value > edge, "gte": value >= edge, "lt": value < edge, "lte": value <= edge}[bound]


def _glob(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_glob(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and _glob(pattern[1:], text[1:])


def _bool_holds(body: Plain, one: Plain) -> bool:
    required = [*body.get("must", []), *body.get("filter", [])]
    should = body.get("should", [])
    least = 1 if should and not required else 0
    needed = max(least, body.get("minimum_should_match", least))
    return (
        all(_holds(part, one) for part in required)
        and not any(_holds(part, one) for part in body.get("must_not", []))
        and sum(_holds(part, one) for part in should) >= needed
    )


@pytest.mark.parametrize("kind", sorted(LEAVES))
def test_each_kind_of_query_finds_what_plain_loops_find(kind: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(plain_documents, _of_kind(kind))
    def check(plain: list[dict[str, Any]], query: dict[str, Any]) -> None:
        _compare(plain, query)

    check()


@settings(max_examples=500, deadline=None)
@given(plain_documents, queries)
def test_a_generated_query_finds_what_plain_loops_find(plain: list[dict[str, Any]], query: dict[str, Any]) -> None:
    _compare(plain, query)


def _compare(plain: list[dict[str, Any]], query: dict[str, Any]) -> None:
    documents = _made(plain)
    expected = [one["id"] for one in plain if _holds(query, one)]

    answer = search({"query": query, "size": 100, "sort": ["@timestamp"]}, documents, int(NOW * 1000))

    assert [hit["_id"] for hit in answer["hits"]["hits"]] == expected
    assert answer["hits"]["total"]["value"] == len(expected)
    assert count({"query": query}, documents, int(NOW * 1000))["count"] == len(expected)


@settings(max_examples=200, deadline=None)
@given(plain_documents, queries, st.sampled_from([7, 60, 250]))
def test_buckets_count_what_plain_loops_count(plain: list[dict[str, Any]], query: dict[str, Any], step: int) -> None:
    documents = _made(plain)
    expected = [one for one in plain if _holds(query, one)]
    aggs = {
        "levels": {"terms": {"field": "log.level"}, "aggs": {"spent": {"sum": {"field": "event.duration"}}}},
        "time": {"date_histogram": {"field": "@timestamp", "fixed_interval": f"{step}s", "min_doc_count": 1}},
    }

    answer = search({"query": query, "size": 0, "aggs": aggs}, documents, int(NOW * 1000))["aggregations"]

    levels = {row["key"]: row["doc_count"] for row in answer["levels"]["buckets"]}
    assert levels == Counter(one["log.level"] for one in expected)
    for row in answer["levels"]["buckets"]:
        spent = [one["event.duration"] or 0 for one in expected if one["log.level"] == row["key"]]
        assert row["spent"]["value"] == sum(spent)
    ticks = Counter(math.floor((START + one["second"]) / step) * step * 1000 for one in expected)
    assert {row["key"]: row["doc_count"] for row in answer["time"]["buckets"]} == ticks


@settings(max_examples=150, deadline=None)
@given(plain_documents, st.integers(1, 7), st.sampled_from(["asc", "desc"]))
def test_pages_by_search_after_are_the_whole_in_order(plain: list[dict[str, Any]], size: int, order: str) -> None:
    documents = _made(plain)
    sort = [{"event.duration": {"order": order}}, {"@timestamp": order}, "_doc"]
    whole = search({"size": 100, "sort": sort}, documents, int(NOW * 1000))["hits"]["hits"]
    seen: list[str] = []
    marker: list[Any] | None = None
    while True:
        body = {"size": size, "sort": sort, **({} if marker is None else {"search_after": marker})}
        page = search(body, documents, int(NOW * 1000))["hits"]["hits"]
        if not page:
            break
        seen += [hit["_id"] for hit in page]
        marker = page[-1]["sort"]

    assert seen == [hit["_id"] for hit in whole]
    durations = [hit["sort"][0] for hit in whole if hit["sort"][0] is not None]
    assert durations == sorted(durations, reverse=order == "desc")
    assert [hit["sort"][0] for hit in whole][len(durations) :] == [None] * (len(whole) - len(durations))
