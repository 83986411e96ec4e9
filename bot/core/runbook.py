"""Runbooks as the reasoner uses them: when they fit, what to look at, which causes there are, and what speaks for each.

Values only; `runbook_reading.py` makes them out of front matter and says what is wrong with it. A page is written for
people too: its Markdown body is what the runbook index searches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.core.case import Case
from bot.core.choosing import Choice
from bot.core.condition import Condition

GENERAL = "general"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a runbook file: ``key`` is the path to it ("causes.rollout.supports[1]")."""

    file: str
    key: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.says}"


@dataclass(frozen=True)
class When:
    """``alerts`` are globs on the alert's name, ``labels`` globs that must all hold, ``words`` help the search."""

    alerts: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One look. ``arguments`` may hold `{service}` and the like; ``noun`` is how a finding calls what it shows."""

    id: str
    tool: str
    arguments: Mapping[str, str | int | bool]
    noun: str = ""


@dataclass(frozen=True)
class Weighed:
    """A condition with the share of doubt it closes (as support) or of belief it takes away (as contradiction)."""

    condition: Condition
    weight: float
    text: str


Scalar = str | int | bool
Given = Scalar | Mapping[str, Scalar | Choice]


@dataclass(frozen=True)
class Propose:
    """``arguments`` may hold slots, and mappings whose values evidence chooses; ``then`` are the steps after it."""

    tool: str
    arguments: Mapping[str, Given]
    conditions: tuple[Condition, ...] = ()
    then: tuple["Propose", ...] = ()


@dataclass(frozen=True)
class Cause:
    """One possible cause. ``page`` is the runbook that knows it, ``explains`` are causes that follow from this one."""

    id: str
    page: str
    name: str  # in a few words, for "ruled out"
    cause: str
    prior: float
    requires: tuple[Weighed, ...] = ()
    supports: tuple[Weighed, ...] = ()
    contradicts: tuple[Weighed, ...] = ()
    rules_out: tuple[Weighed, ...] = ()
    explains: tuple[str, ...] = ()
    elsewhere: bool = False  # it blames another service, and stays nameable while the errors name one
    own: bool = False  # it rests on what happened to the pods themselves, which no other service's errors explain
    propose: Propose | None = None
    next_step: str = ""
    prevention: str = ""
    could_tell_apart: str = ""


@dataclass(frozen=True)
class Runbook:
    """A page with everything it includes: checks and causes are the whole closure, its own first."""

    id: str
    title: str
    file: str
    when: When
    checks: tuple[Check, ...]
    causes: tuple[Cause, ...]
    healthy_when: tuple[Condition, ...]
    could_tell_apart: tuple[str, ...] = ()
    url: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)  # of its Markdown: heading in lower case -> text


@dataclass(frozen=True)
class Corpus:
    """Every page by id."""

    runbooks: Mapping[str, Runbook]

    def for_alert(self, case: Case) -> Runbook | None:
        """The page whose alert glob fits best: the longest glob wins, then the one with more label conditions."""
        fitting = [
            (len(glob.replace("*", "")), len(page.when.labels), page.id)
            for page in self.runbooks.values()
            for glob in page.when.alerts
            if case.alertname and fnmatchcase(case.alertname.lower(), glob.lower()) and _labels_hold(page.when, case)
        ]
        return self.runbooks[max(fitting)[2]] if fitting else None

    def named(self, ids: Sequence[str]) -> Runbook | None:
        """The first of these that is one of ours and more than the general page."""
        return next((self.runbooks[id_] for id_ in ids if id_ in self.runbooks and id_ != GENERAL), None)

    @property
    def general(self) -> Runbook | None:
        return self.runbooks.get(GENERAL)


def _labels_hold(when: When, case: Case) -> bool:
    return all(fnmatchcase(str(case.labels.get(name, "")), glob) for name, glob in when.labels.items())
