"""May this person be asked for a reason? Looked at before a form is opened, decided only when it is submitted."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.approval import State, why_not_explained
from bot.core.approvers import Approvers
from bot.core.errors import Refused
from bot.core.folding import fold
from bot.core.incident import Click
from bot.core.ports import Ledgers
from bot.services.doors import People, why_may_not
from bot.services.reception import ApprovalIndex, Pressed


@dataclass(frozen=True)
class Offer:
    """``why`` names the reason not to ask, None when there is none; ``target`` is what the request would change."""

    why: str | None
    target: str = ""


class Offering:
    """``people`` tells what is known without asking; ``asking`` may ask Slack who is in a group, and take seconds."""

    def __init__(
        self, ledgers: Ledgers, index: ApprovalIndex, people: People, asking: Callable[[], Approvers] | None = None
    ) -> None:
        self._ledgers = ledgers
        self._index = index
        self._people = people
        self._asking = asking or people.approvers

    def look(self, press: Pressed, before_ack: bool = True) -> Offer:
        """``before_ack`` Slack is not asked: who may be in a group is offered the form, and the submit is judged.

        Raises `Unreachable` when the record cannot be read.
        """
        ledger = self._index.find(press.approval)
        if ledger is None:
            return Offer("not_known")
        incident = fold(ledger, self._ledgers.read(ledger))
        approval = incident.approvals.get(press.approval)
        if approval is None:
            return Offer("not_known")
        if why_not_explained(approval, press.who.user) is None:
            return Offer(None, approval.target)
        if approval.state is not State.PROPOSED:
            return Offer(f"already_{approval.state}", approval.target)
        try:
            team = self._people.team()
            # before Slack was reached nobody's team is known: the form may be opened, the submit is judged
            approvers = (self._people.approvers if before_ack else self._asking)()
            why_may_not(incident, self._click(press), team or press.who.team, approvers)
        except Refused as refusal:
            unasked = before_ack and refusal.why == "not_checked"
            return Offer(None if unasked else refusal.why, approval.target)
        return Offer(None, approval.target)

    def _click(self, press: Pressed) -> Click:
        return Click(
            id=press.id,
            seq=-1,
            approval=press.approval,
            action=press.action,
            user=press.who.user,
            team=press.who.team,
            channel=press.channel,
            message_ts=press.message_ts,
            answer=None,
            at=self._ledgers.now(),
        )
