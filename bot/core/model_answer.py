"""The structured answer a model must end with, and its JSON Schema. Outside data: validated, bounded, never trusted.

There is no field for advice, commands or a headline: numbers and next steps that people read are rendered by code.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from bot.core.canonical import Json
from bot.core.strict_schema import strict
from bot.core.tool import Spec

EvidenceId = Annotated[str, StringConstraints(max_length=20)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SaidQuote(Part):
    evidence: EvidenceId = Field(description="Id of the evidence, like E7")
    text: Annotated[str, StringConstraints(min_length=1, max_length=400)] = Field(
        description="Copied character by character out of that evidence, at least four characters"
    )


class SaidClaim(Part):
    text: Sentence = Field(description="One thought in one sentence; every number in it stands in the evidence cited")
    evidence: tuple[EvidenceId, ...] = Field(max_length=6)
    quotes: tuple[SaidQuote, ...] = Field(max_length=6, description="At least one")


class SaidCause(Part):
    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")] = Field(
        description="Short name in snake_case; that of a hypothesis of the guided diagnosis where it is the same"
    )
    cause: Sentence = Field(description="The cause in one sentence, without advice")
    confidence: float = Field(ge=0, le=1, description="0 to 1")
    supports: tuple[SaidClaim, ...] = Field(max_length=6)
    against: tuple[SaidClaim, ...] = Field(max_length=4)


def _without_null(arguments: dict[str, Any]) -> dict[str, Any]:
    """What is said as null is left out."""
    return {name: value for name, value in arguments.items() if value is not None}


class SaidProposal(Part):
    tool: Annotated[str, StringConstraints(max_length=100)]
    arguments: Annotated[dict[str, Any], AfterValidator(_without_null)]
    cause: Annotated[str, StringConstraints(max_length=50)] = Field(description="Id of the cause it would mend")


class ModelAnswer(Part):
    verdict: Literal["cause", "candidates", "healthy", "unsure"]
    causes: tuple[SaidCause, ...] = Field(max_length=4, description="Most likely first; empty when healthy or unsure")
    proposal: SaidProposal | None = Field(description="null unless one of the offered changes would mend the cause")


def answer_schema(changes: Mapping[str, Spec]) -> Json:
    """What the last reply must look like; a proposal can only be one of ``changes``, each with its own arguments."""
    schema = strict(ModelAnswer.model_json_schema())
    definitions = schema.pop("$defs")
    definitions.pop("SaidProposal")
    schema["$defs"] = definitions
    schema["properties"]["proposal"] = {"anyOf": [*(_proposal(spec) for spec in changes.values()), {"type": "null"}]}
    return schema


def _proposal(spec: Spec) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["tool", "arguments", "cause"],
        "description": spec.says,
        "properties": {
            "tool": {"type": "string", "enum": [spec.name]},
            "arguments": _said(strict(spec.schema())),
            "cause": {"type": "string", "description": "Id of the cause it would mend"},
        },
    }


def _said(arguments: Json) -> Json:
    """What may be null is said as null: a request may leave out only 24 arguments, all its schemas together."""
    properties = arguments["properties"]
    nullable = [name for name, one in properties.items() if {"type": "null"} in one.get("anyOf", ())]
    needed = [name for name in properties if name in {*arguments["required"], *nullable}]
    return {**arguments, "required": needed}
