"""Every event a ledger can hold, and nothing about what follows from it (that is the fold's).

A fact is what somebody wants written down; an event is a fact sealed into a ledger (see `ledger.py`). Bodies hold
ids, enums, integers, decimal strings and payload references only: people's words, quotes and tool output live in
the payload store, so that they can be erased without breaking a chain. `test_events.py` walks every field's type.
Adding an optional field or a kind is free; changing one needs a new envelope version and an upcaster.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/@=+-]{0,199}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,252}$")]
MODEL_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.:/@-]{0,252}$"  # as vendors spell it: Vertex has name@date, Bedrock an ARN
ModelName = Annotated[str, StringConstraints(pattern=MODEL_NAME)]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,128}$")]
Stamp = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,15}(\.\d{1,9})?$")]


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ref(Value):
    """Where a payload is: ``ref`` is SHA-256 of salt and bytes, ``bytes`` the length before compression."""

    ref: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    bytes: int


class Fact(Value):
    """One thing that happened. ``kind`` is the class's name and never changes."""

    KINDS: ClassVar[dict[str, type["Fact"]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        Fact.KINDS[cls.__name__] = cls

    @property
    def kind(self) -> str:
        return type(self).__name__


class Severity(StrEnum):
    """How bad, SEV1 worst. ``WARN`` and ``INFO`` stay in the home channel."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    WARN = "warn"
    INFO = "info"


class Outcome(StrEnum):
    """What a look came to. Only ``OK`` and ``NO_DATA`` say anything about the world."""

    OK = "ok"
    NO_DATA = "no_data"
    DENIED = "denied"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


class Verdict(StrEnum):
    """What a diagnosis says."""

    CAUSE = "cause"
    CANDIDATES = "candidates"
    HEALTHY = "healthy"
    UNSURE = "unsure"


class Standing(StrEnum):
    """Where a hypothesis stands after the evidence."""

    SUPPORTED = "supported"
    CANDIDATE = "candidate"
    RULED_OUT = "ruled_out"
    UNKNOWN = "unknown"


# --- what came in -------------------------------------------------------------------------------------------------


class AlertReceived(Fact):
    """``about`` and ``kin`` mark what it is about, ``why`` is why it stands in this incident (`core/joining`)."""

    fingerprint: Id
    alertname: Name
    severity: Severity
    starts_at: Stamp
    service: Name | None = None
    namespace: Name | None = None
    cluster: Name | None = None
    group: Hex
    alert: Ref
    source: Literal["alertmanager", "event", "person"]
    truncated: int = 0
    about: tuple[Hex, ...] = ()
    kin: Hex | None = None
    why: Name | None = None


class AlertResolved(Fact):
    fingerprint: Id
    ends_at: Stamp
    alert: Ref


class IncidentOpened(Fact):
    severity: Severity
    service: Name | None = None
    namespace: Name | None = None
    cluster: Name | None = None
    key: Hex
    title: Ref
    why: Name
    place: Literal["home", "incident"]
    requester: Id | None = None
    storm: Id | None = None


class SeverityChanged(Fact):
    """By a worse alert, or by a person: then with the click that said so."""

    severity: Severity
    place: Literal["home", "incident"]
    why: Name
    click: Hex | None = None
    user: Id | None = None


class CommanderChanged(Fact):
    """Who has the incident in hand from now on (``commander``), and who said so (``user``): often the same."""

    commander: Id
    click: Hex
    user: Id


class PersonSaid(Fact):
    user: Id
    team: Id
    ts: Id
    text: Ref
    about: Id | None = None  # the approval whose denial these words explain
    click: Hex | None = None


class IncidentResolved(Fact):
    why: Name
    click: Hex | None = None
    user: Id | None = None


# --- what was done in Slack ---------------------------------------------------------------------------------------


class ChannelStep(Fact):
    """One step of narration. ``begun`` is the write-ahead of a post, so that a crash cannot make a second one."""

    step: Name
    state: Literal["begun", "done", "failed", "skipped"]
    channel: Id | None = None
    ts: Id | None = None
    name: Name | None = None
    upto: int | None = None
    why: Name | None = None


# --- diagnosis ----------------------------------------------------------------------------------------------------


class DiagnosisStarted(Fact):
    round: int
    reasoner: Name


class EvidenceGathered(Fact):
    round: int
    evidence: Id
    tool: Name
    outcome: Outcome
    observation: Ref
    milliseconds: int


class ReasonerTurn(Fact):
    round: int
    turn: int
    model: ModelName
    request: Ref
    reply: Ref
    tokens_in: int
    tokens_out: int
    stop: Name


class HypothesisRanked(Value):
    hypothesis: Id
    cause: Ref
    standing: Standing
    confidence: DecimalText
    supports: tuple[Id, ...] = ()
    against: tuple[Id, ...] = ()
    unread: tuple[Id, ...] = ()


class HypothesesRanked(Fact):
    round: int
    hypotheses: tuple[HypothesisRanked, ...]


class ClaimStruck(Fact):
    round: int
    claim: Ref
    why: Name


class FindingMade(Fact):
    round: int
    verdict: Verdict
    hypothesis: Id | None = None
    confidence: DecimalText | None = None
    runbook: Name | None = None
    reasoner: Name
    finding: Ref
    looks: int
    milliseconds: int


class ChartDrawn(Fact):
    """The picture of a round's evidence, drawn once; without ``chart`` there is none, and ``why`` says why not."""

    round: int
    chart: Ref | None = None
    evidence: Id | None = None
    why: Name | None = None


class DiagnosisFailed(Fact):
    round: int
    reasoner: Name
    why: Name
    detail: Ref | None = None


class IntentMade(Fact):
    intent: Id
    round: int
    tool: Name
    arguments: Ref
    hypothesis: Id | None = None
    evidence: tuple[Id, ...] = ()
    requester: Id | None = None
    undoes: Id | None = None
    again: Id | None = None  # the approval whose intent this one is once more
    click: Hex | None = None
    by_hand: Ref | None = None  # mode propose: the line a person can run when no act process plans it
    after: Id | None = None  # the intent that must have taken effect before this one is planned


class AlsoAsked(Fact):
    """The same change was asked for once more while ``intent`` waits: one card stands for both.

    ``user`` is who asked, None where a finding did; ``ask`` is their question, ``twin`` the intent joined to it.
    """

    intent: Id
    user: Id | None = None
    ask: Id | None = None
    twin: Id | None = None


# --- approval -----------------------------------------------------------------------------------------------------


class ActionPrepared(Fact):
    intent: Id
    plan: Ref
    digest: Hex
    target: Id


class ActionRefused(Fact):
    intent: Id
    why: Name
    detail: Ref


class WayBack(Value):
    """The call that takes a change back, as the plan captured it before anything was done."""

    tool: Name
    arguments: Ref


class ActionProposed(Fact):
    """``way_back`` is there where the plan's inverse is a call; without it there is none, or it is not known."""

    approval: Id
    intent: Id
    tool: Name
    target: Id
    plan: Ref
    digest: Hex
    needed: int
    expires_at: Stamp
    undoes: Id | None = None
    tier: Name | None = None
    own: Literal["yes"] | None = None  # whoever asked may approve: it has a way back, and is their own service
    policy: Hex | None = None  # SHA-256 of the policy's text
    weighed: Ref | None = None  # the facts it was judged by, and the rules that asked for a second person
    way_back: WayBack | None = None


class ClickReceived(Fact):
    """A press as it came in. ``approval`` is what it is about: an approval's id, or the incident's for its own card."""

    click: Hex
    approval: Id
    action: Name
    user: Id
    team: Id
    channel: Id
    message_ts: Id
    action_ts: Id
    answer: Ref | None = None
    choice: Id | None = None  # what was chosen from a menu
    words: Ref | None = None  # what was written into a form


class ClickRefused(Fact):
    click: Hex
    approval: Id
    user: Id
    why: Name


class VoteCast(Fact):
    approval: Id
    click: Hex
    user: Id
    team: Id
    digest: Hex


class ActionApproved(Fact):
    approval: Id
    incident: Id
    digest: Hex
    voters: tuple[Id, ...]
    approved_at: Stamp
    expires_at: Stamp
    key: Hex
    signature: Hex
    broken_by: Id | None = None  # who broke the glass: alone, with a reason, where it takes others
    lease: Id | None = None  # granted before by the one voter: nobody pressed for this one
    click: Hex | None = None
    reason: Ref | None = None


class ActionDenied(Fact):
    approval: Id
    click: Hex
    user: Id
    reason: Ref | None = None


class ActionChangesRequested(Fact):
    approval: Id
    click: Hex
    user: Id
    reason: Ref | None = None


class ActionSuperseded(Fact):
    approval: Id
    why: Name


class TargetLooked(Fact):
    """Whether somebody else had changed what a request is about, seen when the alerts were over and it still waited."""

    approval: Id
    changed: Literal["yes", "no", "unknown"]
    seen: Ref


class ActionWentStale(Fact):
    approval: Id
    why: Name
    detail: Ref | None = None


class ActionExpired(Fact):
    approval: Id


# --- execution ----------------------------------------------------------------------------------------------------


class FreezeNoted(Fact):
    """What this incident's requests say of a freeze from now on; without ``user``: that none is in force (any more)."""

    user: Id | None = None
    since: Stamp | None = None
    until: Stamp | None = None


class ExecutionStarted(Fact):
    approval: Id
    execution: Id
    target: Id


class ExecutionSucceeded(Fact):
    approval: Id
    execution: Id
    result: Ref


class ExecutionFailed(Fact):
    approval: Id
    execution: Id
    why: Name
    detail: Ref


class ExecutionUnknown(Fact):
    approval: Id
    execution: Id
    why: Name


class OutcomeObserved(Fact):
    """What the bot saw when it looked after an unknown outcome; a person decides what it means."""

    execution: Id
    outcome: Outcome
    seen: Ref


class OutcomeEstablished(Fact):
    approval: Id
    execution: Id
    outcome: Literal["done", "not_done"]
    click: Hex
    user: Id


class VerificationPassed(Fact):
    execution: Id
    check: int
    seen: Ref


class VerificationFailed(Fact):
    execution: Id
    check: int
    seen: Ref


class VerificationInconclusive(Fact):
    execution: Id
    check: int
    seen: Ref


# --- the workspace ledger: what crosses incidents -----------------------------------------------------------------


class IncidentListed(Fact):
    incident: Id
    key: Hex
    service: Name | None = None
    namespace: Name | None = None
    cluster: Name | None = None
    severity: Severity
    storm: Id | None = None


class IncidentClosed(Fact):
    incident: Id


class Frozen(Fact):
    """``notice`` is the ledger of what is said of it at home; it holds this fact too, and the words of ``reason``."""

    user: Id
    until: Stamp | None = None
    reason: Ref | None = None
    notice: Id | None = None


class Unfrozen(Fact):
    user: Id


class TargetLocked(Fact):
    target: Id
    incident: Id
    execution: Id


class TargetReleased(Fact):
    target: Id
    execution: Id


class LeaseGranted(Fact):
    lease: Id
    user: Id
    tool: Name
    target: Id
    uses: int
    until: Stamp
    call: Hex | None = None  # SHA-256 of the tool and its arguments: the same action, to the letter
    incident: Id | None = None
    approval: Id | None = None  # the request it came from, which a person approved
    click: Hex | None = None
    key: Hex | None = None
    signature: Hex | None = None


class LeaseUsed(Fact):
    lease: Id
    execution: Id


class LeaseRevoked(Fact):
    lease: Id
    user: Id
    approval: Id | None = None
    click: Hex | None = None


# --- what is said once at home about many incidents, or about the bot: the small ledgers storm-…, away-…, anchor-… -


class StormBegan(Fact):
    """So many incidents opened within ``minutes`` that people are called once for all that follow."""

    incidents: int
    minutes: int


class StormCounted(Fact):
    """How many incidents the storm has by now, by severity."""

    incidents: int
    sev1: int
    sev2: int
    sev3: int


class HeadNoted(Value):
    """Where a ledger ended: how many events it had, and the hash of the last."""

    ledger: Id
    length: int
    hash: Hex


class HeadsNoted(Fact):
    """Where everything ended that moved since the last such day; where this ledger ends is said in Slack."""

    day: Name
    heads: tuple[HeadNoted, ...]


class Disconnected(Fact):
    """Nobody reached the bot in this time: its ``process`` was down, or its way to ``slack`` or the ``store``."""

    since: Stamp
    until: Stamp
    what: Literal["process", "slack", "store"]


class MissedLooked(Fact):
    """What Alertmanager says of that time. ``missed`` of what fires there never came; ``late`` came afterwards."""

    look: int
    outcome: Outcome | Literal["not_offered"]
    firing: int
    missed: int
    late: int
    names: Ref | None = None


# --- a question: the small ledger (ask-…) of one slash command ------------------------------------------------------


class CommandReceived(Fact):
    command: Name
    user: Id
    team: Id
    channel: Id
    text: Ref
    answer: Ref | None = None
    thread: Id | None = None  # of a mention: the message in whose thread the answer belongs


class TargetFound(Fact):
    """What a person's request is about, read from the live state; ``arguments`` are the changing tool's."""

    tool: Name
    namespace: Name | None = None  # None: it lives in none
    name: Name
    arguments: Ref


class AnswerMade(Fact):
    answer: Ref


class CommandAnswered(Fact):
    how: Name
