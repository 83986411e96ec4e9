"""From drafts to runbooks: includes resolved, conditions compiled, every mistake named with file and key.

Pure: front matter comes in as it was parsed, CEL's compiler and the tools' specs as arguments. A page of a later
folder replaces one of the same id in an earlier one, so that a team can say what is different here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.core import slots
from bot.core.argument_reading import ArgumentReader
from bot.core.condition import Cel, Condition, Wrong, parse
from bot.core.runbook import GENERAL, Cause, Check, Corpus, Problem, Propose, Runbook, Weighed, When
from bot.core.runbook_draft import (
    CauseDraft,
    CheckDraft,
    ConditionDraft,
    ConditionText,
    ProposeDraft,
    RunbookDraft,
    StepDraft,
)
from bot.core.tool import Spec

SUPPORT, CONTRADICTION = 0.3, 0.5
QUIET = "quiet("
CompileCel = Callable[[str, frozenset[str]], tuple[Callable[[Mapping[str, Any]], bool | None], tuple[str, ...]]]
T = TypeVar("T", CheckDraft, CauseDraft)


@dataclass(frozen=True)
class Page:
    """One file's front matter as YAML gave it (None: it has none), and which folder it came from."""

    file: str
    front: Any
    folder: int = 0
    body: str = ""


@dataclass(frozen=True)
class Known:
    """What a page may refer to. An empty mapping of specs means they cannot be checked here."""

    reading: Mapping[str, Spec]
    changes: Mapping[str, Spec]
    compile_cel: CompileCel


def read_pages(pages: Iterable[Page], known: Known) -> tuple[Corpus, list[Problem]]:
    """Every page that has front matter, compiled; and everything that is wrong with any of them."""
    problems: list[Problem] = []
    drafts = _drafts(pages, problems)
    if problems:
        return Corpus({}), problems  # conditions of other pages speak of what these would have defined
    runbooks = {}
    for id_, (page, draft) in drafts.items():
        reader = _Reader(page.file, known, drafts, problems)
        runbooks[id_] = reader.read(draft)
    return Corpus(runbooks), list(dict.fromkeys(problems))


Drafts = dict[str, tuple[Page, RunbookDraft]]


def _drafts(pages: Iterable[Page], problems: list[Problem]) -> Drafts:
    drafts: Drafts = {}
    for page in pages:
        if page.front is None:
            continue
        try:
            draft = RunbookDraft.model_validate(page.front)
        except ValidationError as error:
            problems += [Problem(page.file, _key(fault["loc"]), _says(fault)) for fault in error.errors()]
            continue
        before = drafts.get(draft.id)
        if before is not None and before[0].folder == page.folder:
            problems.append(Problem(page.file, "id", f"{draft.id!r} is also the id of {before[0].file}"))
        drafts[draft.id] = (page, draft)
    return drafts


