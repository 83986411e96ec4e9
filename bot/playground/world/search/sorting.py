"""The order of hits: parses `sort`, gives each document its sort values, and finds where `search_after` goes on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key, partial
from typing import Any

from bot.playground.world.search.documents import Document, leaf_type, stamp
from bot.playground.world.search.predicates import coerce
from bot.playground.world.search.refusal import SearchRefused, illegal, unparsable

_META = ("_score", "_doc", "_shard_doc", "_id")


@dataclass(frozen=True)
class By:
    """One sort key."""

    field: str
    down: bool
    missing: str = "_last"
    form: str | None = None

    def shown(self, value: Any) -> Any:
        if value is None or leaf_type(self.field) != "date" or not self.form:
            return value
        return stamp(value) if "date" in self.form or "yyyy" in self.form else str(value)


def parse_sort(written: object, frozen: bool) -> list[By]:
    """Return the sort keys; a point in time (`frozen`) adds the tie break that real servers add."""
    listed = written if isinstance(written, list) else [written] if written else []
    keys = [key for one in listed if (key := _one(one)) is not None]
    if frozen and not any(key.field == "_shard_doc" for key in keys):
        keys.append(By("_shard_doc", False))
    return keys


def _one(written: object) -> By | None:
    if isinstance(written, str):
        name, _, order = written.partition(":")
        return _checked(name, {"order": order} if order else {})
    if not isinstance(written, Mapping) or len(written) != 1:
        raise unparsable(f"malformed sort format, expected a field or an object with one, found {written!r}")
    name, given = next(iter(written.items()))
    return _checked(str(name), {"order": given} if isinstance(given, str) else dict(given))


def _checked(name: str, given: dict[str, Any]) -> By | None:
    unknown = set(given) - {"order", "missing", "unmapped_type", "format", "numeric_type", "mode"}
    if unknown:
        raise unparsable(f"[field_sort] unknown field [{min(unknown)}]")
    order = str(given.get("order", "desc" if name == "_score" else "asc")).lower()
    if order not in ("asc", "desc"):
        raise illegal(f"Unknown SortOrder [{order}]")
    kind = leaf_type(name)
    if kind == "text":
        raise illegal(no_fielddata(name))
    if kind is None and name not in _META:
        if "unmapped_type" in given:
            return None
        reason = f"No mapping found for [{name}] in order to sort on"
        raise SearchRefused(400, "query_shard_exception", reason)
    return By(name, order == "desc", str(given.get("missing", "_last")), given.get("format"))


def no_fielddata(name: str) -> str:
    return (
        f"Fielddata is disabled on [{name}]. Text fields are not optimised for operations that require per-document"
        f" field data like aggregations and sorting, so these operations are disabled by default."
    )


Placed = tuple[Document, float]
"""A document and its score."""


def values_of(placed: Placed, keys: Sequence[By]) -> list[Any]:
    document, score = placed
    special: dict[str, Any] = {
        "_score": score,
        "_doc": document.number,
        "_shard_doc": document.number,
        "_id": document.id,
    }
    return [special[key.field] if key.field in special else document.get(key.field) for key in keys]


def ordered(hits: list[Placed], keys: Sequence[By]) -> list[tuple[Placed, list[Any]]]:
    """Return the hits with their sort values in the order asked; ties keep the order of arrival."""
    rows = [(hit, values_of(hit, keys)) for hit in hits]
    if all(value is not None for _, values in rows for value in values):
        for at, key in reversed(list(enumerate(keys))):
            rows.sort(key=_nth(at), reverse=key.down)
        return rows
    return [rows[at] for at in sorted(range(len(rows)), key=cmp_to_key(partial(_between, rows, keys)))]


def _between(rows: Sequence[tuple[Placed, list[Any]]], keys: Sequence[By], one: int, other: int) -> int:
    return compare(rows[one][1], rows[other][1], keys)


def _nth(at: int) -> Callable[[tuple[Placed, list[Any]]], Any]:
    return lambda row: row[1][at]


def compare(one: Sequence[Any], other: Sequence[Any], keys: Sequence[By]) -> int:
    for key, left, right in zip(keys, one, other, strict=True):
        if left == right:
            continue
        if left is None or right is None:
            last = -1 if key.missing == "_first" else 1
            return last if left is None else -last
        return (1 if left > right else -1) * (-1 if key.down else 1)
    return 0


def after(marker: object, keys: Sequence[By], now: int) -> Callable[[Sequence[Any]], bool]:
    """Return whether a row's sort values lie behind `search_after`."""
    if not isinstance(marker, list) or not keys:
        raise illegal("Sort must contain at least one field.")
    if len(marker) != len(keys):
        reason = f"search_after has {len(marker)} value(s) but sort has {len(keys)}."
        raise illegal(reason)
    typed = [_typed(key, value, now) for key, value in zip(keys, marker, strict=True)]
    return lambda values: compare(values, typed, keys) > 0


def _typed(key: By, value: object, now: int) -> Any:
    return value if value is None or key.field in _META else coerce(key.field, value, now)
