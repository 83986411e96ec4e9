"""A sign: one typed, quotable, bounded fact that an analyzer read out of evidence. Pure values, no judging.

Every analyzer (Kubernetes objects, log lines, curves, spans, changes) says what it found as signs; `fusion` weighs
them against each other. A sign never holds a number that code did not read: `says` is rendered from what was read,
`quotes` are verbatim pieces of it. It travels in a look's facts as JSON: `payload` and `sign_of`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.canonical import Json

MOST_SAID = 400
MOST_QUOTED = 300
MOST_QUOTES = 5


class Role(StrEnum):
    """What a sign is to an explanation."""

    CAUSE = "cause"  # it explains trouble and needs no other fault to be understood: an image that does not exist
    SYMPTOM = "symptom"  # trouble that something else causes: errors rose, CrashLoopBackOff, a time-out of a neighbour
    WELL = "well"  # looked at and as it should be: what rules causes out
    PAST = "past"  # it was trouble and is over: a warning of an object that is healthy now


class Source(StrEnum):
    ALERT = "alert"
    KUBERNETES = "kubernetes"
    LOGS = "logs"
    METRICS = "metrics"
    TRACES = "traces"
    CHANGES = "changes"
    MONITORS = "monitors"
    DATABASE = "database"


@dataclass(frozen=True)
class Sign:
    """``kind`` is a stable name of what it is ("image_not_found", "errors_rose"); ``object`` what it is about, as
    `Kind/namespace/name` ("Node//worker-1", or a service's bare name); ``service`` the workload or service behind it.

    ``weight``, 0 to 1: how surely it is what it says, and how much it matters. ``began`` and ``last`` bound the trouble
    as far as it shows. ``blames`` are other services, hosts or objects which it names as the place of the trouble.
    ``mends`` says what would fix it, ``prevents`` what would keep it from coming again.
    """

    kind: str
    role: Role
    source: Source
    says: str
    object: str = ""
    service: str = ""
    namespace: str = ""
    weight: float = 0.5
    began: datetime | None = None
    last: datetime | None = None
    quotes: tuple[str, ...] = ()
    blames: tuple[str, ...] = ()
    mends: str = ""
    prevents: str = ""
    evidence: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> Json:
        """As it is stored in a look's facts: times in RFC 3339, texts cut to their bounds."""
        plain = asdict(self)
        plain |= {
            "role": self.role.value,
            "source": self.source.value,
            "says": self.says[:MOST_SAID],
            "quotes": [one[:MOST_QUOTED] for one in self.quotes[:MOST_QUOTES]],
            "blames": list(self.blames),
            "evidence": list(self.evidence),
            "began": self.began.isoformat() if self.began else None,
            "last": self.last.isoformat() if self.last else None,
            "facts": dict(self.facts),
        }
        return plain


def sign_of(payload: Mapping[str, Any], evidence: tuple[str, ...] = ()) -> Sign | None:
    """Read a stored sign back; None for what is none. ``evidence`` is the look it was read in."""
    try:
        known = {key: payload[key] for key in Sign.__dataclass_fields__ if key in payload}
        read = Sign(
            **{
                **known,
                "role": Role(known["role"]),
                "source": Source(known["source"]),
                "began": _moment(known.get("began")),
                "last": _moment(known.get("last")),
                "quotes": tuple(str(one) for one in known.get("quotes") or ()),
                "blames": tuple(str(one) for one in known.get("blames") or ()),
                "evidence": tuple(str(one) for one in known.get("evidence") or ()),
            }
        )
    except (KeyError, TypeError, ValueError):
        return None
    return replace(read, evidence=evidence) if evidence else read


def signs_in(facts: Mapping[str, Any], evidence: tuple[str, ...] = ()) -> tuple[Sign, ...]:
    """Those a look holds under `signs`."""
    stored = facts.get("signs")
    rows: Iterable[Any] = stored if isinstance(stored, list | tuple) else ()
    read = (sign_of(one, evidence) for one in rows if isinstance(one, Mapping))
    return tuple(one for one in read if one is not None)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None
