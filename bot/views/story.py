"""An incident together with everything its payloads say: what a view is given, so that it stays a pure function.

Texts are as they were stored (redacted, not escaped): escaping is the view's. A payload that was erased is `GONE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.by_hand import ByHand
from bot.core.events import Outcome
from bot.core.findings import FindingContent
from bot.core.incident import Alert, Evidence, Incident
from bot.core.outcomes import Checked, Weighed
from bot.core.tool import Plan
from bot.core.troubled import Troubled
from bot.views import text as t
from bot.views.house import House

GONE = "(erased)"
CANNOT_TELL = frozenset({Outcome.DENIED, Outcome.FAILED, Outcome.TIMED_OUT})


@dataclass(frozen=True)
class AlertTold:
    """An alert as a card speaks of it: by its name, never by its sender's words."""

    alert: Alert


@dataclass(frozen=True)
class EvidenceTold:
    """One look with what was asked and what it came to. ``raw`` leads to the source's own page, where there is one."""

    evidence: Evidence
    asked: str = ""
    digest: str = ""
    raw: str = ""

    @property
    def blind(self) -> bool:
        """Whether this look says nothing about the world."""
        return self.evidence.outcome in CANNOT_TELL


@dataclass(frozen=True)
class Picture:
    """An uploaded chart: Slack's id of the file, and what it shows in words."""

    file: str
    alt: str


@dataclass(frozen=True)
class Story:
    """``words`` are texts by payload reference; ``links`` addresses in Slack by evidence id or step name."""

    incident: Incident
    house: House
    title: str = ""
    alerts: tuple[AlertTold, ...] = ()
    evidence: Mapping[str, EvidenceTold] = field(default_factory=dict)
    finding: FindingContent | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    weighed: Mapping[str, Weighed] = field(default_factory=dict)  # by approval
    words: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    why_stale: Mapping[str, str] = field(default_factory=dict)
    by_hand: Mapping[str, ByHand] = field(default_factory=dict)  # by intent
    revisions: Mapping[str, str] = field(default_factory=dict)  # by the hash of their template
    checks: Mapping[str, Checked] = field(default_factory=dict)  # by payload reference
    picture: Picture | None = None
    trouble: Troubled = field(default_factory=Troubled)

    @property
    def began_at(self) -> datetime | None:
        """When the trouble began as far as it was read, else when the alert did."""
        return self.trouble.began_at or self.incident.began_at

    @property
    def about(self) -> str:
        """“checkout (payments)”, not escaped; empty when nobody said what it is about."""
        service, namespace = self.incident.service, self.incident.namespace
        if service and namespace:
            return f"{service} ({namespace})"
        return service or namespace or ""

    @property
    def headline(self) -> str:
        """The conclusion in one line, not escaped: the finding's, or what it was called when it was opened."""
        if self.finding is not None and self.finding.headline:
            return self.finding.headline
        return self.title or self.about or self.incident.id

    def said_by(self, ref: str | None, most: int = 300) -> str:
        """The words behind a payload reference, escaped; empty when there are none."""
        return t.said(self.words.get(ref, ""), most) if ref else ""

    def timed(self, words: str) -> str:
        """Words of the finding, made fit already, with their times in the reader's own zone."""
        finding = self.incident.finding
        return t.local(words, finding.at) if finding is not None else words

    def cite(self, evidence: tuple[str, ...]) -> str:
        """“E3 E5”, each leading to its card in the thread where it has been posted."""
        return " ".join(self._cited(each) for each in evidence[:8])

    def _cited(self, evidence: str) -> str:
        url = self.links.get(evidence)
        return t.link(url, evidence) if url else t.said(evidence, 20)

    def called(self, user: str) -> str:
        """The name they go by, without notifying them: where nothing hangs on who it is."""
        return t.said(self.names.get(user, user), 60)

    def name(self, user: str) -> str:
        """Who, for the record of a decision: the name they go by and the id that counts."""
        known = self.names.get(user)
        return f"{t.said(known, 60)} (`{t.said(user, 30)}`)" if known and known != user else f"`{t.said(user, 30)}`"
