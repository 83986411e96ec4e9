"""Who may decide by a press: of our team, entitled, a full member, on the request's own message, in our own channel.

What is not known is refused like what is not so: silence opens no door. Nothing is written here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.approvers import Approvers
from bot.core.chain import pressed_on
from bot.core.errors import Busy, Refused, Unreachable
from bot.core.incident import Click, Incident

BREAK_GLASS = "break_glass"


@dataclass(frozen=True)
class People:
    """Our team, None until Slack was reached; and who may decide, as far as it is known when asked for."""

    team: Callable[[], str | None]
    approvers: Callable[[], Approvers]


class Barred(Protocol):
    """Why this person, or this channel, may not decide anything, however entitled: no full member; a channel shared
    with another organisation. Asks Slack, and raises `Unreachable`, `Busy` or `Refused` when it does not say.
    """

    def __call__(self, user: str, channel: str) -> str | None: ...


class Heard(Protocol):
    """Whether serve itself received this click. Any process can append one; no other can leave serve's mark of it."""

    def __call__(self, click: Click) -> bool: ...


def why_may_not(incident: Incident, click: Click, team: str | None, approvers: Approvers) -> None:
    """Raise `Refused` where this person, or this message, may not decide."""
    if team is None:
        raise Refused("Midwatch has not reached Slack yet and cannot tell who you are", why="not_ready")
    if click.team != team:
        raise Refused("only people of this workspace may decide", why="foreign_team")
    asked_for = incident.approvals.get(click.approval)
    if (
        click.action in {"approve", "approve_typed"}
        and asked_for is not None
        and click.user == asked_for.requester
        and not asked_for.own
    ):
        raise Refused("whoever asked for a change does not approve it", why="requester")
    tier_of = None if click.action == BREAK_GLASS else asked_for  # any approver may answer for it alone
    if (may := approvers.may(click.user, tier_of)) is None:
        raise Refused("Slack did not say whether this person is in a group that may decide", why="not_checked")
    if not may:
        raise Refused("only an approver may decide this", why="not_approver")
    why_wrong_message(incident, click, (pressed_on(incident, click.approval),))


def why_wrong_message(incident: Incident, click: Click, steps: Sequence[str]) -> None:
    """Raise `Refused` where a press came from another message than those the incident posted under these steps."""
    posted = [step for name in steps if (step := incident.done(name)) is not None and step.ts is not None]
    if posted and all((step.channel, step.ts) != (click.channel, click.message_ts) for step in posted):
        raise Refused("this is not the message it was posted in", why="wrong_message")


def why_barred(click: Click, barred: Barred) -> None:
    """Raise `Refused` where the door is closed to this person or this channel, or Slack does not say."""
    try:
        why = barred(click.user, click.channel)
    except (Busy, Unreachable, Refused) as error:
        raise Refused(f"Slack did not say who this is, and where: {error}", why="door_not_checked") from error
    if why is not None:
        raise Refused("only full members may decide, in a channel of this organisation alone", why=why)
