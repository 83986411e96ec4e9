"""JSON patch (RFC 6902) and JSON merge patch (RFC 7386) over plain values; neither changes what it is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.playground.world.kube.store import clone


class PatchMistake(ValueError):
    """The patch document itself is wrong."""


class PatchRefused(ValueError):
    """A well-formed patch that does not fit the object: a failed test, a missing path."""


def merged(target: Any, patch: Any) -> Any:
    """Apply a merge patch: null removes, objects merge, all else replaces."""
    if not isinstance(patch, Mapping):
        return clone(patch)
    kept = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept


def patched(target: Any, operations: object) -> Any:
    """Apply a JSON patch; raises PatchMistake or PatchRefused."""
    if not isinstance(operations, list):
        raise PatchMistake("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    document = clone(target)
    for operation in operations:
        if not isinstance(operation, Mapping) or not isinstance(operation.get("path"), str):
            raise PatchMistake("jsonpatch operation has no path")
        document = _one(document, operation)
    return document


def _one(document: Any, operation: Mapping[str, Any]) -> Any:
    path = _steps(operation["path"])
    match operation.get("op"):
        case "add":
            return _added(document, path, _value(operation))
        case "replace":
            _found(document, path)
            return _set(document, path, _value(operation))
        case "remove":
            return _removed(document, path)
        case "test":
            return _tested(document, path, operation)
        case "copy":
            return _added(document, path, clone(_found(document, _source(operation))))
        case "move":
            source = _source(operation)
            moved = _found(document, source)
            return _added(_removed(document, source), path, moved)
        case other:
            raise PatchMistake(f"Unexpected kind: {other}")


def _tested(document: Any, path: Sequence[str], operation: Mapping[str, Any]) -> Any:
    found = _look(document, path)
    if type(found) is not type(operation.get("value")) or found != operation.get("value"):
        raise PatchRefused(f"testing value {operation['path']} failed: test failed")
    return document


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchMistake("jsonpatch operation has no value")
    return clone(operation["value"])


def _source(operation: Mapping[str, Any]) -> list[str]:
    if not isinstance(operation.get("from"), str):
        raise PatchMistake("jsonpatch operation has no from")
    return _steps(operation["from"])


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise PatchRefused(f"path {pointer!r} does not start with /")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _look(document: Any, path: Sequence[str]) -> Any:
    """Return what is at a path; a missing member of an existing object reads as null."""
    if not path:
        return document
    holder = _found(document, path[:-1])
    return holder.get(path[-1]) if isinstance(holder, dict) else _found(holder, path[-1:])


def _found(document: Any, path: Sequence[str]) -> Any:
    here = document
    for step in path:
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and _is_index(step) and int(step) < len(here):
            here = here[int(step)]
        else:
            raise PatchRefused(f"doc is missing path: /{'/'.join(path)}: missing value")
    return here


def _added(document: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _found(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        if last != "-" and (not _is_index(last) or int(last) > len(holder)):
            raise PatchRefused(f"index {last} is out of bounds")
        holder.insert(len(holder) if last == "-" else int(last), value)
        return document
    return _set(document, path, value)


def _set(document: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _found(document, path[:-1]), path[-1]
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list):
        holder[int(last)] = value
    else:
        raise PatchRefused(f"doc is missing path: /{'/'.join(path)}")
    return document


def _removed(document: Any, path: Sequence[str]) -> Any:
    _found(document, path)
    if not path:
        raise PatchRefused("the whole document cannot be removed")
    holder = _found(document, path[:-1])
    if isinstance(holder, list):
        holder.pop(int(path[-1]))
    else:
        del holder[path[-1]]
    return document


def _is_index(step: str) -> bool:
    return step.isdigit() and (step == "0" or not step.startswith("0"))
