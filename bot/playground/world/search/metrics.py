"""Aggregations that end in a number: min, max, avg, sum, value_count, cardinality, stats, percentiles."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bot.playground.world.search.documents import Document, leaf_type, stamp
from bot.playground.world.search.refusal import illegal, unparsable
from bot.playground.world.search.sorting import no_fielddata

Documents = Sequence[Document]


def field_of(body: Any, kind: str, known: Sequence[str] = ()) -> str:
    """Return the field an aggregation looks at, after checking that its options are known and it may be looked at."""
    if not isinstance(body, Mapping):
        raise unparsable(f"Expected [START_OBJECT] under [{kind}]")
    unknown = set(body) - {"field", "missing", "format", *known}
    if unknown:
        raise unparsable(f"[{kind}] unknown field [{min(unknown)}]")
    if "field" not in body:
        raise illegal(f"Required one of fields [field, script], but none were specified for [{kind}].")
    name = str(body["field"])
    if leaf_type(name) == "text":
        raise illegal(no_fielddata(name))
    return name


def _numbers(body: Any, documents: Documents, kind: str, known: Sequence[str] = ()) -> tuple[list[float], bool]:
    name = field_of(body, kind, known)
    if leaf_type(name) == "keyword":
        raise illegal(f"Field [{name}] of type [keyword] is not supported for aggregation [{kind}]")
    found = [document.get(name) for document in documents]
    fill = body.get("missing")
    values = [float(value if value is not None else fill) for value in found if value is not None or fill is not None]
    return values, leaf_type(name) == "date"


def _single(kind: str, compute: Callable[[list[float]], float]) -> Callable[[Any, Documents], dict[str, Any]]:
    def aggregate(body: Any, documents: Documents) -> dict[str, Any]:
        values, dates = _numbers(body, documents, kind)
        value = compute(values) if values else None
        answer: dict[str, Any] = {"value": 0.0 if value is None and kind == "sum" else value}
        if dates and value is not None:
            answer["value_as_string"] = stamp(int(value))
        return answer

    return aggregate


def _value_count(body: Any, documents: Documents) -> dict[str, Any]:
    name = field_of(body, "value_count")
    return {"value": sum(1 for document in documents if document.get(name) is not None)}


def _cardinality(body: Any, documents: Documents) -> dict[str, Any]:
    name = field_of(body, "cardinality", ("precision_threshold",))
    return {"value": len({value for document in documents if (value := document.get(name)) is not None})}


def _stats(body: Any, documents: Documents) -> dict[str, Any]:
    values, _ = _numbers(body, documents, "stats")
    total = float(sum(values))
    if not values:
        return {"count": 0, "min": None, "max": None, "avg": None, "sum": 0.0}
    return {"count": len(values), "min": min(values), "max": max(values), "avg": total / len(values), "sum": total}


def _percentiles(body: Any, documents: Documents) -> dict[str, Any]:
    values, _ = _numbers(body, documents, "percentiles", ("percents", "keyed", "tdigest", "hdr"))
    asked = [float(percent) for percent in body.get("percents", (1, 5, 25, 50, 75, 95, 99))]
    found = {str(percent): float(np.percentile(values, percent)) if values else None for percent in asked}
    if body.get("keyed", True):
        return {"values": found}
    return {"values": [{"key": float(key), "value": value} for key, value in found.items()]}


METRICS: Mapping[str, Callable[[Any, Documents], dict[str, Any]]] = {
    "avg": _single("avg", lambda values: float(sum(values)) / len(values)),
    "cardinality": _cardinality,
    "max": _single("max", max),
    "min": _single("min", min),
    "percentiles": _percentiles,
    "stats": _stats,
    "sum": _single("sum", lambda values: float(sum(values))),
    "value_count": _value_count,
}
