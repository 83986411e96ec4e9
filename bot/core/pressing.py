"""What a press on a card, on Plan Again or on Undo comes to: facts, or `Refused` with the reason's name. Pure.

Any full member of the team may press these: none of them changes anything outside Slack and the record. Taking an
incident over needs nobody's leave: at night the one who is awake has it. But nobody passing by ends what still fires,
or withdraws what waits for a decision; and what is running is never resolved away.
"""

from collections.abc import Callable, Mapping

from bot.core.approval import OPEN, Approval, State
from bot.core.approvers import Approvers
from bot.core.errors import Refused
from bot.core.events import (
    ActionSuperseded,
    CommanderChanged,
    Fact,
    IncidentResolved,
    IntentMade,
    LeaseRevoked,
    Severity,
    SeverityChanged,
)
from bot.core.grouping import place_of
from bot.core.incident import Click, Incident
from bot.core.leasing import REVOKE
from bot.core.undoing import undo

TAKE, COMMANDER, SEVERITY, RESOLVE, PLAN_AGAIN = "take", "commander", "severity", "resolve", "plan_again"
UNDO = "undo"
ON_REQUEST = frozenset({PLAN_AGAIN, UNDO, REVOKE})  # pressed on a request's own message, not on the incident's card
UNDECIDED = frozenset({State.PROPOSED, State.APPROVED})
NOTHING_RAN = frozenset({State.EXPIRED, State.STALE, State.FAILED, State.DENIED, State.CHANGES_REQUESTED})
SENT_BACK = frozenset({State.DENIED, State.CHANGES_REQUESTED})
Facts = tuple[Fact, ...]
NOBODY = Approvers()


def facts_of(incident: Incident, click: Click, may_end: Approvers = NOBODY) -> Facts:
    """What this press writes down; raises `Refused`. ``may_end`` are the on-call and the approvers."""
    if incident.opened_at is None:
        raise Refused("this incident is not known", why="no_incident")
    if incident.resolved_at is not None and click.action != REVOKE:  # a lease outlives the incident it came of
        raise Refused("the incident is over", why="incident_resolved")
    if click.action == RESOLVE and (may := may_resolve(incident, click.user, may_end)) is not True:
        why = "not_theirs_to_end" if may is False else "enders_not_checked"
        raise Refused("alerts still fire, or a request is open", why=why)
    return PRESSES[click.action](incident, click)


def may_resolve(incident: Incident, user: str, may_end: Approvers) -> bool | None:
    """Anybody ends what is over; the rest its commander, the on-call, approvers, or who asked for the one change.

    None where only Slack could tell.
    """
    waits = any(a.state in UNDECIDED for a in incident.approvals.values())
    waits = waits or any(intent.state == "open" for intent in incident.intents.values())
    if not incident.firing and not waits:
        return True
    asked_for_it = incident.by_request and incident.requester == user
    return True if user == incident.commander or asked_for_it else may_end.may(user)


def _take(incident: Incident, click: Click) -> Facts:
    return _hand_to(incident, click, click.user)


def _commander(incident: Incident, click: Click) -> Facts:
    if click.choice is None:
        raise Refused("nobody was chosen", why="no_choice")
    return _hand_to(incident, click, click.choice)


def _hand_to(incident: Incident, click: Click, commander: str) -> Facts:
    if incident.commander == commander:
        raise Refused("they have it already", why="has_it_already")
    return (CommanderChanged(commander=commander, click=click.id, user=click.user),)


def _severity(incident: Incident, click: Click) -> Facts:
    try:
        severity = Severity(click.choice or "")
    except ValueError:
        raise Refused("there is no such severity", why="no_choice") from None
    if severity is incident.severity:
        raise Refused("it has that severity already", why="same_severity")
    place = "incident" if incident.place == "incident" else place_of(severity)  # a channel once made stays its place
    return (SeverityChanged(severity=severity, place=place, why="person_said", click=click.id, user=click.user),)


def _resolve(incident: Incident, click: Click) -> Facts:
    """Over, because somebody says so; what nobody has decided or begun is withdrawn with it."""
    if any(a.state is State.RUNNING for a in incident.approvals.values()):
        raise Refused("a change is running", why="change_running")
    if any(a.state is State.UNKNOWN for a in incident.approvals.values()):
        raise Refused("the outcome of a change is not known", why="outcome_unknown")
    withdrawn = [a for a in incident.approvals.values() if a.state in UNDECIDED]
    return (
        IncidentResolved(why="person_said", click=click.id, user=click.user),
        *(ActionSuperseded(approval=a.id, why="incident_resolved") for a in withdrawn),
    )


def _plan_again(incident: Incident, click: Click) -> Facts:
    approval = incident.approvals.get(click.approval)
    if approval is None:
        raise Refused("this request is not known", why="not_known")
    if why := why_not_again(incident, approval):
        raise Refused("this cannot be planned again", why=why)
    asked = incident.intents[approval.intent]
    once_more = IntentMade(
        intent=f"again-{click.id}",
        round=asked.round,
        tool=asked.tool,
        arguments=asked.arguments,
        hypothesis=asked.hypothesis,
        evidence=asked.evidence,
        requester=asked.requester or _overrules(approval, click),
        undoes=asked.undoes,
        again=approval.id,
        after=asked.after,
        click=click.id,
    )
    return (once_more,)


def _undo(incident: Incident, click: Click) -> Facts:
    approval = incident.approvals.get(click.approval)
    if approval is None:
        raise Refused("this request is not known", why="not_known")
    return (undo(incident, approval, click.id, click.user),)


def _revoke(incident: Incident, click: Click) -> Facts:
    """Anybody's: taking a lease away loosens nothing."""
    approval = incident.approvals.get(click.approval)
    if approval is None or approval.granted is None:
        raise Refused("no lease came of this request", why="not_known")
    if approval.granted.revoked_by is not None:
        raise Refused("it was revoked already", why="revoked_already")
    lease = approval.granted.lease
    return (LeaseRevoked(lease=lease, user=click.user, approval=approval.id, click=click.id),)


def _overrules(approval: Approval, click: Click) -> str | None:
    """Whoever asks for what somebody else did not want: one person alone does not turn that into a yes."""
    return click.user if approval.state in SENT_BACK and click.user != approval.decided_by else None


def why_not_again(incident: Incident, approval: Approval) -> str | None:
    """Why this request cannot be planned once more, or None: then its card offers it."""
    if incident.resolved_at is not None:
        return "incident_resolved"
    not_done = approval.state is State.ESTABLISHED and approval.established == "not_done"
    if approval.state not in NOTHING_RAN and not not_done:
        return f"already_{approval.state}"
    newer = incident.again(approval.id)
    if newer is not None and newer.state != "refused":
        return "planned_again"
    if any(a.target == approval.target and a.state in OPEN for a in incident.approvals.values()):
        return "target_asked"
    return None


PRESSES: Mapping[str, Callable[[Incident, Click], Facts]] = {
    TAKE: _take,
    COMMANDER: _commander,
    SEVERITY: _severity,
    RESOLVE: _resolve,
    PLAN_AGAIN: _plan_again,
    UNDO: _undo,
    REVOKE: _revoke,
}
