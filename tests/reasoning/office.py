"""A diagnosis over a real ledger with canned looks: the worker's own classes, a world that says what a test wants."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.claude import Claude, ClaudeSettings
from bot.adapters.looks import discover
from bot.adapters.prompt_files import load_prompts
from bot.adapters.runbook_files import change_specs
from bot.core.case import Seen
from bot.core.conversation import Limits
from bot.core.events import AlertReceived, IncidentOpened, Outcome, Severity
from bot.core.planning import Offer
from bot.core.tool import Look, Observation, Spec, for_model
from bot.services.claude_reasoner import ClaudeReasoner, Reading
from bot.services.diagnosis import Diagnosing, Diagnosis
from bot.services.gathering import Gathering
from bot.services.guided import Guided
from bot.services.placing import Placing
from tests.reasoning import builders as b
from tests.reasoning.stage import Bell, Store

CHANGES = {spec.name: spec for spec in change_specs()}
SPECS = {tool.spec.name: tool.spec for tool in discover()}
INCIDENT = "inc-20261120-0a1b2c3d"
URL = "http://prometheus:9090/graph?g0.expr="


@dataclass
class CannedLooks:
    """`ports.Looks` that answers from builders, by tool and expression, and counts."""

    looks: Mapping[str, Seen] = field(default_factory=b.outage)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def specs(self) -> tuple[Spec, ...]:
        return tuple(spec for name, spec in SPECS.items() if name not in self.missing)

    def not_offered(self) -> Mapping[str, str]:
        return self.missing

    def look(self, tool: str, arguments: Mapping[str, Any], look: Look) -> Observation:
        self.asked.append((tool, dict(arguments)))
        one = self._answer(tool, arguments)
        if one is None:
            return Observation(Outcome.NO_DATA, f"{tool}({dict(arguments)})", "nothing")
        return Observation(Outcome(one.outcome), f"{tool}({dict(arguments)})", one.digest, one.facts)

    def _answer(self, tool: str, arguments: Mapping[str, Any]) -> Seen | None:
        fitting = [one for one in self.looks.values() if one.tool == tool]
        if tool == "query_instant":
            return next((one for one in fitting if one.arguments == dict(arguments)), None)
        if tool == "list_workloads":
            name = "workload" if arguments.get("service") else "neighbours"
            return self.looks.get(name)
        return fitting[0] if fitting else None


def opened(at: Store, rule: str = b.RULE, summary: str = "21 % of till requests fail") -> str:
    """An incident with its alert, as intake writes it."""
    from_alert = {
        "labels": {"alertname": "TillFailing", "service": "till", "namespace": "shop", "severity": "critical"},
        "annotations": {"summary": summary},
        "startsAt": b.at(8),
        "generatorURL": f"{URL}{_quoted(rule)}&g0.tab=1" if rule else "",
    }
    facts = [
        IncidentOpened(
            severity=Severity.SEV2,
            service="till",
            namespace="shop",
            key="0" * 32,
            title=at.payloads.put(INCIDENT, summary),
            why="first_alert",
            place="incident",
        ),
        AlertReceived(
            fingerprint="f1",
            alertname="TillFailing",
            severity=Severity.SEV2,
            starts_at=b.at(8),
            service="till",
            namespace="shop",
            group="0" * 32,
            alert=at.payloads.put(INCIDENT, from_alert),
            source="alertmanager",
        ),
    ]
    at.ledgers.record(INCIDENT, facts, "process:serve")
    return INCIDENT


def _quoted(text: str) -> str:
    return "".join(sign if sign.isalnum() else f"%{ord(sign):02X}" for sign in text)


def diagnosis(
    at: Store,
    looks: CannedLooks,
    url: str | None = None,
    limits: Limits | None = None,
    namespaces: tuple[str, ...] = (),
    named: str = "claude-sonnet-5-5",
    beside: tuple[Path, ...] = (),
    **how: Any,
) -> Diagnosis:
    """``url`` is a Messages API: then Claude is asked second, a model of the name ``named``. ``beside``: runbooks."""
    offer = Offer({spec.name: spec for spec in looks.specs()}, looks.not_offered())
    gathering = Gathering(at.ledgers, at.payloads, looks, 5.0)
    guided = Guided(gathering, b.corpus(*beside), offer, CHANGES, Placing(at.ledgers, gathering, offer, namespaces))
    if url is not None:
        reading = Reading(offer, for_model(CHANGES), load_prompts(), time.monotonic, limits or Limits(seconds=20.0))
        model = Claude(ClaudeSettings("key", named, url, 10.0))
        how["second"] = ClaudeReasoner(at.ledgers, at.payloads, gathering, model, reading)
    return Diagnosis(at.ledgers, at.payloads, Bell(), guided, Diagnosing(**how))
