"""The approval's state machine, as one visible table. Nothing here has a clock, a store or a vendor.

`NEXT` says what may follow what; `advance` takes an approval and one sealed fact and returns the approval after it,
or raises `Refused` with the reason and changes nothing. Votes do not bring an approval to APPROVED: only
`ActionApproved`, which `serve` signs on quorum, does; and only the act process brings it to RUNNING.
The machine is acyclic but for counting votes. The README's diagram is generated from `NEXT`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.errors import Refused
from bot.core.events import (
    ActionApproved,
    ActionChangesRequested,
    ActionDenied,
    ActionExpired,
    ActionSuperseded,
    ActionWentStale,
    ExecutionFailed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionUnknown,
    Fact,
    OutcomeEstablished,
    Ref,
    VoteCast,
    WayBack,
)


class State(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    DENIED = "denied"
    CHANGES_REQUESTED = "changes_requested"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    STALE = "stale"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ESTABLISHED = "established"


NEXT: Mapping[State, Mapping[type[Fact], State]] = {
    State.PROPOSED: {
        VoteCast: State.PROPOSED,
        ActionApproved: State.APPROVED,
        ActionDenied: State.DENIED,
        ActionChangesRequested: State.CHANGES_REQUESTED,
        ActionExpired: State.EXPIRED,
        ActionSuperseded: State.SUPERSEDED,
        ActionWentStale: State.STALE,
    },
    State.APPROVED: {
        ExecutionStarted: State.RUNNING,
        ActionExpired: State.EXPIRED,
        ActionSuperseded: State.SUPERSEDED,
        ActionWentStale: State.STALE,
    },
    State.RUNNING: {
        ExecutionSucceeded: State.SUCCEEDED,
        ExecutionFailed: State.FAILED,
        ExecutionUnknown: State.UNKNOWN,
    },
    State.UNKNOWN: {OutcomeEstablished: State.ESTABLISHED},
    State.DENIED: {},
    State.CHANGES_REQUESTED: {},
    State.EXPIRED: {},
    State.SUPERSEDED: {},
    State.STALE: {},
    State.SUCCEEDED: {},
    State.FAILED: {},
    State.ESTABLISHED: {},
}

OPEN = frozenset({State.PROPOSED, State.APPROVED, State.RUNNING, State.UNKNOWN})


@dataclass(frozen=True)
class Granted:
    """The lease somebody gave on a request that was done: as the incident's own record tells it."""

    lease: str
    user: str
    uses: int
    until: datetime
    at: datetime
    revoked_by: str | None = None


@dataclass(frozen=True)
class Approval:
    """One request for a decision. ``digest`` is of the plan that was on the card; times are aware datetimes."""

    id: str
    intent: str
    tool: str
    target: str
    plan: Ref
    digest: str
    needed: int
    proposed_at: datetime
    expires_at: datetime
    requester: str | None = None
    undoes: str | None = None
    state: State = State.PROPOSED
    voters: tuple[str, ...] = ()
    decided_at: datetime | None = None
    decided_by: str | None = None
    why: str | None = None
    established: str | None = None
    reason: Ref | None = None
    tier: str | None = None
    own: bool = False  # whoever asked may approve it themselves
    weighed: Ref | None = None
    broken_by: str | None = None  # who approved alone what takes others
    way_back: WayBack | None = None
    looked: str | None = None  # whether somebody else changed its target while it waited: yes, no, unknown
    seen: Ref | None = None  # what was seen then
    lease: str | None = None  # under which it was approved, by nobody's press
    granted: "Granted | None" = None  # the lease that came of it

    @property
    def execution(self) -> str:
        """The execution's id, the same at every try: it is what makes the effect idempotent at the target."""
        return f"x-{self.id}"


def why_not_leased(approval: Approval) -> str | None:
    """Why this kind of request is never approved under a lease, or None: one routine change, nothing taken back."""
    if approval.tier != "routine" or approval.needed != 1:
        return "not_routine"
    return "undo" if approval.undoes is not None else None


def why_not_explained(approval: Approval, user: str) -> str | None:
    """The reason why this person may not say now why it was denied, or None."""
    if approval.state is not State.DENIED:
        return f"already_{approval.state}"
    return "already_denied" if approval.decided_by != user or approval.reason is not None else None


