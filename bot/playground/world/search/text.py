"""The queries that read text: match, match_phrase, match_phrase_prefix and multi_match, weighed by BM25."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from bot.playground.world.search.analysis import words
from bot.playground.world.search.documents import FIELDS, Document, leaf_type
from bot.playground.world.search.leaves import term
from bot.playground.world.search.predicates import (
    NOTHING,
    Corpus,
    Query,
    Weigh,
    boost_of,
    only_key,
    options,
    text_words,
)
from bot.playground.world.search.refusal import unparsable

_MATCH = ("operator", "minimum_should_match", "lenient", "zero_terms_query", "auto_generate_synonyms_phrase_query")


def match(body: Any, corpus: Corpus) -> Query:
    name, given = only_key(body, "match")
    value, rest = options(given, "match", ("query",), _MATCH)
    if leaf_type(name) != "text":
        return term({name: {"value": value, "boost": boost_of(rest)}}, corpus)
    asked = words(str(value))
    if not asked:
        return NOTHING
    distinct = list(dict.fromkeys(asked))
    every = str(rest.get("operator", "or")).lower() == "and"
    needed = len(distinct) if every else at_least(rest.get("minimum_should_match", 1), len(distinct))
    weigh = _bm25(name, distinct, corpus)
    return Query(lambda document: _count(document, name, distinct) >= needed, weigh, constant=False).boosted(
        boost_of(rest)
    )


def _count(document: Document, name: str, asked: Sequence[str]) -> int:
    text = str(document.get(name) or "").lower()
    likely = [word for word in asked if word in text]
    if not likely:
        return 0
    found = set(words(text))
    return sum(1 for word in likely if word in found)


def at_least(written: object, clauses: int) -> int:
    """Return how many clauses must match by `minimum_should_match`: 2, -1, 75%, -25%."""
    found = re.fullmatch(r"(-?\d+)(%?)", str(written).strip())
    if not found:
        raise unparsable(f"failed to parse minimum_should_match [{written}]")
    number = int(found[1])
    if found[2]:
        part = int(clauses * abs(number) / 100)
        number = part if number >= 0 else clauses - part
    elif number < 0:
        number = clauses + number
    return max(0, number)


def _bm25(name: str, asked: Sequence[str], corpus: Corpus) -> Weigh:
    def weigh(document: Document) -> float:
        found = text_words(document, name)
        length = 0.25 + 0.75 * len(found) / corpus.usual_length(name)
        score = 0.0
        for word in asked:
            if times := found.count(word):
                score += corpus.rarity(name, word) * times / (times + 1.2 * length)
        return score * 2.2

    return weigh


def match_phrase(body: Any, corpus: Corpus) -> Query:
    name, given = only_key(body, "match_phrase")
    value, rest = options(given, "match_phrase", ("query",), ("slop", "zero_terms_query"))
    if int(rest.get("slop", 0)):
        raise unparsable("[match_phrase] a slop above 0 is not offered by this server")
    return _phrase(name, value, rest, corpus, open_end=False)


def match_phrase_prefix(body: Any, corpus: Corpus) -> Query:
    name, given = only_key(body, "match_phrase_prefix")
    value, rest = options(given, "match_phrase_prefix", ("query",), ("max_expansions", "zero_terms_query"))
    return _phrase(name, value, rest, corpus, open_end=True)


def _phrase(name: str, value: object, rest: Mapping[str, Any], corpus: Corpus, open_end: bool) -> Query:
    if leaf_type(name) != "text":
        return term({name: {"value": value, "boost": boost_of(rest)}}, corpus)
    asked = words(str(value))
    if not asked:
        return NOTHING
    weigh = _bm25(name, asked[:-1] if open_end and len(asked) > 1 else asked, corpus)
    test = lambda document: _stands_in(text_words(document, name, asked[0]), asked, open_end)  # noqa: E731
    return Query(test, weigh, constant=False).boosted(boost_of(rest))


def _stands_in(found: Sequence[str], asked: Sequence[str], open_end: bool) -> bool:
    size, last = len(asked), asked[-1]
    for at in range(len(found) - size + 1):
        window = found[at : at + size]
        ends = window[-1].startswith(last) if open_end else window[-1] == last
        if ends and window[:-1] == asked[:-1]:
            return True
    return False


_KINDS = {"best_fields": match, "most_fields": match, "phrase": match_phrase, "phrase_prefix": match_phrase_prefix}


def multi_match(body: Any, corpus: Corpus) -> Query:
    value, rest = options(body, "multi_match", ("query",), ("fields", "type", "operator", "tie_breaker", "lenient"))
    kind = str(rest.get("type", "best_fields"))
    if kind not in _KINDS:
        raise unparsable(f"[multi_match] the type [{kind}] is not offered by this server")
    extra = {"operator": rest["operator"]} if "operator" in rest and _KINDS[kind] is match else {}
    parts = []
    for name, weight in weighted_fields(rest.get("fields")):
        parts.append(_KINDS[kind]({name: {"query": value, "boost": weight, **extra}}, corpus))
    return best_of(parts).boosted(boost_of(rest))


def weighted_fields(written: object) -> list[tuple[str, float]]:
    """Return (field, boost) of `["message^2", "error.*"]`; no fields mean every text and keyword field."""
    listed = [str(one) for one in written] if isinstance(written, list) else [str(written)] if written else ["*"]
    found = []
    for one in listed:
        pattern, _, weight = one.partition("^")
        fitting = [name for name in FIELDS if fnmatchcase(name, pattern) and FIELDS[name] in ("text", "keyword")]
        found += [(name, float(weight or 1)) for name in fitting]
    return found


def best_of(parts: Sequence[Query]) -> Query:
    """A document matches when any part does and weighs what its best part weighs."""
    return Query(
        lambda document: any(part.test(document) for part in parts),
        lambda document: max((part.weigh(document) for part in parts if part.test(document)), default=0.0),
        low=min((part.low for part in parts), default=float("inf")),
        high=max((part.high for part in parts), default=float("-inf")),
        constant=all(part.constant for part in parts) and len(parts) <= 1,
    )
