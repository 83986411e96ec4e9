"""One command that needs looking (after `/ops` or a mention): its own small ledger (`ask-…`), folded. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.events import AnswerMade, ChannelStep, CommandAnswered, CommandReceived, Ref, TargetFound
from bot.core.ledger import Event


@dataclass(frozen=True)
class Found:
    """The live object a request was found to be about, and the whole arguments of its change."""

    tool: str
    namespace: str
    name: str
    arguments: Ref


@dataclass(frozen=True)
class Question:
    """``thread`` is set when it was asked by mention; ``begun`` when its answer may have been posted there."""

    id: str
    length: int = 0
    command: str = ""
    user: str = ""
    team: str = ""
    channel: str = ""
    thread: str | None = None
    text: Ref | None = None
    url: Ref | None = None
    asked_at: datetime | None = None
    found: Found | None = None
    answer: Ref | None = None
    begun: bool = False
    answered_at: datetime | None = None


def fold_question(ledger: str, events: Iterable[Event], start: Question | None = None) -> Question:
    """The question after ``events``; what does not belong here changes nothing but the length."""
    question = start or Question(ledger)
    for event in events:
        question = replace(_after(question, event), length=event.seq + 1)
    return question


def _after(question: Question, event: Event) -> Question:
    match event.fact:
        case CommandReceived() as asked if question.asked_at is None:
            return replace(
                question,
                command=asked.command,
                user=asked.user,
                team=asked.team,
                channel=asked.channel,
                thread=asked.thread,
                text=asked.text,
                url=asked.answer,
                asked_at=event.at,
            )
        case TargetFound() as found if question.found is None and question.answer is None:
            return replace(question, found=Found(found.tool, found.namespace or "", found.name, found.arguments))
        case AnswerMade(answer=ref) if question.answer is None:
            return replace(question, answer=ref)
        case ChannelStep(state="begun"):
            return replace(question, begun=True)
        case CommandAnswered() if question.answered_at is None:
            return replace(question, answered_at=event.at)
    return question
