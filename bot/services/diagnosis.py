"""The body of the job `diagnose(incident, round)`: gather, rank, find, and at most one intent.

It may run twice or be killed anywhere: evidence is written once under its own name, and everything it concludes
(ranking, struck claims, finding, intent) is one append, made only while the round has no finding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.core.by_hand import by_hand
from bot.core.case import Case, Seen, seen_of
from bot.core.case_reading import case_of, leading_alert
from bot.core.errors import NotFound, Refused
from bot.core.events import (
    ClaimStruck,
    DiagnosisFailed,
    DiagnosisStarted,
    Fact,
    FindingMade,
    HypothesesRanked,
    HypothesisRanked,
    IntentMade,
    Ref,
    Verdict,
)
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.guided_finding import Proposal
from bot.core.incident import Incident, Intent
from bot.core.ports import Doorbell, Ledgers, Payloads
from bot.core.replanning import NO_OTHER, Planned, SentBack, cause_of
from bot.core.result import GaveUp, Result, Standpoint
from bot.core.slots import text_of
from bot.core.tool import Spec
from bot.services.deciding import decide
from bot.services.guided import Guess, Guided

BY = "process:diagnose"


class SecondReasoner(Protocol):
    """What is asked after the guided reasoner, with its finding as the opening brief."""

    @property
    def name(self) -> str: ...

    def reason(self, incident_id: str, number: int, case: Case, guess: Guess) -> Result | GaveUp: ...


@dataclass(frozen=True)
class Diagnosing:
    """How this installation diagnoses. ``proposing`` is False in mode observe.

    ``by_hand`` has, in mode propose, the changing tools whose line a person may have to run.
    """

    proposing: bool = True
    by_hand: Mapping[str, Spec] = field(default_factory=dict)
    second: SecondReasoner | None = field(default=None)


class Diagnosis:
    def __init__(
        self, ledgers: Ledgers, payloads: Payloads, bell: Doorbell, guided: Guided, diagnosing: Diagnosing
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._guided = guided
        self._how = diagnosing

    def crashed(self, incident_id: str, number: int) -> None:
        """Count a run that ended in an error of our own; after the third nobody tries again, and the card says so."""
        failed = DiagnosisFailed(round=number, reasoner="guided", why="crashed")
        self._ledgers.record(incident_id, [failed], BY)
        self._bell.ring(incident_id)

    def run(self, incident_id: str, number: int) -> None:
        """Bring round ``number`` to a finding; nothing to do when it has one."""
        incident = self._begin(incident_id, number)
        round_ = incident.rounds[number]
        if round_.finding is not None:
            return
        case = self._case(incident, round_.started_at)
        back = self._sent_back(incident, number)
        guess = self._guided.diagnose(incident_id, number, case, back)
        result = guided_result(guess)
        gave_up = None
        if self._how.second is not None:
            second = self._how.second.reason(incident_id, number, guess.context.case, guess)
            match second:
                case Result():
                    result = second
                case GaveUp():
                    gave_up = second
                    result = noted(result, second)
        if back is not None and result.proposal is None:
            note = ". ".join(part for part in (NO_OTHER, result.content.note) if part)
            result = replace(result, content=result.content.model_copy(update={"note": note}))
        self._conclude(incident_id, number, result, gave_up, (back.user or None) if back else None)
        self._bell.ring(incident_id)

    def _begin(self, incident_id: str, number: int) -> Incident:
        name = self._how.second.name if self._how.second is not None else "guided"

        def guard(incident: Incident, _: datetime) -> Sequence[Fact]:
            if incident.opened_at is None:
                raise Refused(f"there is no incident {incident_id}", why="no_incident")
            return () if number in incident.rounds else (DiagnosisStarted(round=number, reasoner=name),)

        incident = decide(self._ledgers, incident_id, guard, BY)
        reach(Point.DIAGNOSIS_STARTED)
        return incident

    def _sent_back(self, incident: Incident, number: int) -> SentBack | None:
        """What made this round: the request that was sent back, its words, and every call that was planned before."""
        approval = cause_of(incident, number)
        if approval is None:
            return None
        said = self._text(incident.id, approval.reason)
        before = {one.id: self._planned(incident, one) for one in incident.intents.values() if one.round < number}
        user = approval.decided_by or ""
        return SentBack(user, said if isinstance(said, str) else "", before[approval.intent], tuple(before.values()))

    def _planned(self, incident: Incident, intent: Intent) -> Planned:
        arguments = self._text(incident.id, intent.arguments)
        return Planned(intent.tool, arguments if isinstance(arguments, Mapping) else None)

    def _case(self, incident: Incident, started: datetime) -> Case:
        alert = leading_alert(incident)
        content = self._text(incident.id, alert.content) if alert else None
        title = self._text(incident.id, incident.title)
        return case_of(incident, content, title if isinstance(title, str) else "", started, self._ledgers.now())

    def _text(self, scope: str, ref: Ref | None) -> object:
        if ref is None:
            return None
        try:
            return self._payloads.get(scope, ref)
        except NotFound:
            return None

    def _conclude(
        self, incident_id: str, number: int, result: Result, gave_up: GaveUp | None, requester: str | None
    ) -> None:
        closing = self._closing(incident_id, number, result, gave_up, requester)

        def guard(incident: Incident, now: datetime) -> Sequence[Fact]:
            round_ = incident.rounds[number]
            if round_.finding is not None:
                return ()
            spent = round((now - round_.started_at).total_seconds() * 1000)
            finding = FindingMade(
                round=number,
                verdict=result.verdict,
                hypothesis=result.hypothesis,
                confidence=result.confidence,
                runbook=result.runbook,
                reasoner=result.reasoner,
                finding=closing.finding,
                looks=len(round_.evidence),
                milliseconds=spent,
            )
            asked_already = any(intent.state == "open" for intent in incident.intents.values())
            free = not incident.open_approvals and not asked_already
            intents = closing.intents if self._how.proposing and free else ()
            return (*closing.before, finding, *intents)

        decide(self._ledgers, incident_id, guard, BY)
        reach(Point.DIAGNOSIS_FOUND)

    def _closing(
        self, incident_id: str, number: int, result: Result, gave_up: GaveUp | None, requester: str | None
    ) -> "_Closing":
        before: list[Fact] = []
        if gave_up is not None:
            detail = self._put(incident_id, gave_up.detail) if gave_up.detail else None
            before.append(DiagnosisFailed(round=number, reasoner=gave_up.reasoner, why=gave_up.why, detail=detail))
        ranked = tuple(self._hypothesis(incident_id, one) for one in result.hypotheses)
        before.append(HypothesesRanked(round=number, hypotheses=ranked))
        struck = (*result.struck, *(gave_up.struck if gave_up else ()))
        before += [ClaimStruck(round=number, claim=self._put(incident_id, s.claim), why=s.why) for s in struck]
        finding = self._put(incident_id, result.content.model_dump(mode="json"))
        return _Closing(tuple(before), finding, self._intents(incident_id, number, result.proposal, requester))

    def _hypothesis(self, incident_id: str, one: Standpoint) -> HypothesisRanked:
        return HypothesisRanked(
            hypothesis=one.id,
            cause=self._put(incident_id, one.cause),
            standing=one.standing,
            confidence=one.confidence,
            supports=one.supports,
            against=one.against,
            unread=one.unread,
        )

    def _intents(
        self, incident_id: str, number: int, proposal: Proposal | None, requester: str | None
    ) -> tuple[Fact, ...]:
        if proposal is None or not self._how.proposing:
            return ()
        intents: list[IntentMade] = []
        for step, asked in enumerate((proposal, *proposal.then), 1):
            intents.append(
                IntentMade(
                    intent=f"intent-{number}" if step == 1 else f"intent-{number}-{step}",
                    round=number,
                    tool=asked.tool,
                    arguments=self._put(incident_id, asked.arguments),
                    hypothesis=asked.hypothesis,
                    evidence=asked.evidence,
                    requester=requester,
                    by_hand=self._by_hand(incident_id, number, asked),
                    after=intents[-1].intent if intents else None,
                )
            )
        return tuple(intents)

    def _by_hand(self, incident_id: str, number: int, proposal: Proposal) -> Ref | None:
        spec = self._how.by_hand.get(proposal.tool)
        if spec is None:
            return None
        told = by_hand(spec, proposal.arguments, self._looks(incident_id, number))
        return self._put(incident_id, told) if told is not None else None

    def _looks(self, incident_id: str, number: int) -> list[Seen]:
        round_ = fold(incident_id, self._ledgers.read(incident_id)).rounds[number]
        return [seen_of(self._text(incident_id, one.observation), one.id, one.tool) for one in round_.evidence]

    def _put(self, incident_id: str, content: str | Mapping[str, object]) -> Ref:
        return self._payloads.put(incident_id, content)


@dataclass(frozen=True)
class _Closing:
    """What ends a round, already stored: the facts before the finding, its content, and the intent after it."""

    before: tuple[Fact, ...]
    finding: Ref
    intents: tuple[Fact, ...]


def guided_result(guess: Guess) -> Result:
    """The guided finding as the ledger keeps it."""
    conclusion, named = guess.conclusion, guess.conclusion.named
    cause = conclusion.verdict is Verdict.CAUSE and named is not None
    return Result(
        reasoner="guided",
        verdict=conclusion.verdict,
        content=guess.content,
        hypotheses=tuple(
            Standpoint(
                id=one.cause.id,
                cause=text_of(one.cause.cause, guess.context),
                standing=one.standing,
                confidence=f"{one.confidence:.2f}",
                supports=_evidence(vote.judged.evidence for vote in one.supports),
                against=_evidence(vote.judged.evidence for vote in (*one.against, *one.excluded)),
                unread=_evidence(vote.judged.evidence for vote in one.unread),
            )
            for one in conclusion.ranked
        ),
        hypothesis=named.cause.id if cause and named else None,
        confidence=f"{named.confidence:.2f}" if cause and named else None,
        runbook=guess.content.runbook.id if guess.content.runbook else guess.runbook.id,
        proposal=guess.proposal,
    )


def _evidence(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for ids in found for id_ in ids))


def noted(result: Result, gave_up: GaveUp) -> Result:
    """The guided result with the line that says why it is the guided one."""
    return replace(result, content=result.content.model_copy(update={"note": gave_up.says}))
