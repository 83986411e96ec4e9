"""Prometheus: the value of an expression now, and whether a rule that gives nothing is quiet or blind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pydantic import Field

from bot.core.errors import MidwatchError
from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.promql import Rule, compares, same, sources_of, take_apart
from tools.read.shapes.saying import Saying
from tools.read.shapes.wording import bounded_labels, clip, number, of_labels
from tools.read.sources.prometheus import Prometheus, PrometheusSettings, cut_at_limit, graph_page

_MOST_VALUES = 200
_MOST_SHOWN = 50
_MOST_SOURCES = 8


class QueryInstant(Arguments):
    expression: str = Field(min_length=1, max_length=4000, description="PromQL, evaluated now exactly as written")


def query_instant(asked: QueryInstant, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: expression, series [{labels, value}], series_total, quiet (null: cannot say), measured, rule (what
    Prometheus says of an alerting rule with this expression, asked only where it cannot be told), warnings."""
    rule = take_apart(asked.expression)
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.instant(asked.expression, look.now)
        # No series can mean quiet, or that what the rule measures is gone: only a probe can tell the two apart.
        below = prometheus.instant(rule.probe, look.now) if rule.probe and not found else []
        blind = not found and not below
        probe = _probe_of_sources(asked.expression) if blind else ""
        sees = bool(probe and prometheus.instant(probe, look.now))
        state = _state_of(asked.expression, prometheus) if blind and not sees else None
        link = graph_page(settings, asked.expression, look)
        read = Instant(tuple(found), tuple(below), sees, state, tuple(prometheus.warnings))
    return summarise_instant(asked.expression, rule, read, look, link)


@dataclass(frozen=True)
class Instant:
    """What was read of one expression. ``below`` is the rule's probe where the rule as written gave nothing; ``sees``
    that what it reads is there although it gives nothing; ``state`` what Prometheus's own rule of it is in."""

    found: Sequence[Mapping[str, Any]]
    below: Sequence[Mapping[str, Any]] = ()
    sees: bool = False
    state: str | None = None
    warnings: Sequence[str] = ()


def _probe_of_sources(expression: str) -> str:
    """Only of a rule is silence an answer: an expression that compares nothing has no data where it gives none."""
    if not compares(expression):
        return ""
    return " or ".join(f"count({one})" for one in sources_of(expression)[:_MOST_SOURCES])


def _state_of(expression: str, prometheus: Prometheus) -> str | None:
    """“inactive” where Prometheus evaluates such a rule without trouble and it is; None where nobody says."""
    try:
        rules = [one for one in prometheus.alert_rules() if same(str(one.get("query", "")), expression)]
    except MidwatchError:
        return None  # a kind of Prometheus without this address: then it stays untold
    well = all(one.get("health") == "ok" for one in rules)
    states = {str(one.get("state")) for one in rules}
    return states.pop() if rules and well and len(states) == 1 else None


def summarise_instant(expression: str, rule: Rule, read: Instant, look: Look, link: str = "") -> Observation:
    query = f"query {expression} at {stamp(look.now)}"
    series = [_value_facts(one) for one in read.found]
    measured = [_value_facts(one) for one in read.below][:_MOST_VALUES]
    told = rule.probe and (series or measured)
    facts = {
        "expression": expression,
        "series": series[:_MOST_VALUES],
        "series_total": len(series),
        "quiet": not series if told else True if read.sees else None,
        "measured": measured,
        "rule": read.state,
        "warnings": list(read.warnings),
    }
    if read.sees:
        says = f"The rule is quiet at {stamp(look.now)}: what it reads is there, and none of it meets the rule."
        return observed(query, [says], facts, link=link)
    if not series and not measured:
        none = f"No samples: nothing matches {clip(rule.measured, 300)}."
        state = f" Prometheus's own rule of it is {read.state}." if read.state else ""
        return nothing(query, f"a sample of {clip(rule.measured, 300)}", none + state, facts, link=link)
    lines = [f"{len(series)} series at {stamp(look.now)}"]
    if not series:
        lines[0] += ": the rule is quiet; what it measures is"
    elif rule.threshold:
        lines[0] += f": the rule ({Saying.of(rule, _finite(series)).rule()}) holds for"
    shown = series[:_MOST_VALUES] or measured
    said = Saying.of(rule, _finite(shown))
    lines += [f"{of_labels(one['labels'])}{_said_value(one, said)}" for one in shown[:_MOST_SHOWN]]
    if len(shown) > _MOST_SHOWN:
        lines.append(f"({len(shown) - _MOST_SHOWN} more series are not shown)")
    lines += [f"Prometheus warns: {text}" for text in read.warnings]
    return observed(query, lines, facts, (*cut_at_limit(read.found), *_not_kept(series or read.below)), link)


def _not_kept(found: Sequence[object]) -> tuple[Gap, ...]:
    more = len(found) > _MOST_VALUES
    return (Gap(f"the first {_MOST_VALUES} of {len(found)} series are kept"),) if more else ()


def _finite(shown: Iterable[Mapping[str, Any]]) -> list[float]:
    return [one["value"] for one in shown if one["value"] is not None]


def _said_value(one: Mapping[str, Any], said: Saying) -> str:
    return str(one["text"]) if one["value"] is None else said.value(one["value"])


def _value_facts(one: Mapping[str, Any]) -> dict[str, Any]:
    """``value`` is null where it is no finite number, and ``text`` says what it is instead."""
    labels = bounded_labels(one.get("metric") or {})
    if "value" not in one:
        return {"labels": labels, "value": None, "text": "a native histogram, which has no single value"}
    value = float(one["value"][1])
    if not isfinite(value):
        return {"labels": labels, "value": None, "text": str(value)}
    return {"labels": labels, "value": value, "text": number(value)}


TOOLS = (
    ReadingTool(
        Spec("query_instant", Effect.READ, QueryInstant, "Evaluate a PromQL expression now, exactly as written."),
        PrometheusSettings,
        query_instant,
    ),
)
