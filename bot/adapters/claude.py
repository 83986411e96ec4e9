"""Claude through the official client: `request` turns a talk into a request (pure), `send` makes the one call.

No sampling knobs, no server-held conversation, no tool runner: the loop is ours, and every turn is in the ledger.
Vendor errors become `ModelFailed` with a stable name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anthropic

from bot.core.canonical import Json
from bot.core.conversation import Answer, ModelFailed, Question, Reply, Talk
from bot.core.strict_schema import strict
from bot.core.tool import Spec

MOST_TOKENS = 8_000
RETRIES = 1
BRIEFLY: Json = {"type": "ephemeral"}


@dataclass(frozen=True)
class ClaudeSettings:
    api_key: str
    model: str
    base_url: str | None = None
    timeout: float = 120.0


class Claude:
    """`conversation.Model`."""

    def __init__(self, settings: ClaudeSettings) -> None:
        self._model = settings.model
        self._timeout = settings.timeout
        self._client = anthropic.Anthropic(
            api_key=settings.api_key, base_url=settings.base_url, timeout=settings.timeout, max_retries=RETRIES
        )

    @property
    def name(self) -> str:
        return self._model

    def request(self, talk: Talk, tools: Sequence[Spec]) -> Json:
        return request(self._model, talk, tools)

    def send(self, request: Json, seconds: float) -> Reply:
        """One reply, or `ModelFailed`. There are two tries at most, and together they have ``seconds``."""
        patience = min(self._timeout, seconds / (RETRIES + 1))
        try:
            message = self._client.messages.create(**request, timeout=patience)
            return read_reply(message.model_dump(mode="json", exclude_none=True, warnings=False))
        except anthropic.APITimeoutError as error:
            raise ModelFailed("timeout", f"no answer within {patience:.0f} s") from error
        except anthropic.APIResponseValidationError as error:
            raise ModelFailed("invalid_answer", "the answer is not a message") from error
        except anthropic.APIConnectionError as error:
            raise ModelFailed("unreachable", f"cannot be reached: {type(error.__cause__).__name__}") from error
        except anthropic.APIStatusError as error:
            raise ModelFailed(_name_of(error.status_code), f"answered {error.status_code}") from error
        except (anthropic.AnthropicError, ValueError, TypeError, AttributeError) as error:
            # the client builds its values without checking them: what is not a message shows itself here
            raise ModelFailed("invalid_answer", f"the answer is not a message: {type(error).__name__}") from error

    def read(self, payload: Json) -> Reply:
        return read_reply(payload)


def request(model: str, talk: Talk, tools: Sequence[Spec]) -> Json:
    """The whole body of one `messages.create`; the same bytes for the same talk, so that it caches and diffs."""
    return {
        "model": model,
        "max_tokens": MOST_TOKENS,
        "system": [{"type": "text", "text": talk.system, "cache_control": BRIEFLY}],
        "tools": [_tool(spec) for spec in sorted(tools, key=lambda spec: spec.name)],
        "messages": [{"role": "user", "content": [_opening(talk)]}, *_turns(talk)],
        "output_config": {"format": {"type": "json_schema", "schema": talk.schema}},
    }


def _opening(talk: Talk) -> Json:
    return {"type": "text", "text": talk.opening, "cache_control": BRIEFLY}


def _tool(spec: Spec) -> Json:
    return {"name": spec.name, "description": spec.says, "input_schema": strict(spec.schema()), "strict": True}


def _turns(talk: Talk) -> list[Json]:
    messages: list[Json] = []
    for reply, answers in talk.turns:
        messages.append({"role": "assistant", "content": [dict(block) for block in reply.content]})
        messages.append({"role": "user", "content": [_result(answer) for answer in answers]})
    return messages


def _result(answer: Answer) -> Json:
    made: Json = {"type": "tool_result", "tool_use_id": answer.question, "content": answer.text}
    return {**made, "is_error": True} if answer.failed else made


def read_reply(message: Mapping[str, Any]) -> Reply:
    """A message as it came (or was recorded); raises `ModelFailed` where it is none."""
    blocks = message.get("content")
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        raise ModelFailed("invalid_answer", "the answer has no content")
    usage = message.get("usage")
    spent = usage if isinstance(usage, Mapping) else {}
    cached = int(spent.get("cache_read_input_tokens") or 0) + int(spent.get("cache_creation_input_tokens") or 0)
    return Reply(
        content=tuple(_kept(block) for block in blocks),
        text="".join(str(block.get("text") or "") for block in blocks if block.get("type") == "text"),
        questions=tuple(_question(block) for block in blocks if block.get("type") == "tool_use"),
        stop=str(message.get("stop_reason") or message.get("stop") or "none"),
        tokens_in=int(spent.get("input_tokens") or message.get("tokens_in") or 0) + cached,
        tokens_out=int(spent.get("output_tokens") or message.get("tokens_out") or 0),
    )


def _kept(block: Mapping[str, Any]) -> Json:
    """What the API takes back: its own blocks without what only answers carry."""
    match block.get("type"):
        case "text":
            return {"type": "text", "text": str(block.get("text") or "")}
        case "tool_use":
            return {"type": "tool_use", "id": block.get("id"), "name": block.get("name"), "input": block.get("input")}
    return dict(block)


def _question(block: Mapping[str, Any]) -> Question:
    arguments = block.get("input")
    if not isinstance(arguments, Mapping):
        raise ModelFailed("invalid_answer", "a tool call has no arguments")
    return Question(str(block.get("id")), str(block.get("name")), dict(arguments))


def _name_of(status: int) -> str:
    known = {401: "denied", 403: "denied", 429: "rate_limited", 529: "overloaded", 413: "too_long", 408: "timeout"}
    return known.get(status, "bad_request" if 400 <= status < 500 else "server_error")
