"""What an incident is: frozen values, made from its ledger by `folding.fold` and by nothing else.

All times are aware and come from the events. Texts are payload references; a reader fetches them when it draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.approval import OPEN, Approval
from bot.core.events import Outcome, Ref, Severity, Standing, Verdict
from bot.core.workspace import Freeze

REQUESTED = "change_requested"


@dataclass(frozen=True)
class Alert:
    """``since`` is when it began to fire, where it has begun anew (``starts_at``) without an end that was heard."""

    fingerprint: str
    name: str
    severity: Severity
    service: str | None
    namespace: str | None
    starts_at: datetime
    received_at: datetime
    content: Ref
    source: str
    firing: bool = True
    ends_at: datetime | None = None
    cluster: str | None = None
    group: str = ""
    truncated: int = 0
    since: datetime | None = None
    about: tuple[str, ...] = ()
    kin: str | None = None


@dataclass(frozen=True)
class Evidence:
    id: str
    round: int
    tool: str
    outcome: Outcome
    observation: Ref
    milliseconds: int
    at: datetime


@dataclass(frozen=True)
class Hypothesis:
    id: str
    cause: Ref
    standing: Standing
    confidence: str
    supports: tuple[str, ...]
    against: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    round: int
    verdict: Verdict
    hypothesis: str | None
    confidence: str | None
    runbook: str | None
    reasoner: str
    content: Ref
    looks: int
    milliseconds: int
    at: datetime


@dataclass(frozen=True)
class Round:
    """One diagnosis. ``failures`` are the reasoners that gave up in it, with why."""

    number: int
    started_at: datetime
    reasoner: str
    evidence: tuple[Evidence, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    finding: Finding | None = None
    failures: tuple[tuple[str, str], ...] = ()
    turns: int = 0
    charted: bool = False
    chart: Ref | None = None


@dataclass(frozen=True)
class Intent:
    id: str
    round: int
    tool: str
    arguments: Ref
    hypothesis: str | None
    evidence: tuple[str, ...]
    requester: str | None
    undoes: str | None
    made_at: datetime
    state: str = "open"  # open, prepared, refused
    why: str | None = None
    detail: Ref | None = None
    approval: str | None = None
    again: str | None = None
    by_hand: Ref | None = None
    also: tuple[str, ...] = ()  # who asked for the same while it waited; nobody's words but the requester's caused it
    twins: tuple[str, ...] = ()  # intents that wanted the same and were joined to it
    after: str | None = None

    @property
    def asked(self) -> bool:
        """Whether somebody asked for this very change; words that made a reasoner plan again (round 2 on) do not."""
        return self.requester is not None and self.round < 2


@dataclass(frozen=True)
class Check:
    number: int
    result: str  # passed, failed, inconclusive
    seen: Ref
    at: datetime


@dataclass(frozen=True)
class Execution:
    id: str
    approval: str
    target: str
    started_at: datetime
    ended_at: datetime | None = None
    result: Ref | None = None
    detail: Ref | None = None
    checks: tuple[Check, ...] = ()
    observed: Ref | None = None


@dataclass(frozen=True)
class Click:
    id: str
    seq: int
    approval: str
    action: str
    user: str
    team: str
    channel: str
    message_ts: str
    answer: Ref | None
    at: datetime
    choice: str | None = None
    words: Ref | None = None
    state: str = "received"  # received, counted, refused
    why: str | None = None


@dataclass(frozen=True)
class Step:
    """The latest state of one narration step."""

    name: str
    state: str
    at: datetime
    channel: str | None = None
    ts: str | None = None
    label: str | None = None
    upto: int | None = None
    why: str | None = None


@dataclass(frozen=True)
class Remark:
    user: str
    ts: str
    text: Ref
    at: datetime
    click: str | None = None  # the press it came with


@dataclass(frozen=True)
class Incident:
    id: str
    length: int = 0
    told: int = -1  # seq of the newest event a reader of the card could care about
    opened_at: datetime | None = None
    severity: Severity = Severity.WARN
    severity_by: str | None = None  # who set it, where a person did
    place: str = "home"
    service: str | None = None
    namespace: str | None = None
    cluster: str | None = None
    key: str = ""
    title: Ref | None = None
    why: str = ""
    requester: str | None = None
    storm: str | None = None
    resolved_at: datetime | None = None
    resolved_why: str | None = None
    resolved_by: str | None = None
    commander: str | None = None
    commander_since: datetime | None = None
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    rounds: Mapping[int, Round] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    executions: Mapping[str, Execution] = field(default_factory=dict)
    clicks: Mapping[str, Click] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    struck: tuple[Ref, ...] = ()
    freeze: Freeze | None = None  # as its requests' cards tell of it
    freezes: int = 0  # how often that changed
    ignored: int = 0
    unknown: int = 0

    @property
    def began_at(self) -> datetime | None:
        """When it began: the earliest alert, or the moment somebody opened it."""
        return min((alert.since or alert.starts_at for alert in self.alerts.values()), default=self.opened_at)

    @property
    def by_request(self) -> bool:
        """Whether it stands only for a change somebody asked for: nothing was reported, so nothing is diagnosed."""
        return self.why == REQUESTED and not self.alerts

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts.values() if alert.firing)

    @property
    def left_out(self) -> int:
        """How many alerts were left out by their senders, who say so on every alert of a notice."""
        most: dict[str, int] = {}
        for alert in self.alerts.values():
            most[alert.group] = max(alert.truncated, most.get(alert.group, 0))
        return sum(most.values())

    @property
    def finding(self) -> Finding | None:
        """The newest finding."""
        return next((r.finding for n, r in sorted(self.rounds.items(), reverse=True) if r.finding), None)

    @property
    def open_approvals(self) -> tuple[Approval, ...]:
        return tuple(a for a in self.approvals.values() if a.state in OPEN)

    def again(self, approval: str) -> Intent | None:
        """The newest intent that plans what this approval asked for once more."""
        return next((i for i in reversed(tuple(self.intents.values())) if i.again == approval), None)

    def undoing(self, approval: str) -> Intent | None:
        """The newest intent that takes back what this approval did."""
        return next((i for i in reversed(tuple(self.intents.values())) if i.undoes == approval), None)

    def evidence(self) -> dict[str, Evidence]:
        return {item.id: item for round_ in self.rounds.values() for item in round_.evidence}

    def done(self, step: str) -> Step | None:
        """The step, if it was carried out (or rightly skipped)."""
        found = self.steps.get(step)
        return found if found is not None and found.state in {"done", "skipped"} else None
