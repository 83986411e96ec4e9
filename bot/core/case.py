"""What a diagnosis reasons over: the case (who, where, since when) and what each check saw. Values only.

A `Seen` is kept as the payload of its evidence, so that a job that was killed goes on with what was looked at and
does not look again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core.canonical import Json
from bot.core.events import Outcome
from bot.core.tool import Observation
from bot.core.window import Window

READABLE = frozenset({"ok", "no_data"})
PARTLY_READ = "partial"  # what is said of a look that was cut; no outcome of its own
NOT_OFFERED = "not_offered"
NOT_ASKED = "not_asked"
NOT_NEEDED = "not_needed"  # there is nothing to ask, and nobody misses the answer


@dataclass(frozen=True)
class Case:
    """``expression`` is the alert's own rule where it carried one, ``summary`` its title in the alert's words."""

    incident: str
    window: Window
    now: datetime
    service: str = ""
    namespace: str = ""
    alertname: str = ""
    expression: str = ""
    summary: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def placeholders(self) -> dict[str, str]:
        """What may stand in a check's arguments, as `{name}`."""
        return {
            "service": self.service,
            "namespace": self.namespace,
            "alertname": self.alertname,
            "expression": self.expression,
        }


@dataclass(frozen=True)
class Seen:
    """What one check came to. ``evidence`` is None where nothing was asked, and then ``outcome`` says why not."""

    check: str
    tool: str
    outcome: str
    evidence: str | None = None
    arguments: Json = field(default_factory=dict)
    asked: str = ""
    digest: str = ""
    facts: Json = field(default_factory=dict)
    link: str = ""
    noun: str = ""

    @property
    def readable(self) -> bool:
        return self.outcome in READABLE

    @property
    def empty(self) -> bool:
        return self.outcome == Outcome.NO_DATA.value

    @property
    def incomplete(self) -> str:
        """What of it was not read, in words; "" where all of it was. Nothing is ruled out by what the rest may hold.

        Tools say it in the fact `incomplete`; looks that were stored before there was one said `partial` or `left_out`.
        """
        told = self.facts.get("incomplete") or self.facts.get("partial")
        if not told and self.facts.get("left_out"):
            return "not everything was read"
        return str(told) if told else ""

    @property
    def thinned(self) -> bool:
        """Whether the facts hold fewer rows than were read: enough for predicates, not for counting."""
        return bool(self.incomplete or self.facts.get("dropped"))

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.evidence,) if self.evidence else ()

    @property
    def name(self) -> str:
        """How people call what was looked at."""
        return self.noun or self.check.replace("_", " ")

    def payload(self) -> Json:
        """As it is stored; `seen_of` reads it back."""
        return {
            "check": self.check,
            "tool": self.tool,
            "outcome": self.outcome,
            "evidence": self.evidence,
            "arguments": self.arguments,
            "asked": self.asked,
            "digest": self.digest,
            "facts": self.facts,
            "link": self.link,
            "noun": self.noun,
        }


def seen(check: str, tool: str, evidence: str, arguments: Json, observation: Observation, noun: str = "") -> Seen:
    return Seen(
        check=check,
        tool=tool,
        outcome=observation.outcome.value,
        evidence=evidence,
        arguments=arguments,
        asked=observation.asked,
        digest=observation.digest,
        facts=dict(observation.facts),
        link=observation.link,
        noun=noun,
    )


def seen_of(payload: Any, evidence: str, tool: str) -> Seen:
    """Read a stored `Seen` back; one that was cut or erased counts as a look that failed, never as empty."""
    if isinstance(payload, Mapping) and isinstance(payload.get("check"), str):
        known = {key: payload[key] for key in Seen.__dataclass_fields__ if key in payload}
        return Seen(**known)
    said = payload.get("cut", "") if isinstance(payload, Mapping) else ""
    return Seen(
        evidence, tool, Outcome.FAILED.value, evidence, digest=f"The record of this look is gone. {said}".strip()
    )
