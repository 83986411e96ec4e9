"""`/ops freeze` and `/ops unfreeze`: one append that stops every execution, or lets them start again. Runs in `serve`.

Any full member of the team may stop: stopping is always allowed, also while Slack does not say who asks. Lifting it
takes an approver or whoever froze, and is refused where that cannot be checked. The fact goes into the workspace
ledger, where the atomic start of every execution looks, together with the answer and with the ledger of what is said
at home (`freeze-…`): all or nothing, so once, however often this runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.approvers import Approvers
from bot.core.bulletin import FREEZE
from bot.core.canonical import Json
from bot.core.commands import Freeze, Unfreeze, parse
from bot.core.errors import BadInput, Busy, Contended, NotFound, Unreachable
from bot.core.events import AnswerMade, Frozen, Unfrozen
from bot.core.failpoint import Point, reach
from bot.core.ledger import WORKSPACE, stamp
from bot.core.ports import Doorbell, Entry, Ledgers, Payloads
from bot.core.question import Question, fold_question
from bot.core.workspace import Freeze as InForce
from bot.core.workspace import Workspace, fold_workspace
from bot.services.pressing import Members

BY = "process:serve"
TRIES = 20


@dataclass(frozen=True)
class Outcome:
    """What is written: the answer, and what stands in which ledger from now on."""

    answer: Json
    entries: Sequence[Entry] = ()


class Freezing:
    """``approvers`` may ask Slack."""

    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        bell: Doorbell,
        members: Members,
        approvers: Callable[[], Approvers],
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._members = members
        self._approvers = approvers

    def run(self, ask: str) -> None:
        """Freeze or lift as question ``ask`` says, or answer why not. Once, however often run."""
        for _ in range(TRIES):
            question = fold_question(ask, self._ledgers.read(ask))
            if question.answer is not None:
                return
            workspace = fold_workspace(self._ledgers.read(WORKSPACE))
            if self._write(question, workspace, self._outcome(question, workspace)):
                reach(Point.FREEZE_DECIDED)
                return
        raise Contended("the ledgers moved at every try; nothing was frozen or lifted, try again")

    def _outcome(self, question: Question, workspace: Workspace) -> Outcome:
        try:
            command = parse(str(self._payloads.get(question.id, question.text))) if question.text else None
        except (BadInput, NotFound) as error:  # redaction may have made the words others than those the door has read
            return Outcome({"kind": "misread", "says": str(error)})
        match command:
            case Freeze():
                return self._freeze(question, command, workspace)
            case Unfreeze():
                return self._unfreeze(question, workspace)
        return Outcome({"kind": "not_known"})

    # --- stopping

    def _freeze(self, question: Question, command: Freeze, workspace: Workspace) -> Outcome:
        if self._no_member(question) in {"guest", "not_member"}:
            return Outcome(_no("not_member", asked="freeze"))
        now = self._ledgers.now()
        notice = FREEZE + question.id.removeprefix("ask-")
        frozen = Frozen(
            user=question.user,
            until=stamp(now + timedelta(minutes=command.minutes)) if command.minutes else None,
            reason=self._payloads.put(notice, command.reason) if command.reason else None,
            notice=notice,
        )
        before = workspace.frozen(now)
        entries = [
            Entry(WORKSPACE, workspace.length, (frozen,)),
            Entry(notice, 0, (frozen,)),
            *self._told(before, frozen),
        ]
        answer: Json = {"kind": "froze", "until": frozen.until, "reason": command.reason}
        if before is not None:
            answer["replaced"] = {"user": before.user, "until": stamp(before.until) if before.until else None}
        return Outcome(answer, entries)

    # --- going on

    def _unfreeze(self, question: Question, workspace: Workspace) -> Outcome:
        freeze = workspace.frozen(self._ledgers.now())
        if freeze is None:
            return Outcome(_no("not_frozen"))
        if question.asked_at is not None and freeze.since > question.asked_at:
            return Outcome(_no("frozen_since", user=freeze.user, since=stamp(freeze.since)))
        if why := self._why_not_lift(question, freeze):
            return Outcome(_no(why, asked="unfreeze", user=freeze.user, since=stamp(freeze.since)))
        lifted = Unfrozen(user=question.user)
        entries = [Entry(WORKSPACE, workspace.length, (lifted,)), *self._told(freeze, lifted)]
        return Outcome({"kind": "lifted", "user": freeze.user, "since": stamp(freeze.since)}, entries)

    def _why_not_lift(self, question: Question, freeze: InForce) -> str | None:
        why = self._no_member(question)
        if why is not None:
            return "not_checked" if why == "not_checked" else "not_member"
        if question.user == freeze.user:
            return None
        may = self._approvers().may(question.user)
        return None if may else "not_theirs_to_lift" if may is False else "not_checked"

    # --- both

    def _no_member(self, question: Question) -> str | None:
        """Why this is no full member of our team; `not_checked` where Slack does not say."""
        team = self._members.team()
        if team is None or question.team != team:
            return "not_checked" if team is None else "not_member"
        try:
            return self._members.why_not(question.user)
        except (Busy, Unreachable):
            return "not_checked"

    def _told(self, freeze: InForce | None, fact: Frozen | Unfrozen) -> list[Entry]:
        """The end of a freeze, for the message at home that tells of it."""
        if freeze is None or freeze.notice is None:
            return []
        return [Entry(freeze.notice, self._ledgers.length(freeze.notice), (fact,))]

    def _write(self, question: Question, workspace: Workspace, outcome: Outcome) -> bool:
        """Everything or nothing; then whatever has something left to decide is rung, so that its cards say so."""
        made = AnswerMade(answer=self._payloads.put(question.id, outcome.answer))
        if not self._ledgers.append([*outcome.entries, Entry(question.id, question.length, (made,))], BY):
            return False
        notices = [entry.ledger for entry in outcome.entries if entry.ledger != WORKSPACE]
        for ledger in [*notices, *(workspace.open_incidents if outcome.entries else ())]:
            self._bell.ring(ledger)
        return True


def _no(why: str, **more: str) -> Json:
    return {"kind": "not_frozen", "why": why, **more}
