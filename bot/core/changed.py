"""What changed, as values: a change, how much speaks for it being the cause, and the verdict over all. No judging."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Change:
    """``id`` is what its own system calls it (a commit's sha, a revision, a flag's name); ``kind`` one of deploy,
    commit, rollout, config, scale, flag, node, certificate, event. ``at`` is when it took effect (of a deploy, not its
    commit's); ``services`` are all it reaches, also through a shared library. ``diff`` is a unified diff, as read.
    """

    id: str
    kind: str
    at: datetime
    says: str
    service: str = ""
    services: tuple[str, ...] = ()
    author: str = ""
    version: str = ""
    files: tuple[str, ...] = ()
    diff: str = ""
    written: datetime | None = None  # when it was made, where that is not when it took effect
    undo: str = ""
    evidence: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suspect:
    """``score`` 0 to 1; ``speaks_for`` and ``speaks_against`` are clauses with the numbers they stand on."""

    change: Change
    score: float
    speaks_for: tuple[str, ...] = ()
    speaks_against: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeVerdict:
    """Every change, likeliest first. ``blamed`` None: no change explains this, and ``says`` tells why."""

    suspects: tuple[Suspect, ...] = ()
    blamed: Suspect | None = None
    says: str = ""
