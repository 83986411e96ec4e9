"""`/ops explain <anything>`: what the team's runbooks say, what is seen now, what earlier incidents came to.

Each part has its source, and what could not be read is said. Nothing comes from general knowledge but how a PromQL
expression reads, and that is marked.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.answers import ExplainAnswer
from bot.core.canonical import Json
from bot.core.case import Case, Seen, seen
from bot.core.errors import BadInput
from bot.core.events import Outcome
from bot.core.explanation import Findings, explain
from bot.core.labels import service_of
from bot.core.measures import clip
from bot.core.phrases import names_in, telling
from bot.core.ports import Looks
from bot.core.predicates.shape import rows
from bot.core.runbook import Corpus
from bot.core.subject import WORKLOADS, Promql, Subject, SubjectKind, classify
from bot.core.tool import Look, Observation
from bot.core.window import Window
from bot.services.remembering import About, Remembering

TOOL = "find_runbooks"
MOST_QUERY = 2000
MOST_NAME = 250
MOST_PLACES = 6
MOST_RULES = 2
HOUR = timedelta(hours=1)
LOGS = "search_logs"
AT_ONCE = 8
Call = tuple[str, str, Json]


@dataclass(frozen=True)
class Sources:
    """Where an explanation comes from, beside the looks: runbooks, the record, and a reader of PromQL."""

    corpus: Corpus
    remembering: Remembering
    promql: Promql
    namespaces: Sequence[str] = ()


class Explaining:
    def __init__(self, looks: Looks, sources: Sources, seconds: float) -> None:
        self._looks = looks
        self._from = sources
        self._seconds = seconds

    def answer(self, words: str, case: Case) -> ExplainAnswer:
        """``case`` gives the time and the window. Raises `BadInput` for words nothing can be made of."""
        subject = classify(words, self._from.promql)
        aside = self._take(self._names(subject), case)
        names = _named(subject, aside)
        live = self._take(self._calls(subject), case)
        live += self._take([call for name in names for call in self._of_service(name)], case)
        live += self._take(_follow_up(subject, live), case)
        alerts = _alert_names(subject, live)
        pages = self._search(subject, live, case)
        known = self._from.remembering.past(_about(subject, alerts, pages, names))
        findings = Findings(tuple(live), tuple(aside), known.open, known.found, known.read)
        return explain(subject, case.now, pages, self._from.corpus, findings)

    def _names(self, subject: Subject) -> list[Call]:
        """What tells which words are names of services, where words may hold any."""
        if subject.kind not in (SubjectKind.SYMPTOM, SubjectKind.ERROR):
            return []
        places = list(self._from.namespaces)[:MOST_PLACES]
        return [
            ("alerts", "read_alerts", {}),
            *((f"workloads in {p}", "list_workloads", {"namespace": p}) for p in places),
        ]

    def _calls(self, subject: Subject) -> list[Call]:
        """What to look at now, by what it is about."""
        match subject.kind:
            case SubjectKind.NAME:
                named = {"alertname": subject.name}
                return [("the alert's rule", "read_alert_rules", named), ("alerts", "read_alerts", named)]
            case SubjectKind.EXPRESSION:
                rules = [("rules", "read_alert_rules", {"metric": metric}) for metric in subject.metrics[:2]]
                return [("its value now", "query_instant", {"expression": subject.words}), *rules]
            case SubjectKind.SERVICE:
                return self._of_service(subject.name, subject)
            case SubjectKind.OBJECT if subject.of_kind in WORKLOADS:
                return self._of_service(subject.name, subject)
            case SubjectKind.OBJECT:
                return self._of_object(subject.of_kind, subject)
            case SubjectKind.ERROR:
                return self._of_error(subject)
        return []

    def _of_service(self, name: str, subject: Subject | None = None) -> list[Call]:
        """Its alerts beside its workload: what is up may fail all the same."""
        about = subject or Subject(SubjectKind.SERVICE, name, name)
        return [(f"alerts of {name}", "read_alerts", {"service": name}), *self._of_object("deployment", about)]

    def _of_error(self, subject: Subject) -> list[Call]:
        """The lines that have the words which tell this error."""
        words = telling(subject.words)
        if not words:
            return []
        query = " ".join(f'"{word}"' for word in words)
        places = list(self._from.namespaces)[:MOST_PLACES] or [""]
        asked = {"service": "", "query": query}
        return [(f"the logs of {p or 'every namespace'}", LOGS, {**asked, "namespace": p}) for p in places]

    def _of_object(self, kind: str, subject: Subject) -> list[Call]:
        if kind == "node":
            return [("nodes", "list_nodes", {})]
        places = [subject.namespace] if subject.namespace else list(self._from.namespaces)[:MOST_PLACES]
        tool, noun = {"pod": ("list_pods", "pods"), "job": ("list_jobs", "jobs")}.get(
            kind, ("list_workloads", "workloads")
        )
        calls = [(f"{noun} in {p}", tool, {"namespace": p, "service": subject.name}) for p in places]
        return [*calls, *((f"{noun} in {p}", tool, {"namespace": p}) for p in places)] if kind == "pod" else calls

    def _search(self, subject: Subject, live: Sequence[Seen], case: Case) -> Seen:
        told = [str(row.get("summary")) for one in live for row in rows(one.facts, "rules")[:1] if row.get("summary")]
        query = clip(" ".join([subject.words, *told]), MOST_QUERY)
        name = subject.name if subject.kind is SubjectKind.NAME else ""
        if subject.kind is SubjectKind.SYMPTOM:  # a page may carry the very words as a name of what it is for
            name = subject.words[:MOST_NAME]
        found = self._look("runbooks", TOOL, {"query": query, "alertname": name}, case)
        if subject.kind is SubjectKind.SYMPTOM and found.readable and not rows(found.facts, "pages"):
            return self._look("runbooks", TOOL, {"query": query, "alertname": ""}, case)
        return found

    def _take(self, calls: Sequence[Call], case: Case) -> list[Seen]:
        if not calls:
            return []
        with ThreadPoolExecutor(min(AT_ONCE, len(calls)), "explain") as pool:
            return list(pool.map(lambda call: self._look(call[0], call[1], call[2], case), calls))

    def _look(self, what: str, tool: str, arguments: Json, case: Case) -> Seen:
        missing = self._looks.not_offered().get(tool)
        if missing is not None:
            return Seen(what, tool, "not_offered", arguments=arguments, digest=f"not offered: {missing}", noun=what)
        try:
            window = _last_hour(case.now) if tool == LOGS else case.window
            found = self._looks.look(tool, arguments, Look(window, self._seconds, case.now))
        except BadInput as error:
            found = Observation(Outcome.FAILED, tool, str(error))
        return seen(what, tool, "", arguments, found, what)


def _follow_up(subject: Subject, live: Sequence[Seen]) -> list[Call]:
    """Once a rule is known: what its own expression gives now. Once an alert is known to fire: its rule."""
    if subject.kind is not SubjectKind.NAME:
        firing = [
            row.get("labels") for one in live for row in rows(one.facts, "alerts") if row.get("state") == "firing"
        ]
        names = dict.fromkeys(str(one["alertname"]) for one in firing if isinstance(one, dict) and one.get("alertname"))
        return [(f"the rule {name}", "read_alert_rules", {"alertname": name}) for name in list(names)[:MOST_RULES]]
    found = [str(row["expression"]) for one in live for row in rows(one.facts, "rules")[:1] if row.get("expression")]
    return [("its value now", "query_instant", {"expression": expression}) for expression in found[:1]]


def _alert_names(subject: Subject, live: Sequence[Seen]) -> tuple[str, ...]:
    """Whose past incidents count: the alert itself, or those whose rules look at the same metric."""
    names = [subject.name] if subject.kind is SubjectKind.NAME else []
    if subject.kind is SubjectKind.EXPRESSION:
        names += [str(row.get("name")) for one in live for row in rows(one.facts, "rules")]
    return tuple(dict.fromkeys(names))


def _named(subject: Subject, aside: Sequence[Seen]) -> tuple[str, ...]:
    """The services that the words name."""
    known = {str(row.get("name")) for one in aside for row in rows(one.facts, "workloads")}
    labels = [row.get("labels") for one in aside for row in rows(one.facts, "alerts")]
    known |= {name for one in labels if isinstance(one, dict) and (name := service_of(one))}
    return tuple(names_in(subject.words, known)) if aside else ()


def _last_hour(now: datetime) -> Window:
    """For lines: the last hour, beside the hour before."""
    return Window(now - 2 * HOUR, now - HOUR, now, now)


def _about(subject: Subject, alerts: tuple[str, ...], pages: Seen, names: tuple[str, ...]) -> About:
    if subject.kind in {SubjectKind.SERVICE, SubjectKind.OBJECT} and subject.of_kind not in {"pod", "node"}:
        return About(services=(subject.name,), namespace=subject.namespace)
    if subject.kind is SubjectKind.OBJECT and subject.of_kind == "pod":
        return About(services=(subject.name,), namespace=subject.namespace)
    if subject.kind is SubjectKind.ERROR:
        return About(words=tuple(telling(subject.words)))
    if names:
        return About(services=names)
    first = next((str(row.get("id")) for row in rows(pages.facts, "pages")), "")
    return About(alerts=alerts, runbook="" if alerts else first)
