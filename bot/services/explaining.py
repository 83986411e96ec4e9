"""`/ops explain <anything>`: what the team's runbooks say, what is seen now, what earlier incidents came to.

Each part has its source, and what could not be read is said. Nothing comes from general knowledge but how a PromQL
expression reads, and that is marked.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.core.answers import ExplainAnswer
from bot.core.canonical import Json
from bot.core.case import Case, Seen, seen
from bot.core.errors import BadInput
from bot.core.events import Outcome
from bot.core.explanation import Findings, explain
from bot.core.measures import clip
from bot.core.ports import Looks
from bot.core.predicates.shape import rows
from bot.core.runbook import Corpus
from bot.core.subject import Promql, Subject, SubjectKind, classify
from bot.core.tool import Look, Observation
from bot.services.remembering import About, Remembering

TOOL = "find_runbooks"
MOST_QUERY = 2000
MOST_PLACES = 6
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
        live = self._take(self._calls(subject), case)
        live += self._take(_follow_up(subject, live), case)
        alerts = _alert_names(subject, live)
        pages = self._search(subject, live, case)
        history = self._from.remembering.past(_about(subject, alerts, pages))
        return explain(subject, case.now, pages, self._from.corpus, Findings(tuple(live), history.found, history.read))

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
                return [("alerts", "read_alerts", {"service": subject.name}), *self._of_object("deployment", subject)]
            case SubjectKind.OBJECT:
                return self._of_object(subject.of_kind, subject)
        return []

    def _of_object(self, kind: str, subject: Subject) -> list[Call]:
        if kind == "node":
            return [("nodes", "list_nodes", {})]
        places = [subject.namespace] if subject.namespace else list(self._from.namespaces)[:MOST_PLACES]
        tool, noun = {"pod": ("list_pods", "pods"), "job": ("list_jobs", "jobs")}.get(
            kind, ("list_workloads", "workloads")
        )
        named = {} if kind == "pod" else {"service": subject.name}
        return [(f"{noun} in {place}", tool, {"namespace": place, **named}) for place in places]

    def _search(self, subject: Subject, live: Sequence[Seen], case: Case) -> Seen:
        told = [str(row.get("summary")) for one in live for row in rows(one.facts, "rules")[:1] if row.get("summary")]
        query = clip(" ".join([subject.words, *told]), MOST_QUERY)
        arguments: Json = {"query": query, "alertname": subject.name if subject.kind is SubjectKind.NAME else ""}
        return self._look("runbooks", TOOL, arguments, case)

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
            found = self._looks.look(tool, arguments, Look(case.window, self._seconds, case.now))
        except BadInput as error:
            found = Observation(Outcome.FAILED, tool, str(error))
        return seen(what, tool, "", arguments, found, what)


def _follow_up(subject: Subject, live: Sequence[Seen]) -> list[Call]:
    """Once a rule is known: what its own expression gives now."""
    if subject.kind is not SubjectKind.NAME:
        return []
    found = [str(row["expression"]) for one in live for row in rows(one.facts, "rules")[:1] if row.get("expression")]
    return [("its value now", "query_instant", {"expression": expression}) for expression in found[:1]]


def _alert_names(subject: Subject, live: Sequence[Seen]) -> tuple[str, ...]:
    """Whose past incidents count: the alert itself, or those whose rules look at the same metric."""
    names = [subject.name] if subject.kind is SubjectKind.NAME else []
    if subject.kind is SubjectKind.EXPRESSION:
        names += [str(row.get("name")) for one in live for row in rows(one.facts, "rules")]
    return tuple(dict.fromkeys(names))


def _about(subject: Subject, alerts: tuple[str, ...], pages: Seen) -> About:
    if subject.kind in {SubjectKind.SERVICE, SubjectKind.OBJECT} and subject.of_kind in {"", "deployment", "job"}:
        return About(service=subject.name, namespace=subject.namespace)
    first = next((str(row.get("id")) for row in rows(pages.facts, "pages")), "")
    return About(alerts=alerts, runbook="" if alerts else first)
