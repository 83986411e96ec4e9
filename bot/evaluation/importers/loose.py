"""A value of somebody's JSON as what it was expected to be, or as nothing: no case is lost over an odd field."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

Row = Mapping[str, Any]


def row(value: Any) -> Row:
    return value if isinstance(value, Mapping) else {}


def rows(read: Any, *keys: str) -> list[Row]:
    """Of the first of these keys that holds a list, its objects; of a list itself, its own."""
    found = (
        read if isinstance(read, list) else next((x for key in keys if isinstance(x := row(read).get(key), list)), [])
    )
    return [one for one in found if isinstance(one, Mapping)]


def texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """ "" for what is neither a text nor a number."""
    return value if isinstance(value, str) else str(value) if number(value) is not None else ""


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def count(value: Any) -> int:
    found = number(int(value) if isinstance(value, str) and value.isdecimal() else value)
    return int(found) if found is not None and 0 <= found < 1e9 else 0


def truth(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")
