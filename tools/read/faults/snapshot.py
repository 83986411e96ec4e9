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
    by (namespace, pod, container), of the run before where there is one, oldest first.
    """

    now: datetime
    since: datetime
    kinds: Mapping[type[msgspec.Struct], tuple[Any, ...]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    token: Token = field(default_factory=Token, compare=False, repr=False)

    def of(self, kind: type[Item]) -> tuple[Item, ...]:
        return self.kinds.get(kind, ())

    def was_read(self, kind: type[msgspec.Struct]) -> bool:
        """Whether the absence of one of this kind means that there is none."""
        return kind in self.kinds and kind.__name__ not in self.unread


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
