"""What two looks say about a change that was made: helped, did not, or cannot be told. Pure.

Only an observation with outcome OK says anything. Every condition of *passed* is stated positively, so that a fact
that is missing can never look like one that holds. What a change is about (a workload, a Job) is in `subjects.py`.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from bot.core.canonical import Json
from bot.core.events import Outcome
from bot.core.measures import Unit, show, unit_of
from bot.core.newly_critical import Others
from bot.core.predicates.shape import number_of, rows
from bot.core.subjects import SUBJECTS, State, Subject
from bot.core.tool import Observation

NO_OTHERS = Others()
BELOW = re.compile(r"<=?(?:\s*bool)?\s*[\d.e+-]+\s*$")
Mark = Literal["present", "absent", "unknown"]


@dataclass(frozen=True)
class Judgement:
    """``why`` holds what is not as it should be, or could not be read; empty when passed.

    ``final``: waiting would not make it any better.
    """

    verdict: Literal["passed", "failed", "inconclusive"]
    says: str
    alert: Literal["quiet", "firing"] | None
    workload: State | None
    why: tuple[str, ...]
    final: bool = False
    value: str = ""
    fine: str = ""
    unlooked: str = ""


@dataclass(frozen=True)
class About:
    """What a plan's change is about: the subject, and what the plan expects of it."""

    subject: Subject
    expected: Json

    @property
    def settle(self) -> timedelta:
        """How long it may take to come to what is expected, where the plan says so."""
        seconds = self.expected.get("within_seconds")
        return timedelta(seconds=seconds if isinstance(seconds, int) else 0)

    def look(self, execution: str) -> Json | None:
        """The reading tool's arguments, or None where the plan does not say enough."""
        return self.subject.where(self.expected, execution)


def about(expects: Json) -> About | None:
    """What the plan says its change is about; None where it names nothing known here."""
    for subject in SUBJECTS:
        if isinstance(expected := expects.get(subject.key), dict):
            return About(subject, expected)
    return None


def judge(expects: Json, alert: Observation | None, seen: Observation, others: Others = NO_OTHERS) -> Judgement:
    """Passed: all read, quiet, as wanted, nothing critical is new. Failed: what was read is not. Else inconclusive.

    ``alert`` is None where there never was one (a person asked for the change), or where the plan says that the change
    does not mend it (a silence): its subject alone is judged.
    """
    own = _judge(expects, alert, seen)
    if others.new:
        new = f"a critical alert began after it: {', '.join(others.new)}"
        if own.verdict == "failed":
            return replace(own, why=(*own.why, new))
        return replace(own, verdict="failed", says=f"It did not help so far: {new}", why=(new, *own.why), fine="")
    if others.unread:
        new = f"new critical alerts could not be read ({others.unread})"
        if own.verdict == "passed":
            says = f"{own.says}, but {new}"
            return replace(own, verdict="inconclusive", says=says, why=(new,), value="", fine="")
        return replace(own, why=(*own.why, new))
    return replace(own, unlooked=others.unlooked)


def _judge(expects: Json, alert: Observation | None, seen: Observation) -> Judgement:
    what = about(expects)
    if alert is None:
        return _without_alert(
            what, seen, "there was no alert to check" if mends_alert(expects) else "it mends no alert"
        )
    firing, alert_why = _alert(alert)
    state, own_why, final = _subject(what, seen)
    why = (*own_why, *alert_why) if final else (*alert_why, *own_why)
    if firing == "firing" or state == "not_as_wanted":
        return Judgement("failed", f"It did not help so far: {why[0]}", firing, state, why, final)
    if what is None or firing is None or state is None:
        return Judgement("inconclusive", f"It cannot be told whether it helped: {why[0]}", firing, state, why)
    says = what.subject.fine(seen.facts[what.subject.key])
    return Judgement(
        "passed", f"The alert is quiet and {says}", firing, state, (), value=_value(expects, alert), fine=says
    )


def mends_alert(expects: Json) -> bool:
    """Whether the alert should be quiet after it. Only a plan that says so is about something else."""
    return expects.get("mends_alert") is not False


