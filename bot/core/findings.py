"""The finding as it is stored and drawn: what a reasoner concluded, each claim with the evidence it stands on.

Stored as one payload (`FindingMade.finding`). Numbers in texts were rendered by code from observations, or, when a
model wrote the text, checked literally against the evidence cited (`grounding.py`); what did not check is not here.
"""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(Part):
    """A literal piece of one observation: ``text`` must occur in the evidence named."""

    evidence: str
    text: str


class Claim(Part):
    """One thought, one line. ``evidence`` names what it stands on, ``quotes`` the exact values or spans."""

    text: str
    evidence: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()


class RuledOut(Part):
    cause: str
    because: str
    evidence: tuple[str, ...] = ()


class NotRead(Part):
    """A look that gave nothing: ``why`` in words ("Prometheus refused: 403", "timed out after 10 s")."""

    what: str
    outcome: str
    why: str
    evidence: str | None = None


class Candidate(Part):
    hypothesis: str
    cause: str
    standing: str
    confidence: str
    supports: tuple[Claim, ...] = ()
    against: tuple[Claim, ...] = ()
    tell_apart: str = ""
    confidence_why: str = ""  # the confidence as the sum it is


class RunbookUsed(Part):
    id: str
    title: str
    url: str = ""


class FindingContent(Part):
    """``headline`` is the card's first line ("checkout is failing for about 1 in 5 requests")."""

    headline: str
    cause: str = ""
    because: tuple[Claim, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    runbook: RunbookUsed | None = None
    next_step: str = ""
    confidence_why: str = ""  # of the cause that is named
    place: Claim | None = None  # where it was found to be, or why that is not known, where nobody had said
    note: str = ""  # e.g. "Claude did not answer in time; this is the guided diagnosis"
