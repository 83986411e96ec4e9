"""What was recorded, in one shape whatever wrote it: a log line, a curve, a span. Values only, no judging.

Live tools and the importers of frozen cases both read into these, so that the same analyzers see both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """``text`` is the message without its envelope where that was known; ``level`` lower case, "" where none is said.
    ``service`` and ``pod`` are who wrote it, as far as it is told.
    """

    text: str
    at: datetime | None = None
    level: str = ""
    service: str = ""
    pod: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """``name`` is the metric's; ``labels`` the rest of its identity; ``unit`` "" where it is not told.

    ``points`` are (moment, value), oldest first; a missing value is left out, never zero.
    """

    name: str
    points: tuple[tuple[datetime, float], ...]
    service: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One step of a trace. ``parent`` is "" of a root; ``took`` in seconds; ``says`` the status' or error's words."""

    trace: str
    id: str
    service: str
    operation: str
    began: datetime
    took: float
    parent: str = ""
    failed: bool = False
    says: str = ""
    kind: str = ""  # server, client, producer, consumer, internal; "" where it is not told
    tags: Mapping[str, str] = field(default_factory=dict)
