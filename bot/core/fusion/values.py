"""What fusion is given and what it says. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.case import Case
from bot.core.changed import ChangeVerdict
from bot.core.events import Verdict
from bot.core.service_map import ServiceMap
from bot.core.signs import Sign


@dataclass(frozen=True)
class Unlooked:
    """A look that gave nothing to reason over: ``outcome`` is denied, failed, timed_out, not_offered or no_data."""

    what: str
    outcome: str
    why: str


@dataclass(frozen=True)
class Brief:
    """Everything that was read of one incident. ``quiet``: whether the alert's own rule was read and does not hold."""

    case: Case
    signs: tuple[Sign, ...] = ()
    changes: ChangeVerdict = field(default_factory=ChangeVerdict)
    map: ServiceMap = field(default_factory=ServiceMap)
    unlooked: tuple[Unlooked, ...] = ()
    quiet: bool | None = None


@dataclass(frozen=True)
class Explained:
    """One hypothesis. ``cause`` is a sentence with the names and numbers as they were read.

    ``object`` is as a sign's; ``confidence`` 0 to 1; ``change`` the id of the change that made it, "" for none;
    ``victims`` the services it drags down. ``remedy`` is a changing tool's call, {"tool", "arguments"}, where what was
    read leaves no argument of it open; it is only ever asked for, like every proposal.
    """

    kind: str
    cause: str
    object: str
    service: str
    confidence: float
    supports: tuple[Sign, ...] = ()
    against: tuple[str, ...] = ()
    victims: tuple[str, ...] = ()
    change: str = ""
    mends: str = ""
    prevents: str = ""
    remedy: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Fused:
    """``ruled_out`` are sentences, each saying what was looked at and why it is not it."""

    verdict: Verdict
    hypotheses: tuple[Explained, ...] = ()
    ruled_out: tuple[str, ...] = ()
    not_looked: tuple[Unlooked, ...] = ()
    says: str = ""
