"""The second reasoner: a model reads the same evidence, may look at more, and ends with a structured answer.

The loop is written by hand so that every turn is a fact before the next is taken: a run after a crash replays the
turns that are recorded, takes no look twice, and goes on. Whatever goes wrong, it gives up with a reason and the
guided result stands; only where the record itself fails is the whole job tried again. What it says is judged by
`core/model_judging`; nothing it says happens.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from bot.core.case import Case, Seen
from bot.core.conversation import Answer, Limits, Model, ModelFailed, Prompts, Question, Reply, Talk
from bot.core.errors import MidwatchError, NotFound
from bot.core.events import ReasonerTurn
from bot.core.failpoint import Point, reach
from bot.core.model_answer import ModelAnswer, answer_schema
from bot.core.model_judging import Brief, judge
from bot.core.planning import Call, Offer
from bot.core.ports import Ledgers, Payloads
from bot.core.predicates.shape import Context
from bot.core.prompting import fenced, opening, safe
from bot.core.ranking import Bar
from bot.core.result import GaveUp, Result
from bot.core.tool import Spec
from bot.services.gathering import Gathering
from bot.services.guided import Guess

BY = "process:diagnose/claude"
MOST_LOOKS = 24
NAME = "claude"
OWN = "claude-"  # how the checks of its own looks begin
STOP = re.compile(r"[a-z0-9_]{1,100}")

log = logging.getLogger("midwatch.claude")


@dataclass(frozen=True)
class Reading:
    """What the model may look at and what it may propose; ``clock`` counts seconds."""

    offer: Offer
    changes: Mapping[str, Spec]
    prompts: Prompts
    clock: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    bar: Bar = field(default_factory=Bar)


class ClaudeReasoner:
    """`diagnosis.SecondReasoner` over any `Model`."""

    def __init__(
        self, ledgers: Ledgers, payloads: Payloads, gathering: Gathering, model: Model, reading: Reading
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._gathering = gathering
        self._model = model
        self._reading = reading

    @property
    def name(self) -> str:
        return NAME

    def reason(self, incident_id: str, number: int, case: Case, guess: Guess) -> Result | GaveUp:
        """A result, or why there is none. Raises only what the ledger or the payloads raise."""
        try:
            return self._reasoned(incident_id, number, case, guess)
        except ModelFailed as failed:
            return GaveUp(NAME, failed.why, f"{_words(failed.why)}; {GUIDED}", str(failed))
        except MidwatchError:
            raise  # the record's: tried again, and what is recorded by then is not asked for again
        except Exception as error:
            # The guided result must not be lost to a second opinion: whatever else breaks here, the vendor's answer
            # or a fault of ours, ends this reasoner and not the job. It is logged whole, and the finding says so.
            log.exception("%s round %d: the second reasoner broke", incident_id, number)
            return GaveUp(NAME, "crashed", f"{_words('crashed')}; {GUIDED}", f"{type(error).__name__}: {error}")

    def _reasoned(self, incident_id: str, number: int, case: Case, guess: Guess) -> Result | GaveUp:
        session = _Session(incident_id, number, case, self._reading.clock() + self._reading.limits.seconds)
        looks = dict(guess.context.seen)
        answer = self._talk(session, guess, looks)
        brief = Brief(
            Context(case, looks),
            guess.conclusion,
            guess.content,
            self._reading.changes,
            self._reading.bar,
            guess.runbook.id,
            guess.back,
        )
        return judge(answer, brief, NAME)

    def _talk(self, session: "_Session", guess: Guess, looks: dict[str, Seen]) -> ModelAnswer:
        talk = self._opened(guess)
        recorded = self._recorded(session)
        for turn in range(1, self._reading.limits.turns + 1):
            reply = recorded.get(turn) or self._reply(session, turn, talk)
            if reply.stop in STOPPED:
                raise ModelFailed(STOPPED[reply.stop], f"the model stopped: {reply.stop}")
            if not reply.questions:
                return _answer(reply)
            talk = talk.then(reply, self._answers(session, turn, reply, looks))
        raise ModelFailed("max_turns", f"no answer after {self._reading.limits.turns} turns")

    def _opened(self, guess: Guess) -> Talk:
        changes = self._reading.changes
        told = (guess.context, guess.conclusion, guess.content, changes.values(), guess.back)
        text = opening(self._reading.prompts.opening, *told)
        return Talk(self._reading.prompts.system, text, answer_schema(changes))

    def _reply(self, session: "_Session", turn: int, talk: Talk) -> Reply:
        left = session.until - self._reading.clock()
        if left <= 1:
            raise ModelFailed("timeout", f"no answer within {self._reading.limits.seconds:.0f} s")
        request = self._model.request(talk, tuple(self._reading.offer.specs.values()))
        reply = self._model.send(request, left)
        fact = ReasonerTurn(
            round=session.number,
            turn=turn,
            model=self._model.name,
            request=self._payloads.put(session.incident, request),
            reply=self._payloads.put(session.incident, reply.payload()),
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            stop=reply.stop if STOP.fullmatch(reply.stop) else "other",
        )
        first = self._ledgers.record(session.incident, [fact], BY, once=f"turn:{session.number}:{turn}")
        reach(Point.DIAGNOSIS_TURN)
        # another run of this job may have been faster: then its reply is the one that counts
        return reply if first else self._recorded(session).get(turn, reply)

    def _recorded(self, session: "_Session") -> dict[int, Reply]:
        """Replies an earlier run got before it died; one whose payload is gone is asked for anew, with all after it."""
        found: dict[int, Reply] = {}
        for event in self._ledgers.read(session.incident):
            fact = event.fact
            if not isinstance(fact, ReasonerTurn) or fact.round != session.number or fact.turn != len(found) + 1:
                continue
            try:
                found[fact.turn] = self._model.read(self._payloads.get(session.incident, fact.reply))
            except (NotFound, ModelFailed):
                break
        return found

    def _answers(self, session: "_Session", turn: int, reply: Reply, looks: dict[str, Seen]) -> list[Answer]:
        """Every question answered, in the order asked; the looks are taken side by side."""
        calls: dict[str, Call] = {}
        refused: dict[str, str] = {}
        for place, question in enumerate(reply.questions):
            why = self._why_not(question, place, sum(1 for check in looks if check.startswith(OWN)) + len(calls))
            if why is None:
                calls[question.id] = Call(f"{OWN}{turn}-{place}", question.tool, question.arguments, question.tool)
            else:
                refused[question.id] = why
        gathered = self._gathering.gather(session.incident, session.number, session.case, list(calls.values()), BY)
        looks |= {call.check: gathered[call.check] for call in calls.values() if call.check in gathered}
        return [self._told(question, calls, refused, gathered) for question in reply.questions]

    def _told(
        self, question: Question, calls: Mapping[str, Call], refused: Mapping[str, str], gathered: Mapping[str, Seen]
    ) -> Answer:
        call = calls.get(question.id)
        if call is None or call.check not in gathered:
            return Answer(question.id, safe(refused.get(question.id, "this look was not recorded"), 1_000), failed=True)
        one = gathered[call.check]
        return Answer(question.id, fenced(one), failed=not one.readable)

    def _why_not(self, question: Question, place: int, looked: int) -> str | None:
        spec = self._reading.offer.specs.get(question.tool)
        if spec is None:
            return f"there is no tool of this name; there are {', '.join(sorted(self._reading.offer.specs))}"
        if place >= self._reading.limits.questions or looked >= MOST_LOOKS:
            return "no more looks can be taken; answer with what is there"
        try:
            spec.arguments.model_validate(question.arguments)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:4])
        return None


STOPPED = {
    "refusal": "refusal",
    "max_tokens": "too_long",
    "model_context_window_exceeded": "too_long",
    "pause_turn": "paused",
}


@dataclass(frozen=True)
class _Session:
    """One round's talk: where it belongs and until when it may go on."""

    incident: str
    number: int
    case: Case
    until: float


def _answer(reply: Reply) -> ModelAnswer:
    try:
        return ModelAnswer.model_validate_json(reply.text)
    except ValidationError as error:
        raise ModelFailed(
            "invalid_answer", f"the answer does not have its shape: {error.error_count()} faults"
        ) from error


GUIDED = "this is the guided diagnosis"
WORDS = {
    "timeout": "Claude did not answer in time",
    "overloaded": "Claude is overloaded",
    "rate_limited": "Claude's rate limit is reached",
    "refusal": "Claude declined to answer",
    "unreachable": "Claude cannot be reached",
    "denied": "Claude's key is not accepted",
    "max_turns": "Claude came to no end",
    "too_long": "Claude's answer was cut off",
    "invalid_answer": "Claude's answer could not be read",
    "crashed": "Claude's part broke, a fault of Midwatch (see the worker's log)",
}


def _words(why: str) -> str:
    return WORDS.get(why, f"Claude failed ({why})")
