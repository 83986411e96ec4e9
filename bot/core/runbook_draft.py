"""The front matter of a runbook as it is written in YAML: pydantic, strict, every unknown key refused.

Nothing is compiled here; `runbook_reading.py` turns drafts into runbooks.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

PageId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
Share = Annotated[float, Field(gt=0, lt=1)]
Scalar = str | int | bool


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WhenDraft(Part):
    alerts: tuple[Line, ...] = ()
    labels: dict[str, Line] = Field(default_factory=dict)
    words: tuple[Line, ...] = ()


class CheckDraft(Part):
    id: Key
    tool: Key
    arguments: dict[Key, Scalar] = Field(default_factory=dict)
    noun: Annotated[str, StringConstraints(max_length=80)] = ""


class ConditionDraft(Part):
    """``if`` in named predicates or ``cel``; ``weight`` as in `Weighed`; ``says`` are words for a CEL expression."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    if_: Line | None = Field(default=None, alias="if")
    cel: Line | None = None
    weight: Share | None = None
    says: str = Field(default="", max_length=300)


ConditionText = Line | ConditionDraft


class ChoiceDraft(Part):
    """A value that evidence chooses: of the series of check ``choose``, by ``label``, the lowest below (or highest
    above) a bound; ``among`` narrows what the object's owner allows."""

    choose: Key
    label: Line
    lowest_below: float | None = None
    highest_above: float | None = None
    among: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _one_bound(self) -> "ChoiceDraft":
        if (self.lowest_below is None) == (self.highest_above is None):
            raise ValueError("give exactly one of lowest_below and highest_above")
        return self


Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


class StepDraft(Part):
    """An argument may be a mapping of names to values, and each of those values a choice."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    tool: Key
    arguments: dict[Key, Scalar | dict[Variable, Scalar | ChoiceDraft]] = Field(default_factory=dict)
    if_: tuple[ConditionText, ...] = Field(default=(), alias="if")


class ProposeDraft(StepDraft):
    """``then`` are the steps after it, in order: each is planned once the one before it was made and checked."""

    then: Annotated[tuple[StepDraft, ...], Field(max_length=2)] = ()


class CauseDraft(Part):
    id: Key
    name: Line
    cause: Line
    prior: Share = 0.2
    requires: tuple[ConditionText, ...] = ()
    supports: tuple[ConditionText, ...] = ()
    contradicts: tuple[ConditionText, ...] = ()
    rules_out: tuple[ConditionText, ...] = ()
    explains: tuple[Key, ...] = ()
    elsewhere: bool = False
    own: bool = False
    propose: ProposeDraft | None = None
    next_step: str = Field(default="", max_length=600)
    prevention: str = Field(default="", max_length=600)
    could_tell_apart: str = Field(default="", max_length=600)


class RunbookDraft(Part):
    """``include`` left out means the general page, where there is one; an empty list means nothing."""

    id: PageId
    title: Line
    when: WhenDraft = WhenDraft()
    include: tuple[PageId, ...] | None = None
    checks: tuple[CheckDraft, ...] = ()
    causes: tuple[CauseDraft, ...] = ()
    healthy_when: tuple[ConditionText, ...] = ()
    could_tell_apart: tuple[Line, ...] = ()
    url: str = Field(default="", max_length=2000)
    owner: str = Field(default="", max_length=200)
    tags: tuple[str, ...] = ()
