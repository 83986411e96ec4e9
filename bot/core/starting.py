"""May this execution start now? Pure: freeze, target lock and limits, from the folds both ledgers were read into.

The answer is worth only as much as the append that follows it: it names the lengths of both ledgers, so that nothing
can have been frozen, locked or started in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.approval import Approval, State
from bot.core.chain import lost_its_ground
from bot.core.errors import Refused
from bot.core.incident import Incident
from bot.core.workspace import Workspace

OVER = frozenset({State.SUCCEEDED, State.FAILED, State.ESTABLISHED})


@dataclass(frozen=True)
class Limits:
    """How much may be done before somebody has to think again."""

    per_incident: int = 3
    per_target: int = 4
    within: timedelta = timedelta(hours=1)


def why_not_start(
    incident: Incident, workspace: Workspace, approval: Approval, now: datetime, limits: Limits, lock_over: bool
) -> None:
    """Raise `Refused` with the first reason; ``lock_over`` says that whoever holds the target is known to be done."""
    if incident.unknown or workspace.unknown:
        raise Refused("the record holds something this version cannot read", why="unknown_kind")
    if incident.resolved_at is not None:
        raise Refused("the incident is resolved", why="incident_resolved")
    if (freeze := workspace.frozen(now)) is not None:
        raise Refused(f"everything is frozen since {freeze.since:%H:%M} UTC", why="frozen")
    if (lock := workspace.held.get(approval.target)) is not None and not lock_over:
        raise Refused(f"{lock.incident} is changing {approval.target} right now", why="target_locked")
    if (over := _alert_over(incident, approval)) is not None:
        raise over
    if lost_its_ground(incident, approval):
        raise Refused("the step before it was taken back or did not help", why="step_before")
    if len(set(approval.voters)) > 1 or approval.broken_by is not None:
        return  # the numbers below are for one person's routine approval
    if len(incident.executions) >= limits.per_incident:
        raise Refused(f"{limits.per_incident} actions were carried out in this incident already", why="incident_limit")
    if workspace.started_since(approval.target, now - limits.within) >= limits.per_target:
        raise Refused(
            f"{approval.target} was changed {limits.per_target} times within the last hour", why="target_limit"
        )


def _alert_over(incident: Incident, approval: Approval) -> Refused | None:
    """What nobody asked for in person is carried out only while there is something to mend."""
    intent = incident.intents.get(approval.intent)
    asked = intent is not None and (intent.asked or intent.undoes is not None)
    if asked or not incident.alerts or incident.firing:
        return None
    return Refused("its alerts are over: nothing needs to be mended any more", why="alert_over")


def ended(incident: Incident, execution: str) -> bool:
    """Whether this execution of ``incident`` is over and its outcome established."""
    found = incident.executions.get(execution)
    return found is not None and incident.approvals[found.approval].state in OVER