def _key(location: Sequence[str | int]) -> str:
    """`causes[1].supports[0]`; the names pydantic gives to the arms of a union are left out."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif part not in ("ConditionDraft",) and not part.startswith(("constrained-str", "function-")):
            key += f".{part}" if key else part
    return key or "front matter"


def _says(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "this key is not known here"
    return "is missing" if fault["type"] == "missing" else str(fault["msg"])


class _Reader:
    """Reads one page; every mistake is noted and reading goes on, so that one run names them all."""

    def __init__(self, file: str, known: Known, drafts: Drafts, problems: list[Problem]) -> None:
        self._file = file
        self._known = known
        self._drafts = drafts
        self._problems = problems
        self._tools: dict[str, str] = {}

    def read(self, draft: RunbookDraft) -> Runbook:
        closure = self._closure(draft)
        checks = _first_of_each((one.id, one) for page in closure for one in page.checks)
        self._tools = {check.id: check.tool for check in checks.values()}
        self._unique(draft.checks, "checks")
        self._unique(draft.causes, "causes")
        for check in draft.checks:
            self._judge_check(check)
        found = _first_of_each((one.id, (page.id, one)) for page in closure for one in page.causes)
        healthy = draft.healthy_when or next((page.healthy_when for page in closure if page.healthy_when), ())
        if draft.healthy_when and not any(QUIET in _text(one) for one in draft.healthy_when):
            self._note(
                "healthy_when", "must ask quiet(<the alert's own expression>): nothing else proves that it is over"
            )
        return Runbook(
            id=draft.id,
            title=draft.title,
            file=self._file,
            when=When(draft.when.alerts, dict(draft.when.labels), draft.when.words),
            checks=tuple(Check(one.id, one.tool, dict(one.arguments), one.noun) for one in checks.values()),
            causes=tuple(self._cause(page, one) for page, one in found.values()),
            healthy_when=tuple(one.condition for one in self._weighed(healthy, "healthy_when", 0.0)),
            could_tell_apart=next((page.could_tell_apart for page in closure if page.could_tell_apart), ()),
            url=draft.url,
            sections=sections_of(self._drafts[draft.id][0].body),
        )

    def _closure(self, draft: RunbookDraft) -> list[RunbookDraft]:
        """The page and everything it includes, breadth first, each once."""
        found = [draft]
        for page in found:
            for id_ in self._includes(page):
                if id_ not in self._drafts:
                    known = ", ".join(sorted(self._drafts))
                    self._note("include", f"there is no runbook {id_!r}; there are {known}")
                elif all(id_ != one.id for one in found):
                    found.append(self._drafts[id_][1])
        return found

    def _includes(self, page: RunbookDraft) -> tuple[str, ...]:
        if page.include is not None:
            return page.include
        return (GENERAL,) if GENERAL in self._drafts and page.id != GENERAL else ()

    def _unique(self, drafts: Sequence[T], key: str) -> None:
        seen: set[str] = set()
        for number, one in enumerate(drafts):
            if one.id in seen:
                self._note(f"{key}[{number}].id", f"{one.id!r} is used twice on this page")
            seen.add(one.id)

    def _judge_check(self, check: CheckDraft) -> None:
        key = f"checks.{check.id}"
        for name, value in check.arguments.items():
            if isinstance(value, str) and (why := slots.why_wrong(value, slots.PLACEHOLDERS)):
                self._note(f"{key}.arguments.{name}", why)
        self._judge_arguments(f"{key}", check.tool, check.arguments, self._known.reading, "reading tool")

    def _judge_arguments(
        self, key: str, tool: str, arguments: Mapping[str, Any], specs: Mapping[str, Spec], what: str
    ) -> None:
        if not specs:
            return
        if tool not in specs:
            self._note(f"{key}.tool", f"there is no {what} {tool!r}; there are {', '.join(sorted(specs))}")
            return
        fields = specs[tool].arguments.model_fields
        for name in sorted(set(arguments) - set(fields)):
            self._note(f"{key}.arguments.{name}", f"{tool} has no such argument; it has {', '.join(fields) or 'none'}")
        for name, field in fields.items():
            if field.is_required() and name not in arguments:
                self._note(f"{key}.arguments", f"{tool} needs {name}")

    # --- causes

    def _cause(self, page: str, draft: CauseDraft) -> Cause:
        key = f"causes.{draft.id}"
        mine, self._file = self._file, self._drafts[page][0].file  # its own page is where a mistake is mended
        for name in ("name", "cause", "next_step"):
            if why := slots.why_wrong(getattr(draft, name), slots.KNOWN):
                self._note(f"{key}.{name}", why)
        if not draft.requires and not draft.supports:
            self._note(key, "nothing speaks for this cause: give it requires or supports")
        cause = Cause(
            id=draft.id,
            page=page,
            name=draft.name,
            cause=draft.cause,
            prior=draft.prior,
            requires=self._weighed(draft.requires, f"{key}.requires", 0.0),
            supports=self._weighed(draft.supports, f"{key}.supports", SUPPORT),
            contradicts=self._weighed(draft.contradicts, f"{key}.contradicts", CONTRADICTION),
            rules_out=self._weighed(draft.rules_out, f"{key}.rules_out", 0.0),
            explains=draft.explains,
            elsewhere=draft.elsewhere,
            own=draft.own,
            propose=self._propose(draft.propose, f"{key}.propose") if draft.propose else None,
            next_step=draft.next_step,
            prevention=draft.prevention,
            could_tell_apart=draft.could_tell_apart,
        )
        self._file = mine
        return cause

    def _propose(self, draft: ProposeDraft, key: str) -> Propose:
        later = tuple(self._step(one, f"{key}.then[{number}]") for number, one in enumerate(draft.then))
        return replace(self._step(draft, key), then=later)

    def _step(self, draft: StepDraft, key: str) -> Propose:
        given = ArgumentReader(self._tools, self._note)
        arguments = {name: given.read(value, f"{key}.arguments.{name}") for name, value in draft.arguments.items()}
        self._judge_arguments(key, draft.tool, draft.arguments, self._known.changes, "changing tool")
        conditions = tuple(one.condition for one in self._weighed(draft.if_, f"{key}.if", 0.0))
        return Propose(draft.tool, arguments, conditions)

    def _weighed(self, drafts: Sequence[ConditionText], key: str, weight: float) -> tuple[Weighed, ...]:
        found = []
        for number, draft in enumerate(drafts):
            try:
                condition = self._condition(draft)
            except Wrong as wrong:
                self._note(f"{key}[{number}]", f"{_text(draft)!r}: {wrong}")
                continue
            own = draft.weight if isinstance(draft, ConditionDraft) and draft.weight is not None else weight
            found.append(Weighed(condition, own, _text(draft)))
        return tuple(found)

    def _condition(self, draft: ConditionText) -> Condition:
        if isinstance(draft, str):
            if draft.startswith("cel:"):
                return self._cel(draft.removeprefix("cel:").strip().strip('"'), "")
            return parse(draft, self._tools)
        if (draft.if_ is None) == (draft.cel is None):
            raise Wrong("give exactly one of if and cel")
        return self._cel(draft.cel, draft.says) if draft.cel is not None else parse(str(draft.if_), self._tools)

    def _cel(self, text: str, says: str) -> Cel:
        evaluate, refers = self._known.compile_cel(text, frozenset(self._tools))
        return Cel(text, says, refers, evaluate)

    def _note(self, key: str, says: str) -> None:
        self._problems.append(Problem(self._file, key, says))


def _text(draft: ConditionText) -> str:
    return draft if isinstance(draft, str) else str(draft.if_ or draft.cel or "")


HEADING = re.compile(r"^#{2,6}[ \t]+(.+?)[ \t#]*$", re.M)


def sections_of(body: str) -> dict[str, str]:
    """A page's text by its headings in lower case; the first of two that are called the same."""
    found: dict[str, str] = {}
    parts = HEADING.split(body)
    for heading, text in zip(parts[1::2], parts[2::2], strict=False):
        found.setdefault(heading.strip().lower(), text.strip())
    return found


V = TypeVar("V")


def _first_of_each(pairs: Iterable[tuple[str, V]] | Iterator[tuple[str, V]]) -> dict[str, V]:
    found: dict[str, V] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
