"""The queries that look at one field's exact value: term, terms, range, exists, prefix, wildcard, regexp, ids."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.playground.world.search.dates import moment
from bot.playground.world.search.documents import FIELDS, Document, leaf_type
from bot.playground.world.search.predicates import (
    Corpus,
    Query,
    Test,
    boost_of,
    coerce,
    only_key,
    options,
    text_words,
)
from bot.playground.world.search.refusal import SearchRefused, unparsable


def _meta(document: Document, name: str) -> object:
    if name == "_id":
        return document.id
    if name == "_index":
        return document.index
    return document.get(name)


def term(body: Any, corpus: Corpus) -> Query:
    name, given = only_key(body, "term")
    value, rest = options(given, "term", ("value",), ("case_insensitive",))
    wanted = coerce(name, value, corpus.now)
    return Query(_equals(name, [wanted], bool(rest.get("case_insensitive")))).boosted(boost_of(rest))


def terms(body: Any, corpus: Corpus) -> Query:
    rest = {key: value for key, value in dict(body).items() if key not in ("boost", "_name")}
    name, given = only_key(rest, "terms")
    if not isinstance(given, list):
        raise unparsable(f"[terms] query does not support [{name}]: expected an array of values")
    wanted = [coerce(name, value, corpus.now) for value in given]
    return Query(_equals(name, wanted, False)).boosted(boost_of(dict(body)))


def _equals(name: str, wanted: list[Any], any_case: bool) -> Test:
    if leaf_type(name) == "text":
        return lambda document: any(str(one) in text_words(document, name, str(one).lower()) for one in wanted)
    if any_case:
        lowered = {str(one).lower() for one in wanted}
        return lambda document: str(_meta(document, name)).lower() in lowered
    chosen = set(wanted)
    return lambda document: _meta(document, name) in chosen


_BOUNDS = ("gt", "gte", "lt", "lte")


def span(body: Any, corpus: Corpus) -> Query:
    """The range query."""
    name, given = only_key(body, "range")
    if not isinstance(given, Mapping):
        raise unparsable(f"[range] query malformed, no start_object after field name [{name}]")
    unknown = set(given) - {*_BOUNDS, "format", "time_zone", "boost", "relation", "_name"}
    if unknown:
        raise unparsable(f"[range] query does not support [{min(unknown)}]")
    if leaf_type(name) == "date":
        return _date_span(name, given, corpus).boosted(boost_of(given))
    return Query(_value_span(name, given, corpus)).boosted(boost_of(given))


def _date_span(name: str, given: Mapping[str, Any], corpus: Corpus) -> Query:
    low, high = -math.inf, math.inf
    for bound in _BOUNDS:
        if given.get(bound) is None:
            continue
        at = moment(given[bound], corpus.now, bound in ("gt", "lte"), given.get("format"), given.get("time_zone"))
        if bound.startswith("g"):
            low = max(low, at + 1 if bound == "gt" else at)
        else:
            high = min(high, at - 1 if bound == "lt" else at)
    return Query(lambda document: low <= document.get(name) <= high, low=low, high=high)  # type: ignore[operator]


def _value_span(name: str, given: Mapping[str, Any], corpus: Corpus) -> Test:
    checks: list[Callable[[Any], bool]] = []
    for bound in _BOUNDS:
        if given.get(bound) is not None:
            checks.append(_compare(bound, coerce(name, given[bound], corpus.now)))

    def test(document: Document) -> bool:
        value = _meta(document, name)
        return value is not None and all(check(value) for check in checks)

    return test


def _compare(bound: str, edge: Any) -> Callable[[Any], bool]:
    return {
        "gt": lambda value: value > edge,
        "gte": lambda value: value >= edge,
        "lt": lambda value: value < edge,
        "lte": lambda value: value <= edge,
    }[bound]


def exists(body: Any, _: Corpus) -> Query:
    if not isinstance(body, Mapping) or "field" not in body:
        raise unparsable("[exists] must be provided with a [field]")
    wanted = str(body["field"])
    names = [name for name in (*FIELDS, "_id", "_index") if name == wanted or name.startswith(f"{wanted}.")]
    test: Test = lambda document: any(_meta(document, name) is not None for name in names)  # noqa: E731
    return Query(test).boosted(boost_of(body))


def ids(body: Any, _: Corpus) -> Query:
    values = body.get("values") if isinstance(body, Mapping) else None
    if not isinstance(values, list):
        raise unparsable("[ids] requires providing [values] as an array")
    chosen = set(map(str, values))
    return Query(lambda document: document.id in chosen)


def prefix(body: Any, _: Corpus) -> Query:
    name, given = only_key(body, "prefix")
    value, rest = options(given, "prefix", ("value",), ("case_insensitive", "rewrite"))
    return _by_pattern(name, re.escape(str(value)) + ".*", rest)


def wildcard(body: Any, _: Corpus) -> Query:
    name, given = only_key(body, "wildcard")
    value, rest = options(given, "wildcard", ("value", "wildcard"), ("case_insensitive", "rewrite"))
    text = str(value).lower() if leaf_type(name) == "text" else str(value)
    return _by_pattern(name, wildcard_pattern(text), rest)


def wildcard_pattern(text: str) -> str:
    parts = re.findall(r"\\.|[*?]|[^*?\\]+|\\", text, re.DOTALL)
    meaning = {"*": ".*", "?": "."}
    return "".join(
        meaning.get(part) or re.escape(part[1:] if len(part) == 2 and part[0] == "\\" else part) for part in parts
    )


def regexp(body: Any, _: Corpus) -> Query:
    name, given = only_key(body, "regexp")
    known = ("case_insensitive", "flags", "max_determinized_states", "rewrite")
    value, rest = options(given, "regexp", ("value",), known)
    return _by_pattern(name, _lucene(str(value)), rest)


def _lucene(text: str) -> str:
    """Translate Lucene's always anchored expressions; refuse its operators that have no like here."""
    parts = re.findall(r'\\.|"[^"]*"|\[\^?\]?[^\]]*\]|.', text, re.DOTALL)
    out = []
    for part in parts:
        if part in ("~", "&", "<", ">", "#", "@"):
            raise unparsable(f"[regexp] the operator [{part}] is not offered by this server; escape it to mean itself")
        if part in ("^", "$"):
            out.append("\\" + part)
        elif part.startswith('"') and len(part) > 1:
            out.append(re.escape(part[1:-1]))
        else:
            out.append(part)
    return "".join(out)


def _by_pattern(name: str, pattern: str, given: Mapping[str, Any]) -> Query:
    flags = re.DOTALL | (re.IGNORECASE if given.get("case_insensitive") else 0)
    try:
        fits = re.compile(pattern, flags).fullmatch
    except re.error as error:
        raise SearchRefused(400, "query_shard_exception", f"failed to create query: {error}") from error
    if leaf_type(name) in ("long", "date"):
        reason = f"Can only use patterns on keyword, text and wildcard fields - not on [{name}] which is of type [long]"
        raise SearchRefused(400, "query_shard_exception", f"failed to create query: {reason}")
    if leaf_type(name) == "text":
        return Query(lambda document: any(fits(word) for word in text_words(document, name))).boosted(boost_of(given))
    test: Test = lambda document: (value := _meta(document, name)) is not None and bool(fits(str(value)))  # noqa: E731
    return Query(test).boosted(boost_of(given))
