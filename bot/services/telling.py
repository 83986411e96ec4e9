"""From an incident's ledger and payloads to the `Story` that views draw. An erased payload is said to be erased.

What reasoners and tools stored is opened leniently: a card must be drawn whatever an older or newer version wrote.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.core.by_hand import ByHand
from bot.core.case import seen_of
from bot.core.case_reading import leading_alert
from bot.core.chart import ChartKept
from bot.core.errors import NotFound
from bot.core.events import ActionWentStale, Ref
from bot.core.expressions import alert_expression
from bot.core.findings import FindingContent
from bot.core.incident import Alert, Evidence, Incident
from bot.core.ledger import Event
from bot.core.outcomes import Checked, Weighed
from bot.core.ports import Payloads
from bot.core.predicates.shape import rows
from bot.core.showing import Uploaded, shown_chart
from bot.core.sources import Sources
from bot.core.tool import Plan
from bot.core.troubled import Troubled, troubled
from bot.views.house import House
from bot.views.story import GONE, AlertTold, EvidenceTold, Picture, Story

M = TypeVar("M", bound=BaseModel)
SPOKEN = ("says", "digest", "detail", "text", "why", "cut")


class Telling:
    """Reads payloads of one incident, each once."""

    def __init__(self, payloads: Payloads, ledger: str) -> None:
        self._payloads = payloads
        self._ledger = ledger
        self._read: dict[str, Any] = {}

    def story(
        self,
        incident: Incident,
        events: Iterable[Event],
        house: House,
        links: Mapping[str, str],
        names: Mapping[str, str],
    ) -> Story:
        finding = incident.finding
        plans = {a.id: self._valid(Plan, a.plan) for a in incident.approvals.values()}
        weighed = {a.id: self._valid(Weighed, a.weighed) for a in incident.approvals.values() if a.weighed}
        return Story(
            incident=incident,
            house=house,
            title=self.words(incident.title) if incident.title else self._first_summary(incident),
            alerts=tuple(AlertTold(alert) for alert in incident.alerts.values()),
            evidence={name: self._evidence(evidence, house.sources) for name, evidence in incident.evidence().items()},
            finding=self._valid(FindingContent, finding.content) if finding else None,
            plans={approval: plan for approval, plan in plans.items() if plan is not None},
            weighed={approval: told for approval, told in weighed.items() if told is not None},
            words={ref.ref: self.words(ref) for ref in _spoken(incident)},
            links=links,
            names=names,
            why_stale=self._why_stale(events),
            revisions=self._revisions(incident),
            checks={ref.ref: made for ref in _checks(incident) if (made := self._valid(Checked, ref)) is not None},
            picture=self._picture(incident),
            trouble=self._trouble(incident) if finding else Troubled(),
            by_hand={
                intent.id: told
                for intent in incident.intents.values()
                if intent.by_hand is not None and (told := self._valid(ByHand, intent.by_hand)) is not None
            },
        )

    def chart(self, ref: Ref | None) -> ChartKept | None:
        """A stored chart; None when it was erased or is none."""
        return self._valid(ChartKept, ref) if ref is not None else None

    def _picture(self, incident: Incident) -> Picture | None:
        shown = shown_chart(incident)
        return self.picture(shown) if shown else None

    def picture(self, uploaded: Uploaded) -> Picture | None:
        """An uploaded chart with its words; None when these were erased."""
        kept = self.chart(uploaded.chart)
        return Picture(uploaded.file, kept.alt) if kept else None

    def get(self, ref: Ref) -> Any:
        """The payload; `GONE` when it was erased."""
        if ref.ref not in self._read:
            try:
                self._read[ref.ref] = self._payloads.get(self._ledger, ref)
            except NotFound:
                self._read[ref.ref] = GONE
        return self._read[ref.ref]

    def words(self, ref: Ref) -> str:
        """A payload as text for a person."""
        return in_words(self.get(ref))

    def _valid(self, model: type[M], ref: Ref) -> M | None:
        try:
            return model.model_validate(self.get(ref))
        except ValidationError:
            return None

    def _summary(self, alert: Alert) -> str:
        content = self.get(alert.content)
        if not isinstance(content, Mapping):
            return ""
        annotations = content.get("annotations")
        noted = annotations if isinstance(annotations, Mapping) else {}
        return str(noted.get("summary") or noted.get("description") or content.get("title") or "")

    def _first_summary(self, incident: Incident) -> str:
        return next((words for alert in incident.alerts.values() if (words := self._summary(alert))), "")

    def _evidence(self, evidence: Evidence, sources: Sources) -> EvidenceTold:
        seen = self.get(evidence.observation)
        if not isinstance(seen, Mapping):
            return EvidenceTold(evidence, asked=str(seen), digest=str(seen))
        told = seen.get("observation", seen)
        told = told if isinstance(told, Mapping) else seen
        arguments = seen.get("arguments")
        raw = sources.opened(str(told.get("link") or ""), arguments if isinstance(arguments, Mapping) else {})
        return EvidenceTold(evidence, str(told.get("asked", "")), str(told.get("digest", "")), raw)

    def _trouble(self, incident: Incident) -> Troubled:
        """From the record alone: what the curve of the alert's rule came to."""
        alert, began = leading_alert(incident), incident.began_at
        content = self.get(alert.content) if alert else None
        expression = alert_expression(content) if isinstance(content, Mapping) else ""
        if not expression or began is None:
            return Troubled()
        looks = [e for e in incident.evidence().values() if e.tool == "query_metrics"]
        return troubled(expression, began, [seen_of(self.get(e.observation), e.id, e.tool) for e in looks])

    def _revisions(self, incident: Incident) -> dict[str, str]:
        looks = [e for e in incident.evidence().values() if e.tool == "rollout_history"]
        seen = [seen_of(self.get(e.observation), e.id, e.tool) for e in looks]
        rollouts = [row for one in seen for row in rows(one.facts, "rollouts") if row.get("revision") is not None]
        return {str(row["template_hash"]): str(row["revision"]) for row in rollouts if row.get("template_hash")}

    def _why_stale(self, events: Iterable[Event]) -> dict[str, str]:
        stale = [event.fact for event in events if isinstance(event.fact, ActionWentStale)]
        return {fact.approval: self.words(fact.detail) for fact in stale if fact.detail is not None}


def in_words(value: Any) -> str:
    """What a stored value says: its own words where it has some, else its JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        said = [str(value[key]) for key in SPOKEN if isinstance(value.get(key), str) and value[key]]
        if said:
            return said[0]
    return json.dumps(value, ensure_ascii=False, default=str)[:2000]


def _checks(incident: Incident) -> list[Ref]:
    return [check.seen for execution in incident.executions.values() for check in execution.checks]


def _spoken(incident: Incident) -> list[Ref]:
    """Every payload that is shown as a sentence."""
    refs: list[Ref | None] = [intent.detail for intent in incident.intents.values()]
    for execution in incident.executions.values():
        refs += [execution.result, execution.detail, execution.observed, *(c.seen for c in execution.checks)]
    refs += [ref for approval in incident.approvals.values() for ref in (approval.reason, approval.seen)]
    return [ref for ref in refs if ref is not None]
