"""What `/ops status` and `/ops explain` answer, as values a view can draw. No wording of layout here, no looking.

Stored as one payload (`AnswerMade.answer`). Every text in here may come from outside: bounded when it was made, still
to be escaped when it is drawn. ``not_readable`` is never left out: what could not be read is not "nothing there".
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Level = Literal["sev1", "sev2", "sev3", "warn", "info"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NotReadable(Part):
    """A source that gave nothing (denied, failed, timed_out, not_offered, not_asked), or not all (partial)."""

    what: str
    outcome: str
    why: str


class Attention(Part):
    """One thing that needs somebody, worst first. ``since`` is RFC 3339; ``incident`` is set when one is open."""

    level: Level
    kind: Literal["incident", "alert", "workload", "job"]
    service: str | None = None
    namespace: str | None = None
    says: str
    since: str | None = None
    state: str = ""  # of an incident: "diagnosing", "waiting for approval", "running", "found: …"
    incident: str | None = None
    channel: str | None = None  # the incident's own
    title: str = ""  # of an alert without an incident: what an incident opened for it would be called
    closed: str | None = None  # of an alert: the incident that told of it and was resolved while it fired
    closed_at: str = ""
    closed_by: str | None = None


class WellSeen(Part):
    """A healthy Deployment of the service that was asked about: ``ready`` is "3 of 3", ``since`` RFC 3339 or ""."""

    workload: str
    namespace: str
    ready: str
    revision: str = ""
    since: str = ""


class RolloutSeen(Part):
    """One rollout of the last 24 hours, newest first."""

    workload: str
    namespace: str
    revision: str
    at: str
    changes: tuple[str, ...] = ()
    current: bool = False


class FreezeSeen(Part):
    """Who froze all changes, RFC 3339 since when and until when ("": until somebody lifts it)."""

    user: str
    since: str
    until: str = ""


class LeaseSeen(Part):
    """A lease in force; RFC 3339 until when, and how many of its uses are left."""

    user: str
    tool: str
    target: str
    left: int
    uses: int
    until: str


class StatusAnswer(Part):
    """`/ops status [service]`. It may be called quiet only when `quiet`."""

    kind: Literal["status"] = "status"
    service: str | None = None
    as_of: str
    attention: tuple[Attention, ...] = ()
    attention_total: int = 0
    rollouts: tuple[RolloutSeen, ...] = ()
    rollouts_total: int = 0
    workloads_seen: int = 0
    well: tuple[WellSeen, ...] = ()  # of the one service asked about: what of it is healthy
    unheard_of: bool = False  # no alert, workload or incident of this service was seen
    there: tuple[str, ...] = ()  # the services that were seen instead
    read: tuple[str, ...] = ()  # what could be read, in words
    not_readable: tuple[NotReadable, ...] = ()
    diagnosing: int = 0
    waiting: int = 0  # approvals nobody has decided yet
    watchdog: Literal["", "late", "never"] = ""  # what is wrong with the alert that always fires
    heard_at: str = ""  # when it was last heard
    frozen: FreezeSeen | None = None
    leases: tuple[LeaseSeen, ...] = ()
    model: str = ""  # what reasons beside the guided diagnosis; "" where nothing does

    @property
    def quiet(self) -> bool:
        return not self.attention and not self.not_readable and not self.unheard_of and self.watchdog != "late"


class Source(Part):
    """A page an answer stands on."""

    id: str
    title: str
    url: str = ""
    why: str = ""
    score: str = ""


class Passage(Part):
    """One piece of the answer, in the words of its source."""

    text: str
    source: Source


class PastIncident(Part):
    """An earlier incident, in the words of its own ledger. ``fixed_by`` are changes that stood their newest check."""

    incident: str
    at: str
    says: str
    level: str = ""
    service: str = ""
    cause: str = ""
    over: bool = False
    fixed_by: tuple[str, ...] = ()
    channel: str | None = None


class ExplainAnswer(Part):
    """`/ops explain <anything>`: what it means here, what usually causes it, what to look at, each with its source.

    ``from_runbooks`` is False when no page of this team says anything about it, and a view says so. ``now`` is what
    was seen just now, ``history`` what earlier incidents of ``history_read`` came to, ``general`` what is known of
    anybody's PromQL and not of this team. ``not_readable`` names what could not be searched or read: an index that is
    down is not "no page".
    """

    kind: Literal["explain"] = "explain"
    asked: str
    as_of: str
    subject: str = ""
    from_runbooks: bool
    general: str = ""
    now: tuple[Passage, ...] = ()
    open: tuple[PastIncident, ...] = ()  # incidents about it that are not over
    history: tuple[PastIncident, ...] = ()
    history_read: int = 0
    meaning: tuple[Passage, ...] = ()
    causes: tuple[Passage, ...] = ()
    look_at: tuple[Passage, ...] = ()
    sources: tuple[Source, ...] = ()
    nearest: tuple[Source, ...] = ()  # where no page is about it: those that come nearest, which are no match
    not_readable: tuple[NotReadable, ...] = ()
