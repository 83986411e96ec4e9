"""A frozen incident: everything that was recorded of it, in the shapes that the analyzers read. Values only.

What a case expects as its answer is never part of it; an importer opens that in a second call, after the answer was
written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.core.case import Case
from bot.core.changed import Change
from bot.core.fusion.values import Unlooked
from bot.core.records import Curve, LogLine, Span
from bot.core.service_map import Edge
from bot.core.signs import Sign

Objects = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Frozen:
    """``objects`` are Kubernetes objects and events as the API gives them; ``container_logs`` the last lines by
    (namespace, pod, container), oldest first. ``signs`` are what an importer read by itself, with no analyzer of its
    own. ``quiet``: whether the alert's own rule is known not to hold (True), known to hold (False), or not known.
    """

    id: str
    suite: str
    case: Case
    text: str = ""  # the alert's own words, all of them
    objects: Objects = ()
    container_logs: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    lines: tuple[LogLine, ...] = ()
    curves: tuple[Curve, ...] = ()
    spans: tuple[Span, ...] = ()
    changes: tuple[Change, ...] = ()
    edges: tuple[Edge, ...] = ()
    signs: tuple[Sign, ...] = ()
    unlooked: tuple[Unlooked, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)  # kinds of objects that could not be read, and why
    quiet: bool | None = None


@dataclass(frozen=True)
class Expected:
    """What a case wants: each check is a name and what must hold. Regular expressions are searched without case.

    ``all_of`` must each be found in what the answer says, ``any_of`` one at least, ``none_of`` not at all.
    ``ruled_out`` are to be found as well, but what identifies the cause is without them.
    ``change`` is the id to blame, "none" for no change, None where it is not asked. ``healthy`` None: not asked.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    healthy: bool | None = None
    change: str | None = None
    decoys: tuple[str, ...] = ()
    object: str = ""
    service: str = ""
    category: str = ""
    proposal: str | None = None
    forbidden_proposals: tuple[str, ...] = ()
    may_abstain: bool = False


class Importer(Protocol):
    """Reads one format. ``matches`` tells its cases by what lies in them, ``cases`` lists those at or under a path;
    ``read`` never opens an expectation."""

    name: str

    def matches(self, folder: Path) -> bool: ...

    def cases(self, path: Path) -> Sequence[Path]: ...

    def read(self, folder: Path) -> Frozen: ...

    def expected(self, folder: Path) -> Expected | None: ...
