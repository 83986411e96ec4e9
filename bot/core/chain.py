"""Steps of one remedy: which come after which, and whether the next one's turn has come. Pure.

A step is an intent like any other, with a plan, a request and votes of its own; ``after`` names the intent that must
have taken effect before this one is planned. So every plan is drawn up against what the step before left behind, and
nobody approves a chain. Planned again, a step keeps its place: those after it follow the newest request.
"""

from enum import StrEnum

from bot.core.approval import Approval, State
from bot.core.incident import Incident, Intent
from bot.core.undoing import took_effect

MAY_COME_AGAIN = frozenset({State.EXPIRED, State.STALE, State.CHANGES_REQUESTED})


class Turn(StrEnum):
    """Of a step: it may be planned, it waits for the one before, or that one's end has ended it too."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


def turn(incident: Incident, intent: Intent) -> Turn:
    """Whether this step may be planned. What is not known is no permission."""
    if intent.after is None:
        return Turn.NOW
    asked = incident.intents.get(intent.after)
    if asked is None:
        return Turn.NEVER
    earlier = newest(incident, asked)
    if earlier.state == "refused":
        return Turn.NEVER
    approval = incident.approvals.get(earlier.approval or "")
    if approval is None:
        return Turn.LATER
    return _by_what_came_of(incident, approval)


def _by_what_came_of(incident: Incident, approval: Approval) -> Turn:
    if took_effect(approval):
        undone = incident.undoing(approval.id)
        if undone is not None and undone.state != "refused":
            return Turn.NEVER
        checks = incident.executions[approval.execution].checks
        if not checks:
            return Turn.LATER
        return Turn.NEVER if checks[-1].result == "failed" else Turn.NOW
    match approval.state:
        case State.PROPOSED | State.APPROVED | State.RUNNING | State.UNKNOWN:
            return Turn.LATER
        case state if state in MAY_COME_AGAIN:
            return Turn.LATER
    return Turn.NEVER


def lost_its_ground(incident: Incident, approval: Approval) -> bool:
    """Whether this is a step whose step before was taken back, or did not help, since it was proposed."""
    return turn(incident, incident.intents[approval.intent]) is Turn.NEVER


def newest(incident: Incident, intent: Intent) -> Intent:
    """The intent, or the newest that plans it once more."""
    while intent.approval is not None and (again := incident.again(intent.approval)) is not None:
        intent = again
    return intent


def first_asked(incident: Incident, intent: Intent) -> Intent:
    """The intent that this one plans once more, from the beginning."""
    while intent.again is not None and (earlier := incident.approvals.get(intent.again)) is not None:
        intent = incident.intents[earlier.intent]
    return intent


def steps(incident: Incident, intent: Intent) -> tuple[Intent, ...]:
    """All steps of its remedy in order, each in its newest form; alone where it is the only one, or an undo."""
    head = first_asked(incident, intent)
    while head.after is not None and head.after in incident.intents:
        head = first_asked(incident, incident.intents[head.after])
    found = [head]
    while (later := _after(incident, found[-1])) is not None:
        found.append(later)
    return tuple(newest(incident, one) for one in found)


def goes_on(incident: Incident, intent: Intent) -> bool:
    """Whether another step is meant to follow this one."""
    later = _after(incident, first_asked(incident, intent))
    return later is not None and newest(incident, later).state != "refused"


def _after(incident: Incident, intent: Intent) -> Intent | None:
    """An intent names only what is on record before it, so this ends."""
    return next((one for one in incident.intents.values() if one.after == intent.id and one.again is None), None)


def card_of(incident: Incident, approval: Approval) -> Approval:
    """The request whose message this one's decision is drawn on: the newest of the step before, or its own.

    What is planned again has a message of its own, as ever, and the steps after it stand there.
    """
    intent = incident.intents[approval.intent]
    asked = incident.intents.get(intent.after) if intent.after is not None and intent.again is None else None
    earlier = incident.approvals.get(newest(incident, asked).approval or "") if asked is not None else None
    return card_of(incident, earlier) if earlier is not None else approval


def on_card(incident: Incident, approval: Approval) -> tuple[Approval, ...]:
    """Every request on the same message, in order; the last is the one to decide."""
    card = card_of(incident, approval)
    return tuple(one for one in incident.approvals.values() if card_of(incident, one).id == card.id)


def pressed_on(incident: Incident, approval: str) -> str:
    """The step of the message a press about this request comes from: its own, or until that is recorded its card's."""
    own = f"approval:{approval}"
    if approval not in incident.approvals or own in incident.steps:
        return own
    return f"approval:{card_of(incident, incident.approvals[approval]).id}"
