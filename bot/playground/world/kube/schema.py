"""Holds an object against the shapes of Kubernetes' own types: unknown fields, wrong types, missing ones.

The shapes are in `schema.json`, written from the published OpenAPI models; a field's type is written `string`,
`int`, `[Type]`, `{string}`, `int|string`, with `!` where it is required. Decides nothing about meaning.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.playground.world.kube.times import seconds

FILE = Path(__file__).with_name("schema.json")
SHAPES: Mapping[str, Mapping[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
_QUANTITIES = frozenset({"limits", "requests", "capacity", "allocatable", "hard", "averageValue", "sizeLimit"})


class Mistyped(ValueError):
    """A value of the wrong type; the text is worded as Go's decoder words it."""


@dataclass
class Read:
    """What was kept of an object, and the paths of fields nobody knows."""

    value: Any
    unknown: list[str] = field(default_factory=list)


def read(model: str, value: object) -> Read:
    """Return the object with unknown fields and nulls dropped; raises Mistyped."""
    unknown: list[str] = []
    return Read(_typed(model, value, "", unknown), unknown)


def missing(model: str, value: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the path of every required field an object lacks."""
    for name, written in SHAPES[model].items():
        here = f"{path}.{name}" if path else name
        if name in value:
            yield from _missing_inside(written.rstrip("!"), value[name], here)
        elif written.endswith("!"):
            yield here


def _missing_inside(written: str, value: Any, path: str) -> Iterator[str]:
    if written.startswith("["):
        for at, one in enumerate(value):
            yield from _missing_inside(written[1:-1], one, f"{path}[{at}]")
    elif written.startswith("{"):
        for name, one in value.items():
            yield from _missing_inside(written[1:-1], one, f"{path}[{name}]")
    elif written in SHAPES:
        yield from missing(written, value, path)


def _typed(written: str, value: Any, path: str, unknown: list[str]) -> Any:
    if written in SHAPES:
        return _object(written, value, path, unknown)
    if written.startswith("["):
        if not isinstance(value, list):
            raise _cannot(value, path, "[]" + written[1:-1])
        return [_typed(written[1:-1], one, f"{path}[{at}]", unknown) for at, one in enumerate(value)]
    if written.startswith("{"):
        if not isinstance(value, dict):
            raise _cannot(value, path, "map[string]" + written[1:-1])
        return {name: _member(written[1:-1], name, one, path, unknown) for name, one in value.items()}
    return _plain(written, value, path)


def _member(written: str, name: str, value: Any, path: str, unknown: list[str]) -> Any:
    if value is None and written == "string":
        return ""
    return _typed(written, _as_quantity(path, value), f"{path}[{name}]", unknown)


def _object(model: str, value: Any, path: str, unknown: list[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _cannot(value, path, model)
    kept: dict[str, Any] = {}
    for name, one in value.items():
        here = f"{path}.{name}" if path else name
        written = SHAPES[model].get(name)
        if written is None:
            unknown.append(here)
        elif one is not None:
            kept[name] = _typed(written.rstrip("!"), _as_quantity(here, one), here, unknown)
    return kept


def _as_quantity(path: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number and path.rpartition(".")[2] in _QUANTITIES else value


def _plain(written: str, value: Any, path: str) -> Any:
    if any(_fits(one, value) for one in written.split("|")):
        return value
    raise _cannot(value, path, written)


def _fits(written: str, value: Any) -> bool:
    match written:
        case "string":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        case "bool":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "time":
            return isinstance(value, str) and _is_time(value)
        case _:
            return True


def _is_time(text: str) -> bool:
    try:
        seconds(text)
    except ValueError:
        return False
    return True


def _cannot(value: Any, path: str, wanted: str) -> Mistyped:
    names = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}
    told = {"int": "int32", "time": "Time", "int|string": "IntOrString", "number": "float64"}.get(wanted, wanted)
    found = names.get(type(value), "null")
    return Mistyped(f"json: cannot unmarshal {found} into Go struct field {path or '.'} of type {told}")
