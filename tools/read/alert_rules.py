"""The alerting rules Prometheus evaluates, by name or by a metric they look at: expression, state, and since when."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.promql_words import in_words
from tools.read.shapes.wording import bounded_labels, clip, plural
from tools.read.sources.prometheus import Prometheus, PrometheusSettings

_MOST_RULES = 20


class ReadAlertRules(Arguments):
    alertname: str = Field(default="", max_length=250, description="Only rules of this name, in any case")
    metric: str = Field(default="", max_length=250, description="Only rules whose expression selects this metric")


def read_alert_rules(asked: ReadAlertRules, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: rules [{name, expression, words, metrics, for_s, state (inactive, pending, firing), health, labels,
    summary, description, runbook_url}], total, read (how many rules there are at all)."""
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.alert_rules()
    base = str(settings.external_url or settings.url).rstrip("/")
    return summarise_rules(asked, found, f"{base}/alerts?search={quote(asked.alertname)}", look)


def summarise_rules(asked: ReadAlertRules, found: Sequence[Mapping[str, Any]], link: str, look: Look) -> Observation:
    every = [_rule_facts(one) for one in found]
    chosen = [one for one in every if _wanted(asked, one)]
    wanted = ", ".join(f"{name} {value}" for name, value in asked.model_dump().items() if value)
    query = f"/api/v1/rules ({wanted or 'all'}) at {stamp(look.now)}"
    facts = {"rules": chosen[:_MOST_RULES], "total": len(chosen), "read": len(every)}
    if not chosen:
        none = f"No alerting rule of {wanted} among {plural(len(every), 'rule')}."
        return nothing(query, f"an alerting rule of {wanted}", none, facts, link=link)
    lines = [plural(len(chosen), "alerting rule")]
    lines += [
        f"{one['name']} ({one['state']}): {one['expression']} for {one['for_s']:g} s" for one in chosen[:_MOST_RULES]
    ]
    more = len(chosen) > _MOST_RULES
    gaps = [Gap(f"the first {_MOST_RULES} of {len(chosen)} rules are kept")] if more else []
    return observed(query, lines, facts, gaps, link)


def _wanted(asked: ReadAlertRules, rule: Mapping[str, Any]) -> bool:
    if asked.alertname and str(rule["name"]).lower() != asked.alertname.lower():
        return False
    return not asked.metric or asked.metric in rule["metrics"]


def _rule_facts(one: Mapping[str, Any]) -> dict[str, Any]:
    noted = one.get("annotations")
    notes = noted if isinstance(noted, Mapping) else {}
    expression = clip(one.get("query", ""), 2000)
    read = in_words(expression)
    return {
        "name": clip(one.get("name", ""), 250),
        "expression": expression,
        "words": clip(read.words, 1000) if read else "",
        "metrics": list(read.metrics) if read else [],
        "for_s": _seconds(one.get("duration")),
        "state": clip(one.get("state", ""), 20),
        "health": clip(one.get("health", ""), 20),
        "labels": bounded_labels(one.get("labels") or {}),
        "summary": clip(notes.get("summary", ""), 300),
        "description": clip(notes.get("description", ""), 600),
        "runbook_url": clip(notes.get("runbook_url", ""), 500),
    }


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


TOOLS = (
    ReadingTool(
        Spec(
            "read_alert_rules",
            Effect.READ,
            ReadAlertRules,
            "Read the alerting rules themselves: expression, how long it must hold, and whether it fires now.",
        ),
        PrometheusSettings,
        read_alert_rules,
    ),
)
