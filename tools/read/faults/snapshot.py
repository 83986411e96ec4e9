"""The objects of a cluster at one moment, by kind, as every analyzer is given them. Decoded into what is looked at.

A kind that was not read is in ``unread`` with the reason: nothing is concluded from its absence.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from bot.core.signs import Sign

Item = TypeVar("Item", bound=msgspec.Struct)


class Token:
    """What an index made of a snapshot is kept by, as long as the snapshot lives."""


@dataclass(frozen=True)
class Snapshot:
    """``now`` is the moment of the reading; events before ``since`` are old. ``logs`` are the last lines of containers
    by (namespace, pod, container), of the run before where there is one, oldest first. ``namespaces`` were read in
    full, beside those that objects show; ``absent`` (kind, namespace, name) were asked for by name: there is none.
    """

    now: datetime
    since: datetime
    kinds: Mapping[type[msgspec.Struct], tuple[Any, ...]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    absent: frozenset[tuple[str, str, str]] = frozenset()
    token: Token = field(default_factory=Token, compare=False, repr=False)

    def of(self, kind: type[Item]) -> tuple[Item, ...]:
        return self.kinds.get(kind, ())

    def was_read(self, kind: type[msgspec.Struct]) -> bool:
        """Whether the absence of one of this kind means that there is none."""
        return kind in self.kinds and kind.__name__ not in self.unread

    def lacks(self, kind: type[msgspec.Struct], namespace: str, name: str) -> bool:
        """Whether there is surely no such object: asked for by name, or missing from what was read in full."""
        if (kind.__name__, namespace, name) in self.absent:
            return True
        if not self.was_read(kind):
            return False
        mine = [one.metadata for one in self.kinds[kind] if one.metadata.namespace == namespace]
        return not any(one.name == name for one in mine) and (bool(mine) or not namespace or self.holds(namespace))

    def holds(self, namespace: str) -> bool:
        """Whether anything of this namespace was read."""
        if namespace in self.namespaces:
            return True
        every = (one for kind in self.kinds.values() for one in kind)
        return any(one.metadata.namespace == namespace for one in every)


Analyzer = Callable[[Snapshot], Iterator[Sign]]


def items_of(objects: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every single object; a List (of any kind) is its items, each with the kind that the list says they have."""
    for one in objects:
        rows = one.get("items")
        if not isinstance(rows, list):
            yield one
            continue
        kind = str(one.get("kind") or "").removesuffix("List")
        for row in rows:
            if isinstance(row, Mapping):
                yield row if row.get("kind") or not kind else {**row, "kind": kind}


def listed_kinds(objects: Iterable[Mapping[str, Any]]) -> set[str]:
    """The kinds of which there is a List, be it an empty one."""
    lists = (one for one in objects if isinstance(one.get("items"), list))
    return {str(one.get("kind") or "").removesuffix("List") for one in lists}
