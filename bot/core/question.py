"""One slash command that needs looking: its own small ledger (`ask-…`), folded. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.events import AnswerMade, CommandAnswered, CommandReceived, Ref
from bot.core.ledger import Event


@dataclass(frozen=True)
class Question:
    id: str
    length: int = 0
    command: str = ""
    user: str = ""
    team: str = ""
    channel: str = ""
    text: Ref | None = None
    url: Ref | None = None
    asked_at: datetime | None = None
    answer: Ref | None = None
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
                text=asked.text,
                url=asked.answer,
                asked_at=event.at,
            )
        case AnswerMade(answer=ref) if question.answer is None:
            return replace(question, answer=ref)
        case CommandAnswered() if question.answered_at is None:
            return replace(question, answered_at=event.at)
    return question
