"""What a compiled query is: a test, a weight, and the span of time outside which nothing can match."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.search.analysis import words
from bot.playground.world.search.dates import moment
from bot.playground.world.search.documents import Document, Value, leaf_type
from bot.playground.world.search.refusal import SearchRefused, unparsable

Test = Callable[[Document], bool]
Weigh = Callable[[Document], float]


def _one(_: Document) -> float:
    return 1.0


@dataclass(frozen=True)
class Query:
    test: Test
    weigh: Weigh = _one
    low: float = -math.inf
    """Milliseconds: every match is at or after this."""
    high: float = math.inf
    constant: bool = True
    """Every match weighs the same, so nothing needs to be counted to rank them."""

    def boosted(self, by: float) -> "Query":
        if by == 1.0:
            return self
        return Query(self.test, lambda document: by * self.weigh(document), self.low, self.high, self.constant)


ALL = Query(lambda _: True)
NOTHING = Query(lambda _: False, low=math.inf, high=-math.inf)


@dataclass
class Corpus:
    """What a query is compiled against: the documents of the indices asked, and the time that `now` means."""

    documents: Sequence[Document]
    now: int
    _rarity: dict[tuple[str, str], float] = field(default_factory=dict)
    _length: dict[str, float] = field(default_factory=dict)

    def rarity(self, name: str, word: str) -> float:
        """Return BM25's inverse document frequency of a word."""
        key = (name, word)
        if key not in self._rarity:
            seen = sum(1 for document in self.documents if word in text_words(document, name, word))
            self._rarity[key] = math.log(1 + (len(self.documents) - seen + 0.5) / (seen + 0.5))
        return self._rarity[key]

    def usual_length(self, name: str) -> float:
        if name not in self._length:
            sample = self.documents[:: max(1, len(self.documents) // 500)]
            lengths = [len(words(str(value))) for document in sample if (value := document.get(name)) is not None]
            self._length[name] = sum(lengths) / len(lengths) if lengths else 1.0
        return self._length[name]


def text_words(document: Document, name: str, hint: str = "") -> list[str]:
    """Return the words of a text field; none at all, cheaply, where the lower-cased text has no `hint` in it."""
    value = document.get(name)
    if value is None or hint not in str(value).lower():
        return []
    return words(str(value))


def only_key(body: object, query: str) -> tuple[str, Any]:
    """Return the field and its options of `{"field": options}`, as most leaf queries are written."""
    if not isinstance(body, Mapping) or len(body) != 1:
        raise unparsable(f"[{query}] query doesn't support multiple fields or none, found {body!r}")
    return next(iter(body.items()))


def options(body: Any, query: str, main: Sequence[str], known: Sequence[str]) -> tuple[Any, dict[str, Any]]:
    """Split `value` or `{"value": value, "boost": 2}` into the value and the rest; refuse what is not known."""
    if not isinstance(body, Mapping):
        return body, {}
    rest = dict(body)
    found = next((key for key in main if key in rest), None)
    if found is None:
        raise unparsable(f"[{query}] requires [{main[0]}]")
    value = rest.pop(found)
    unknown = set(rest) - set(known) - {"boost", "_name"}
    if unknown:
        raise unparsable(f"[{query}] query does not support [{min(unknown)}]")
    return value, rest


def boost_of(given: Mapping[str, Any]) -> float:
    return float(given.get("boost", 1.0))


def coerce(name: str, value: object, now: int) -> Value:
    """Return the value as the field's type stores it."""
    kind = leaf_type(name)
    try:
        if kind == "date":
            return moment(value, now)
        if kind == "long":
            return float(str(value)) if "." in str(value) else int(str(value))
    except ValueError as error:
        reason = f'failed to create query: For input string: "{value}"'
        raise SearchRefused(400, "query_shard_exception", reason) from error
    if isinstance(value, Mapping | list) or value is None:
        raise unparsable(f"[term] query does not support [{value!r}] as a value")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
