"""Unit tests of a policy, as data: `tests/*.yaml` beside its rules. Each case says what differs from the file's base.

A file: {"facts": base facts, "settings": base settings, "cases": [{"name", "facts", "settings", "answer", "because"}]};
``answer`` is forbid, one or two, ``because`` the ids of every rule that must have spoken, in the order of the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from bot.core.errors import BadInput
from bot.core.events import Value
from bot.core.policy import Allowed, Facts, Policy, Rules, Ruling

FOLDER = "tests"


class Case(Value):
    name: str
    facts: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    answer: Literal["forbid", "one", "two"]
    because: tuple[str, ...] = ()


class Cases(Value):
    facts: dict[str, Any]
    settings: dict[str, Any] = Field(default_factory=dict)
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Tried:
    """One case and what came of it; ``wrong`` is "" where it is as it should be."""

    name: str
    wrong: str


def try_cases(policy: Policy, folder: Path) -> Iterator[Tried]:
    """Every case of every file. Raises `BadInput` where a file is no cases."""
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        written = _read(file)
        for case in written.cases:
            try:
                facts = Facts.model_validate({**written.facts, **case.facts})
                rules = Rules.model_validate({**written.settings, **case.settings})
            except ValidationError as error:
                fault = error.errors()[0]
                raise BadInput(f"{file}: {case.name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
            yield Tried(case.name, _why_wrong(case, policy.decide(facts, rules)))


def answer_of(ruling: Ruling) -> str:
    if isinstance(ruling, Allowed):
        return "one" if ruling.needed == 1 else "two"
    return "forbid"


def _why_wrong(case: Case, ruling: Ruling) -> str:
    said = (answer_of(ruling), tuple(one.id for one in ruling.because))
    wanted = (case.answer, case.because)
    return "" if said == wanted else f"is {_told(said)}, and should be {_told(wanted)}"


def _told(answer: tuple[str, tuple[str, ...]]) -> str:
    return f"{answer[0]} ({', '.join(answer[1]) or 'no rule spoke'})"


def _read(file: Path) -> Cases:
    try:
        return Cases.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{file} holds no cases: {error}") from error
