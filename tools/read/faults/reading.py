"""From API objects as JSON to a snapshot. An object that is partly mutilated is read without the part; one that cannot
be read at all is told under its kind, so that nothing is concluded from its absence.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tools.read.faults import admission_objects, other_objects
from tools.read.faults.objects import DaemonSet, Deployment, Event, Job, Node, Pod, ReplicaSet, StatefulSet
from tools.read.faults.snapshot import Snapshot, items_of, listed_kinds

MOST_MENDED = 12
_PLACE = re.compile(r" - at `\$\.?([^`]*)`")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")

KINDS: dict[str, type[msgspec.Struct]] = {
    "Pod": Pod,
    "Event": Event,
    "Node": Node,
    "Deployment": Deployment,
    "ReplicaSet": ReplicaSet,
    "StatefulSet": StatefulSet,
    "DaemonSet": DaemonSet,
    "Job": Job,
    **other_objects.KINDS,
    **admission_objects.KINDS,
}


def snapshot_of(
    objects: Iterable[Mapping[str, Any]],
    now: datetime,
    since: datetime,
    *,
    logs: Mapping[tuple[str, str, str], tuple[str, ...]] | None = None,
    unread: Mapping[str, str] | None = None,
    kinds: Mapping[str, type[msgspec.Struct]] | None = None,
) -> Snapshot:
    """``objects`` are API JSON, Lists among them. A kind was read and is empty where there is an empty List of it and
    ``unread`` does not name it; kinds that nobody lists here are skipped."""
    known = KINDS if kinds is None else kinds
    given = [one for one in objects if isinstance(one, Mapping)]
    found: dict[type[msgspec.Struct], list[Any]] = {known[name]: [] for name in listed_kinds(given) if name in known}
    broken: dict[str, str] = dict(unread or {})
    for raw in items_of(given):
        kind = known.get(str(raw.get("kind") or ""))
        if kind is None:
            continue
        made = read_one(raw, kind)
        if made is None:
            broken.setdefault(kind.__name__, f"a {kind.__name__} could not be read")
        else:
            found.setdefault(kind, []).append(made)
    return Snapshot(now, since, {kind: tuple(each) for kind, each in found.items()}, broken, dict(logs or {}))


def read_one(raw: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any | None:
    """The object, without the fields that are not what they should be; None where nothing is left of it."""
    given: Any = raw
    for _ in range(MOST_MENDED):
        try:
            return msgspec.convert(given, kind, strict=False)
        except msgspec.ValidationError as error:
            place = _PLACE.search(str(error))
            given = _without(given, _steps(place.group(1))) if place else None
            if given is None:
                return None
        except (TypeError, ValueError, OverflowError, RecursionError):
            return None
    return None


def _steps(path: str) -> list[int | str]:
    """`spec.containers[0].ports` as steps; what msgspec writes for "some key" or "some item" ends the path."""
    found: list[int | str] = []
    for number, name in _STEP.findall(path):
        if name in ("...", "…"):
            break
        found.append(int(number) if number else name)
    return found


def _without(value: Any, steps: list[int | str]) -> Any | None:
    """A copy without what the steps lead to; None where that is all of it."""
    if not steps:
        return None
    first, rest = steps[0], steps[1:]
    if isinstance(value, Mapping) and isinstance(first, str):
        return _of_mapping(value, first, rest)
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        inner = _without(value[first], rest)
        return [*value[:first], *([] if inner is None else [inner]), *value[first + 1 :]]
    return None


def _of_mapping(value: Mapping[str, Any], name: str, rest: list[int | str]) -> Any | None:
    if name not in value:
        return None
    inner = _without(value[name], rest) if rest else None
    kept = {key: one for key, one in value.items() if key != name}
    return kept if inner is None else {**kept, name: inner}
