"""What a reasoner comes to, whichever it is: a result for the ledger, or that it gave up and why. Values only."""

from dataclasses import dataclass

from bot.core.events import Standing, Verdict
from bot.core.findings import FindingContent
from bot.core.guided_finding import Proposal


@dataclass(frozen=True)
class Standpoint:
    """One hypothesis as the ledger keeps it."""

    id: str
    cause: str
    standing: Standing
    confidence: str
    supports: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Struck:
    """A claim that did not stand its check: never shown as a claim, kept for the record."""

    claim: str
    why: str


@dataclass(frozen=True)
class Result:
    """What a round comes to, whichever reasoner it is from."""

    reasoner: str
    verdict: Verdict
    content: FindingContent
    hypotheses: tuple[Standpoint, ...]
    hypothesis: str | None = None
    confidence: str | None = None
    runbook: str | None = None
    proposal: Proposal | None = None
    struck: tuple[Struck, ...] = ()


@dataclass(frozen=True)
class GaveUp:
    """A reasoner that came to nothing; the guided result stands, and the finding says so."""

    reasoner: str
    why: str
    says: str
    detail: str = ""
    struck: tuple[Struck, ...] = ()
