"""What crosses incidents, folded from the one workspace ledger: freeze, target locks, open incidents, rates. Pure.

Like the incident's fold it never raises on what the ledger holds: a fact that may not follow changes nothing and is
counted in ``ignored``; an unknown kind is counted in ``unknown``, which makes the act process refuse (a newer
Midwatch may have written a freeze this one does not understand).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core import events as e
from bot.core.ledger import WORKSPACE, Event, UnknownKind, parse_stamp

REMEMBERED = timedelta(hours=24)
MANY = 5
WITHIN = timedelta(minutes=5)
CALLING = frozenset({e.Severity.SEV1, e.Severity.SEV2, e.Severity.SEV3})


@dataclass(frozen=True)
class Listed:
    """An open incident, as other incidents and commands may know it."""

    id: str
    key: str
    service: str | None
    namespace: str | None
    cluster: str | None
    severity: e.Severity
    listed_at: datetime


@dataclass(frozen=True)
class Freeze:
    """Nothing is carried out while it lasts; ``until`` None means until somebody lifts it.

    ``notice`` is the ledger of what is said of it at home.
    """

    user: str
    since: datetime
    until: datetime | None
    notice: str | None = None


@dataclass(frozen=True)
class Lock:
    """Who works on a target."""

    execution: str
    incident: str
    since: datetime


@dataclass(frozen=True)
class Lease:
    """What somebody allowed beforehand. ``grant`` is the signed fact; ``used`` the executions, first one first."""

    grant: e.LeaseGranted
    granted_at: datetime
    until: datetime
    used: tuple[str, ...] = ()
    revoked_by: str | None = None

    @property
    def left(self) -> int:
        return max(0, self.grant.uses - len(self.used))

    def in_force(self, now: datetime) -> bool:
        return self.revoked_by is None and now <= self.until


@dataclass(frozen=True)
class Storm:
    """Incidents that open faster than people can be called; ``severities`` counts them."""

    id: str
    last_at: datetime
    severities: Mapping[e.Severity, int]

    @property
    def incidents(self) -> int:
        return sum(self.severities.values())


@dataclass(frozen=True)
class Workspace:
    """``locks`` is target -> execution id; ``held`` the same with who and since when. ``started`` keeps 24 hours.

    ``called`` is when the last few incidents opened that call people.
    """

    length: int = 0
    freeze: Freeze | None = None
    held: Mapping[str, Lock] = field(default_factory=dict)
    open_incidents: Mapping[str, Listed] = field(default_factory=dict)
    started: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    called: tuple[datetime, ...] = ()
    storm: Storm | None = None
    leases: Mapping[str, Lease] = field(default_factory=dict)
    closed: int = 0
    ignored: int = 0
    unknown: int = 0

    def storm_at(self, now: datetime) -> Storm | None:
        """The storm that is going on: it ends when nothing opened for so long."""
        return self.storm if self.storm is not None and now - self.storm.last_at <= WITHIN else None

    def storms_next(self, now: datetime) -> bool:
        """Whether one more incident now is one too many to call people for each."""
        return sum(1 for at in self.called if now - at <= WITHIN) >= MANY

    @property
    def locks(self) -> Mapping[str, str]:
        return {target: lock.execution for target, lock in self.held.items()}

    @property
    def open_by_key(self) -> Mapping[str, str]:
        """Grouping key -> the open incident of it."""
        return {listed.key: id_ for id_, listed in self.open_incidents.items()}

    def frozen(self, now: datetime) -> Freeze | None:
        """The freeze in force at ``now``."""
        if self.freeze is None or (self.freeze.until is not None and now >= self.freeze.until):
            return None
        return self.freeze

    def started_since(self, target: str, since: datetime) -> int:
        """How many executions on ``target`` began after ``since`` (at most 24 hours back)."""
        return sum(1 for at in self.started.get(target, ()) if at > since)


def fold_workspace(events: Iterable[Event], start: Workspace | None = None) -> Workspace:
    """The workspace after ``events``, going on from ``start`` where given."""
    workspace = start or Workspace()
    for event in events:
        workspace = apply(workspace, event)
    return workspace


def apply(workspace: Workspace, event: Event) -> Workspace:
    """The workspace after one more event."""
    moved = replace(workspace, length=event.seq + 1)
    if event.ledger != WORKSPACE or isinstance(event.fact, UnknownKind):
        return replace(moved, unknown=moved.unknown + 1)
    rule = RULES.get(type(event.fact))
    changed = rule(moved, event.fact, event) if rule is not None else None
    return changed or replace(moved, ignored=moved.ignored + 1)


def _listed(workspace: Workspace, fact: e.IncidentListed, event: Event) -> Workspace | None:
    if fact.incident in workspace.open_incidents or fact.key in workspace.open_by_key:
        return None
    listed = Listed(fact.incident, fact.key, fact.service, fact.namespace, fact.cluster, fact.severity, event.at)
    moved = replace(workspace, open_incidents={**workspace.open_incidents, fact.incident: listed})
    if fact.severity not in CALLING:
        return moved
    return replace(moved, called=(*workspace.called, event.at)[-MANY:], storm=_counted(workspace.storm, fact, event.at))


def _counted(storm: Storm | None, fact: e.IncidentListed, at: datetime) -> Storm | None:
    if fact.storm is None:
        return storm
    known = storm.severities if storm is not None and storm.id == fact.storm else {}
    return Storm(fact.storm, at, {**known, fact.severity: known.get(fact.severity, 0) + 1})


def _closed(workspace: Workspace, fact: e.IncidentClosed, _: Event) -> Workspace | None:
    if fact.incident not in workspace.open_incidents:
        return None
    rest = _without(workspace.open_incidents, fact.incident)
    return replace(workspace, open_incidents=rest, closed=workspace.closed + 1)


def _frozen(workspace: Workspace, fact: e.Frozen, event: Event) -> Workspace:
    until = parse_stamp(fact.until) if fact.until is not None else None
    # what came in meanwhile would else run the moment it is lifted, without anybody looking again
    ended = {id_: replace(one, revoked_by=one.revoked_by or fact.user) for id_, one in workspace.leases.items()}
    return replace(workspace, leases=ended, freeze=Freeze(fact.user, event.at, until, fact.notice))


def _unfrozen(workspace: Workspace, _: e.Unfrozen, __: Event) -> Workspace:
    return replace(workspace, freeze=None)


def _locked(workspace: Workspace, fact: e.TargetLocked, event: Event) -> Workspace | None:
    if fact.target in workspace.held:
        return None  # the first holder keeps it; whoever wrote this did not fold
    recent = [at for at in workspace.started.get(fact.target, ()) if at > event.at - REMEMBERED]
    return replace(
        workspace,
        held={**workspace.held, fact.target: Lock(fact.execution, fact.incident, event.at)},
        started={**workspace.started, fact.target: (*recent, event.at)},
    )


def _released(workspace: Workspace, fact: e.TargetReleased, _: Event) -> Workspace | None:
    lock = workspace.held.get(fact.target)
    if lock is None or lock.execution != fact.execution:
        return None
    return replace(workspace, held=_without(workspace.held, fact.target))


def _granted(workspace: Workspace, fact: e.LeaseGranted, event: Event) -> Workspace | None:
    """Only what is over for a day is forgotten. Whether a grant is really one, its signature tells (`leasing`)."""
    if fact.lease in workspace.leases:
        return None
    kept = {id_: lease for id_, lease in workspace.leases.items() if lease.until > event.at - REMEMBERED}
    lease = Lease(fact, event.at, parse_stamp(fact.until))
    return replace(workspace, leases={**kept, fact.lease: lease})


def _used(workspace: Workspace, fact: e.LeaseUsed, _: Event) -> Workspace | None:
    lease = workspace.leases.get(fact.lease)
    if lease is None or fact.execution in lease.used:
        return None
    used = replace(lease, used=(*lease.used, fact.execution))
    return replace(workspace, leases={**workspace.leases, fact.lease: used})


def _revoked(workspace: Workspace, fact: e.LeaseRevoked, _: Event) -> Workspace | None:
    lease = workspace.leases.get(fact.lease)
    if lease is None or lease.revoked_by is not None:
        return None
    return replace(workspace, leases={**workspace.leases, fact.lease: replace(lease, revoked_by=fact.user)})


def _without(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


RULES: Mapping[type[e.Fact], Callable[[Workspace, Any, Event], Workspace | None]] = {
    e.IncidentListed: _listed,
    e.IncidentClosed: _closed,
    e.Frozen: _frozen,
    e.Unfrozen: _unfrozen,
    e.TargetLocked: _locked,
    e.TargetReleased: _released,
    e.LeaseGranted: _granted,
    e.LeaseUsed: _used,
    e.LeaseRevoked: _revoked,
}