def why_not_typed(approval: Approval, typed: str | None) -> str | None:
    """The highest tier is not approved by a thumb: the name of what would change is typed."""
    return "not_typed" if approval.tier == "critical" and typed != approval.target.rpartition("/")[2] else None


def takes_others(approval: Approval) -> bool:
    """Whether one person's press, or the asker's own, is not enough: what a glass can be broken for."""
    return approval.needed > 1 or (approval.requester is not None and not approval.own)


def why_no_glass(approval: Approval, user: str, *, told: bool) -> str | None:
    """The reason why this person may not approve it alone, or None; ``told``: they said why."""
    if approval.state is not State.PROPOSED:
        return f"already_{approval.state}"
    if not told:
        return "no_reason"
    return None if approval.needed > 1 or approval.requester == user else "no_glass"


def advance(approval: Approval, fact: Fact, at: datetime) -> Approval:
    """The approval after ``fact`` was written at ``at``; raises `Refused` where that may not follow."""
    after = NEXT[approval.state].get(type(fact))
    if after is None:
        raise Refused(f"this request is already {approval.state.replace('_', ' ')}", why=f"already_{approval.state}")
    if why := why_not(approval, fact, at):
        raise Refused(TEXT[why], why=why)
    return _with(replace(approval, state=after), fact, at)


TEXT: Mapping[str, str] = {
    "digest": "what was approved is not what was proposed",
    "expired": "this request has expired",
    "requester": "whoever asked for a change does not approve it",
    "voted": "you have already approved this; somebody else is needed",
    "quorum": "not enough people have approved this",
    "not_yet": "this request has not expired yet",
    "target": "the target is not the one that was proposed",
    "execution": "the execution does not belong to this approval",
}


def why_not(approval: Approval, fact: Fact, at: datetime) -> str | None:
    """The named reason why ``fact`` may not follow although its kind may, or None."""
    match fact:
        case VoteCast(digest=digest) | ActionApproved(digest=digest) if digest != approval.digest:
            return "digest"
        case VoteCast() | ActionApproved() | ExecutionStarted() if at > approval.expires_at:
            return "expired"
        case ActionApproved(lease=str()):
            return _why_not_under_lease(approval, fact)
        case ActionApproved(broken_by=str() as alone, voters=voters):
            return "quorum" if set(voters) != {alone, *approval.voters} else None
        case VoteCast(user=user) if user == approval.requester and not approval.own:
            return "requester"
        case VoteCast(user=user) if user in approval.voters:
            return "voted"
        case ActionApproved(voters=voters) if approval.requester in voters and not approval.own:
            return "requester"
        case ActionApproved(voters=voters) if set(voters) != set(approval.voters) or len(set(voters)) < approval.needed:
            return "quorum"
        case ActionExpired() if at <= approval.expires_at:
            return "not_yet"
        case ExecutionStarted(target=target) if target != approval.target:
            return "target"
        case (
            ExecutionStarted(execution=x)
            | ExecutionSucceeded(execution=x)
            | ExecutionFailed(execution=x)
            | ExecutionUnknown(execution=x)
            | OutcomeEstablished(execution=x)
        ) if x != approval.execution:
            return "execution"
    return None


def _why_not_under_lease(approval: Approval, fact: ActionApproved) -> str | None:
    """Whoever gave the lease is the one voter, and nobody voted beside."""
    if fact.broken_by is not None or approval.voters or len(fact.voters) != 1 or why_not_leased(approval):
        return "quorum"
    return "requester" if approval.requester in fact.voters and not approval.own else None


def _with(approval: Approval, fact: Fact, at: datetime) -> Approval:
    match fact:
        case VoteCast(user=user):
            return replace(approval, voters=(*approval.voters, user))
        case ActionApproved(voters=voters, broken_by=alone, reason=reason, lease=lease):
            by = alone or voters[-1]
            decided = replace(approval, voters=voters, decided_at=at, decided_by=by, lease=lease)
            return replace(decided, broken_by=alone, reason=reason)
        case ActionDenied(user=user, reason=reason) | ActionChangesRequested(user=user, reason=reason):
            return replace(approval, decided_at=at, decided_by=user, reason=reason)
        case (
            ActionSuperseded(why=why) | ActionWentStale(why=why) | ExecutionFailed(why=why) | ExecutionUnknown(why=why)
        ):
            return replace(approval, why=why)
        case OutcomeEstablished(outcome=outcome, user=user):
            return replace(approval, established=outcome, decided_by=user, decided_at=at)
    return approval
