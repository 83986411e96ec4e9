"""Judges presses on an incident's card, Plan Again and Undo: who pressed, on which message, what follows. In `serve`.

The click was already written down when this runs. Judged twice, or by two processes at once, it counts once: every
append is conditional. Nothing here signs anything; approvals and denials are `services/approvals.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.approvers import Approvers
from bot.core.errors import Contended, Refused
from bot.core.events import ClickRefused, CommanderChanged, Fact, IncidentClosed, IncidentResolved, LeaseRevoked
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Click, Incident
from bot.core.ledger import WORKSPACE
from bot.core.narration import CARD, HOME
from bot.core.ports import Entry, Ledgers
from bot.core.pressing import NOBODY, ON_REQUEST, RESOLVE, facts_of
from bot.services.doors import Heard, why_wrong_message

BY = "process:serve"
TRIES = 8


@dataclass(frozen=True)
class Members:
    """``team`` is ours, None until Slack was reached; ``why_not`` names why a user is no full member of it, or None.

    ``why_not`` asks Slack and raises `Unreachable` or `Busy` when it does not say: then the press stays undecided.
    """

    team: Callable[[], str | None]
    why_not: Callable[[str], str | None]


class Pressing:
    """``may_end`` tells the on-call and the approvers, who may resolve what still fires. It may ask Slack."""

    def __init__(
        self, ledgers: Ledgers, members: Members, heard: Heard, may_end: Callable[[], Approvers] = Approvers
    ) -> None:
        self._ledgers = ledgers
        self._members = members
        self._heard = heard
        self._may_end = may_end

    def judge(self, ledger: str, click_id: str, known: Incident | None = None) -> Incident:
        """Count or refuse one press; ``known`` is an earlier fold of the same ledger."""
        incident = known
        for _ in range(TRIES):
            incident = fold(ledger, self._ledgers.read(ledger, incident.length if incident else 0), incident)
            facts = self._facts(incident, click_id)
            if not facts:
                return incident
            if self._ledgers.append(self._entries(incident, facts), BY):
                reach(Point.PRESS_JUDGED)
                return fold(ledger, self._ledgers.read(ledger, incident.length), incident)
        raise Contended(f"{ledger} moved {TRIES} times while a press was judged; nothing was written, try again")

    def _facts(self, incident: Incident, click_id: str) -> Sequence[Fact]:
        click = incident.clicks.get(click_id)
        if click is None or click.state != "received":
            return ()
        try:
            self._why_may_not(incident, click)
            facts = facts_of(incident, click, self._may_end() if click.action == RESOLVE else NOBODY)
            for chosen in (f.commander for f in facts if isinstance(f, CommanderChanged) and f.commander != click.user):
                if self._members.why_not(chosen):
                    raise Refused("a full member of the team is needed", why="cannot_command")
            return facts
        except Refused as refusal:
            return (ClickRefused(click=click.id, approval=click.approval, user=click.user, why=refusal.why),)

    def _why_may_not(self, incident: Incident, click: Click) -> None:
        """Raise `Refused` where this press, this person or this message does not count."""
        if not self._heard(click):
            raise Refused("serve did not receive this click", why="not_heard")
        team = self._members.team()
        if team is None:
            raise Refused("Midwatch has not reached Slack yet and cannot tell who you are", why="not_ready")
        if click.team != team:
            raise Refused("only people of this workspace may do this", why="foreign_team")
        if why := self._members.why_not(click.user):
            raise Refused("only full members may do this", why=why)
        steps = (f"approval:{click.approval}",) if click.action in ON_REQUEST else (CARD, HOME)
        why_wrong_message(incident, click, steps)

    def _entries(self, incident: Incident, facts: Sequence[Fact]) -> list[Entry]:
        entries = [Entry(incident.id, incident.length, tuple(facts))]
        if any(isinstance(fact, IncidentResolved) for fact in facts):
            closed = IncidentClosed(incident=incident.id)
            entries.append(Entry(WORKSPACE, self._ledgers.length(WORKSPACE), (closed,)))
        if revoked := tuple(fact for fact in facts if isinstance(fact, LeaseRevoked)):
            entries.append(Entry(WORKSPACE, self._ledgers.length(WORKSPACE), revoked))
        return entries