def _without_alert(what: About | None, seen: Observation, aside: str) -> Judgement:
    state, why, final = _subject(what, seen)
    if what is not None and state == "as_wanted":
        fine = what.subject.fine(seen.facts[what.subject.key])
        return Judgement("passed", f"{fine} ({aside})", None, state, (), fine=fine)
    if state == "not_as_wanted":
        return Judgement("failed", f"It is not as it should be so far: {why[0]}", None, state, why, final)
    return Judgement("inconclusive", f"It cannot be told how it went: {why[0]}", None, None, why)


def _alert(seen: Observation) -> tuple[Literal["quiet", "firing"] | None, tuple[str, ...]]:
    series = seen.facts.get("series")
    if seen.outcome is Outcome.NO_DATA and seen.facts.get("rule") == "inactive":
        return "quiet", ()  # what it is about exists only while it is wrong; who evaluates the rule says that it is not
    if seen.outcome is not Outcome.OK or not isinstance(series, list):
        return None, (f"the alert's expression could not be read ({_told(seen)})",)
    total = seen.facts.get("series_total", len(series))
    if series or total:
        return "firing", (f"the alert's expression still holds for {total} series",)
    return "quiet", ()


def _value(expects: Json, seen: Observation) -> str:
    """What the quiet rule measures, the worst of several, where its own words tell the unit."""
    rule = str(expects.get("expression") or "")
    values = [number for row in rows(seen.facts, "measured") if (number := number_of(row.get("value"))) is not None]
    unit = unit_of(rule, max(values, default=None))
    if not values or unit is Unit.PLAIN:
        return ""
    return show(min(values) if BELOW.search(rule) else max(values), unit)


def _subject(what: About | None, seen: Observation) -> tuple[State | None, tuple[str, ...], bool]:
    if what is None:
        return None, (f"what was changed could not be read ({_told(seen)})",), False
    subject = what.subject
    found: Any = seen.facts.get(subject.key)
    if seen.outcome is Outcome.NO_DATA and subject.key in seen.facts:
        return subject.gone, (f"the {subject.noun} is not there any more",), False
    if seen.outcome is not Outcome.OK or not isinstance(found, dict):
        return None, (f"the {subject.noun} could not be read ({_told(seen)})",), False
    try:
        why = tuple(subject.unwanted(what.expected, found))
    except (KeyError, TypeError, ValueError):
        return None, (f"the {subject.noun} was read without saying {subject.lacking}",), False
    return ("not_as_wanted" if why else "as_wanted"), why, bool(why) and subject.hopeless(found)


def _told(seen: Observation) -> str:
    return f"{seen.outcome.replace('_', ' ')}: {seen.digest[:300]}"


def mark_of(expects: Json, seen: Observation, execution: str) -> tuple[Mark, str]:
    """Whether the execution's mark is there, and a sentence about it."""
    what = about(expects)
    if what is not None and what.subject.made_by_it and _is_gone(what.subject, seen):
        return "absent", f"There is no {what.subject.noun} of this execution: it has not taken effect so far"
    found = seen.facts.get(what.subject.key) if what is not None else None
    if what is None or seen.outcome is not Outcome.OK or not isinstance(found, dict):
        return "unknown", f"The object could not be read ({_told(seen)})"
    where = f" in {found['namespace']}" if found.get("namespace") else ""
    name = f"{found.get('kind', 'Deployment')} {found.get('name', '')}{where}"
    state = what.subject.standing(found)
    if "execution" not in found:
        return "unknown", f"{name} is at {state}; whether this execution changed it cannot be seen"
    if found["execution"] == execution:
        return "present", f"{name} carries this execution's mark: it took effect. It is at {state}"
    return "absent", f"{name} does not carry this execution's mark: it has not taken effect. It is at {state}"


def _is_gone(subject: Subject, seen: Observation) -> bool:
    return seen.outcome is Outcome.NO_DATA and subject.key in seen.facts and seen.facts[subject.key] is None
