"""The way back as a request of its own: when it is offered by itself, and when a person may ask for it. Pure.

What is asked for is the inverse the plan captured before anything was done; it goes the way of every intent: a plan
of the live object, a dry run, a card, somebody's click. Nothing takes itself back, and an undo is never undone.
"""

from bot.core.approval import OPEN, Approval, State
from bot.core.errors import Refused
from bot.core.events import IntentMade
from bot.core.incident import Incident
from bot.core.stepping import made_in_part


def took_effect(approval: Approval) -> bool:
    """Whether the change was made, as far as anybody has established."""
    return approval.state is State.SUCCEEDED or (approval.state is State.ESTABLISHED and approval.established == "done")


def why_not_undone(incident: Incident, approval: Approval) -> str | None:
    """Why this cannot be taken back (any more), or None: then its card offers it."""
    if incident.resolved_at is not None:
        return "incident_resolved"
    if not (took_effect(approval) or made_in_part(approval)):
        return "nothing_to_undo"
    if approval.undoes is not None:
        return "is_an_undo"
    if approval.way_back is None:
        return "no_way_back"
    asked = incident.undoing(approval.id)
    if asked is not None and asked.state != "refused":
        return "undo_asked"
    if changed_since(incident, approval):
        return "changed_since"
    if any(a.target == approval.target and a.state in OPEN for a in incident.approvals.values()):
        return "target_asked"
    return None


def changed_since(incident: Incident, approval: Approval) -> bool:
    """Whether a later change of the same target took effect: what was captured is not the state before that one."""
    began = incident.executions[approval.execution].started_at
    later = (
        other
        for other in incident.approvals.values()
        if other.id != approval.id and other.target == approval.target and (took_effect(other) or made_in_part(other))
    )
    return any(incident.executions[other.execution].started_at > began for other in later)


def did_not_help(incident: Incident, approval: Approval) -> bool:
    """Whether the newest check after it failed. One that could not be read says nothing."""
    execution = incident.executions.get(approval.execution)
    return execution is not None and bool(execution.checks) and execution.checks[-1].result == "failed"


def offers_itself(incident: Incident, approval: Approval) -> bool:
    """Whether the way back is proposed without anybody asking: the check failed, and it never was before."""
    if not did_not_help(incident, approval) or incident.undoing(approval.id) is not None:
        return False
    waits = any(intent.state == "open" for intent in incident.intents.values())  # it may be about the same target
    return not waits and why_not_undone(incident, approval) is None


def helped_after_all(incident: Incident, approval: Approval) -> bool:
    """Whether this is the offer to take back a change whose newest check passed since."""
    undone = incident.approvals.get(approval.undoes) if approval.undoes else None
    if undone is None or approval.requester is not None:
        return False
    execution = incident.executions.get(undone.execution)
    return execution is not None and bool(execution.checks) and execution.checks[-1].result == "passed"


def undo(incident: Incident, approval: Approval, click: str | None = None, user: str | None = None) -> IntentMade:
    """The intent; its requester, where somebody asked, does not approve it. Raises `Refused`."""
    if why := why_not_undone(incident, approval):
        raise Refused("this cannot be taken back", why=why)
    assert approval.way_back is not None
    return IntentMade(
        intent=f"undo-{click or approval.id}",
        round=incident.intents[approval.intent].round,
        tool=approval.way_back.tool,
        arguments=approval.way_back.arguments,
        requester=user,
        undoes=approval.id,
        click=click,
    )
