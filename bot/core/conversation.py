"""A talk with a model, vendor-neutral: what it was told, what it replied, what its questions came to. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.canonical import Json
from bot.core.errors import MidwatchError
from bot.core.tool import Spec


class ModelFailed(MidwatchError):
    """The model gave nothing usable. ``why`` is a stable name (timeout, overloaded, refusal, invalid_answer …)."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True)
class Question:
    """A tool the model wants used. ``id`` is the model's own name for it."""

    id: str
    tool: str
    arguments: Json


@dataclass(frozen=True)
class Reply:
    """One turn of the model. ``content`` is what it sent, as it is sent back to it; ``stop`` why it ended."""

    content: tuple[Json, ...]
    text: str
    questions: tuple[Question, ...]
    stop: str
    tokens_in: int = 0
    tokens_out: int = 0

    def payload(self) -> Json:
        return {
            "content": list(self.content),
            "stop": self.stop,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
        }


@dataclass(frozen=True)
class Answer:
    """What one question came to, in the order it was asked."""

    question: str
    text: str
    failed: bool = False


@dataclass(frozen=True)
class Talk:
    """The opening, then replies and answers in turns. ``schema`` is the shape the last reply must have."""

    system: str
    opening: str
    schema: Json
    turns: tuple[tuple[Reply, tuple[Answer, ...]], ...] = ()

    def then(self, reply: Reply, answers: Sequence[Answer]) -> "Talk":
        return Talk(self.system, self.opening, self.schema, (*self.turns, (reply, tuple(answers))))


@dataclass(frozen=True)
class Limits:
    """How far a model may go: turns, questions in one turn, and seconds altogether."""

    turns: int = 12
    questions: int = 8
    seconds: float = 180.0


@dataclass(frozen=True)
class Prompts:
    """The Markdown the model is told: ``system`` has no variables, ``opening`` is filled."""

    system: str
    opening: str


class Model(Protocol):
    """``request`` is pure and is what gets recorded; ``send`` makes the one call, raising `ModelFailed`."""

    @property
    def name(self) -> str: ...

    def request(self, talk: Talk, tools: Sequence[Spec]) -> Json: ...

    def send(self, request: Json, seconds: float) -> Reply: ...

    def read(self, payload: Json) -> Reply:
        """A recorded reply, read back."""
