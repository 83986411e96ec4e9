"""A change of several steps (a drain): it asks before each whether it may go on, and may end with a part done. Pure.

An `ExecutionFailed` with one of these reasons is such an end: what was done stays, so its way back is offered as after
a change that was made, and nobody is told that nothing changed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.core.approval import Approval, State
from bot.core.errors import Refused
from bot.core.incident import Incident
from bot.core.workspace import Workspace

GoOn = Callable[[], None]  # raises `Refused` where the next step may not begin

# why the next step was not begun -> the reason's name on record
STOPPED: Mapping[str, str] = {
    "frozen": "stopped_frozen",
    "incident_resolved": "stopped_resolved",
    "given_up": "stopped_given_up",
    "no_record": "stopped_no_record",
    "unknown_kind": "stopped_no_record",
    "budget": "stopped_budget",
    "busy": "stopped_slow",
    "slow": "stopped_slow",
    "unreachable": "stopped_unreachable",
}
OTHERWISE = "stopped_refused"
PARTLY = frozenset({*STOPPED.values(), OTHERWISE})


def stopped(why: str) -> str:
    return STOPPED.get(why, OTHERWISE)


def made_in_part(approval: Approval) -> bool:
    """Whether it ended between two of its steps: something was done, not all of it."""
    return approval.state is State.FAILED and approval.why in PARTLY


def why_not_go_on(incident: Incident, workspace: Workspace, approval: Approval, now: datetime) -> None:
    """Raise `Refused` where the next step of this execution may not begin."""
    if incident.unknown or workspace.unknown:
        raise Refused("the record holds something this version cannot read", why="unknown_kind")
    if incident.approvals[approval.id].state is not State.RUNNING:
        raise Refused("this run was given up meanwhile", why="given_up")
    if incident.resolved_at is not None:
        raise Refused("the incident was resolved", why="incident_resolved")
    if (freeze := workspace.frozen(now)) is not None:
        raise Refused(f"everything is frozen since {freeze.since:%H:%M} UTC", why="frozen")
