"""What differs between two pod templates, field by field, in words a person reads. Pure.

Values of environment variables and arguments are told where their shape is harmless; of others, that they changed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.harmless import CHANGED_HIDDEN, VALUE_HIDDEN, without_values
from bot.core.redact import HIDDEN, redact
from tools.read.shapes.wording import clip

_MOST_CHANGES = 40
_IGNORED = ("metadata.labels.pod-template-hash", "metadata.creationTimestamp")
_ABSENT = ""


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """`[{"what": "image of checkout", "before", "after"}]`; images first, then environment, then the rest."""
    old, new = dict(_flat(before)), dict(_flat(after))
    shown_old, shown_new = dict(_flat(without_values(before))), dict(_flat(without_values(after)))
    found = [
        {"what": redact(name), **_told(shown_old.get(name, _ABSENT), shown_new.get(name, _ABSENT))}
        for name in sorted({*old, *new}, key=_rank)
        if old.get(name) != new.get(name)
    ]
    return found[:_MOST_CHANGES]


def _told(before: str, after: str) -> dict[str, str]:
    """Both sides as they may be shown. Two that look alike once hidden are said to differ: only those are asked for."""
    one, other = (VALUE_HIDDEN if text == HIDDEN else clip(redact(text), 300) for text in (before, after))
    if one == other:
        other = CHANGED_HIDDEN if one == VALUE_HIDDEN else f"{other} (a different value)"
    return {"before": one, "after": other}


def _rank(name: str) -> tuple[int, str]:
    return (0 if name.startswith("image ") else 1 if name.startswith("env ") else 2, name)


def _flat(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    spec = template.get("spec")
    rest = {key: value for key, value in (spec or {}).items() if key not in ("containers", "initContainers")}
    yield from _leaves("", {"metadata": template.get("metadata") or {}, **rest})
    for kind in ("containers", "initContainers"):
        for container in (spec or {}).get(kind) or []:
            if isinstance(container, dict):
                yield from _container(container)


def _container(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = str(container.get("name", ""))
    yield f"image of {name}", str(container.get("image", ""))
    for variable in container.get("env") or []:
        if isinstance(variable, dict):
            yield f"env {variable.get('name')} of {name}", _variable(variable)
    rest = {key: value for key, value in container.items() if key not in ("name", "image", "env")}
    for path, value in _leaves("", rest):
        yield f"{path} of {name}", value


def _variable(variable: Mapping[str, Any]) -> str:
    if "valueFrom" in variable:
        return "from " + ", ".join(f"{path} {value}" for path, value in _leaves("", variable["valueFrom"] or {}))
    return str(variable.get("value", ""))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}.{_key_of(inner, index)}", inner)
    elif path not in _IGNORED and value not in (None, [], ""):
        yield path, " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _key_of(item: Any, index: int) -> str:
    """Lists of named things are compared by name, so that a new first entry does not shift all others."""
    named = item.get("name") or item.get("mountPath") or item.get("containerPort") if isinstance(item, dict) else None
    return str(named if named is not None else index)
