"""Whose turn it is to be narrated when many incidents want to be: people first, then home, then all else. Pure.

One narrator serves all incidents, and Slack lets it make twenty channels a minute. An incident that only waits for
its channel must not stand in the queue before one that nobody has heard of yet.
"""

from datetime import datetime
from enum import StrEnum

from bot.core.grouping import ORDER
from bot.core.incident import Incident
from bot.core.narration import next_steps
from bot.core.saying import AT_ONCE, Does


class Lane(StrEnum):
    """What an incident's narration is about, the most pressing first."""

    PEOPLE = "people"  # somebody pressed, must decide or must look
    HOME = "home"  # nobody has heard of it yet
    EDIT = "edit"
    REST = "rest"
    ROOM = "room"  # nothing but its channel is missing


# how many incidents of a lane may stand in the queue at once; the others may all
MOST = {Lane.EDIT: 4, Lane.REST: 4, Lane.ROOM: 2}
FOR_PEOPLE = frozenset(
    {
        Does.ANSWER_CLICK,
        Does.INVITE_DECIDERS,
        Does.INVITE_COMMANDER,
        Does.POST_APPROVAL,
        Does.EDIT_APPROVAL,
        Does.JOIN_APPROVAL,
        Does.SAY_TURN,
        Does.SAY_UNKNOWN,
        Does.SAY_FAILED,
        Does.SAY_BROKEN,
        Does.POST_DECISION,
        Does.POST_CHECK,
        Does.POST_REFUSED,
        Does.PAGE,
    }
)
EDITS = frozenset({Does.EDIT_CARD, Does.EDIT_HOME})


def lane_of(incident: Incident, now: datetime) -> Lane:
    """By what is due now."""
    does = {task.does for task in next_steps(incident, now)}
    if does & FOR_PEOPLE:
        return Lane.PEOPLE
    if Does.POST_HOME in does:
        return Lane.HOME
    if does == {Does.CREATE_CHANNEL}:
        return Lane.ROOM
    return Lane.EDIT if does and does <= EDITS | {Does.CREATE_CHANNEL} else Lane.REST


def channel_order(incident: Incident) -> tuple[int, float]:
    """Who gets a channel first: the worst, then the oldest."""
    return ORDER.index(incident.severity), (incident.opened_at or AT_ONCE).timestamp()
