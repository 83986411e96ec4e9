"""Evaluates the scenario's alert rules as Prometheus does: inactive, pending for a while, firing, resolved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from bot.playground.world.alerting.wording import fill, go_exponent
from bot.playground.world.scenario import Alert
from bot.playground.world.tempo import Tempo

Labels = Mapping[str, str]
Evaluate = Callable[[str, float], Sequence[tuple[Labels, float]]]
"""An expression and a moment to the vector it is then; raises where the expression cannot be evaluated."""


@dataclass
class Active:
    """One alert of a rule while it is pending, firing, or just resolved."""

    labels: Labels
    annotations: Labels
    value: float
    active_at: float
    fired_at: float | None = None
    resolved_at: float | None = None

    @property
    def state(self) -> str:
        return "pending" if self.fired_at is None else "firing"


@dataclass
class Rule:
    """One rule and its alerts by their labels."""

    written: Alert
    tempo: Tempo
    active: dict[tuple[tuple[str, str], ...], Active] = field(default_factory=dict)
    evaluated_at: float = 0.0
    error: str = ""
    ever_fired: bool = False

    def evaluate(self, evaluate: Evaluate, now: float) -> list[Active]:
        """Look at the expression now; return the alerts that resolved by it."""
        self.evaluated_at = now
        seen = set()
        for labels, value in evaluate(self.written.expr, now):
            own = self._labels(labels, value)
            key = tuple(sorted(own.items()))
            seen.add(key)
            self._see(key, own, labels, value, now)
        resolved = []
        for key in [key for key in self.active if key not in seen]:
            gone = self.active.pop(key)
            if gone.fired_at is not None:
                gone.resolved_at = now
                resolved.append(gone)
        return resolved

    def _see(self, key: tuple[tuple[str, str], ...], own: Labels, labels: Labels, value: float, now: float) -> None:
        said = {name: fill(text, labels, value) for name, text in self.written.annotations.items()}
        found = self.active.get(key)
        if found is None:
            found = self.active[key] = Active(own, said, value, now)
        found.annotations, found.value = said, value
        if found.fired_at is None and self.tempo.elapsed(found.active_at, now) >= self.written.hold:
            found.fired_at = now
            self.ever_fired = True

    def _labels(self, labels: Labels, value: float) -> dict[str, str]:
        own = {name: text for name, text in labels.items() if name != "__name__"}
        own |= {name: fill(text, labels, value) for name, text in self.written.labels.items()}
        own["alertname"] = self.written.alert
        return {name: own[name] for name in sorted(own) if own[name]}

    @property
    def state(self) -> str:
        states = {alert.state for alert in self.active.values()}
        return "firing" if "firing" in states else "pending" if states else "inactive"


class Rules:
    """All rules of a scenario."""

    def __init__(self, alerts: Sequence[Alert], evaluate: Evaluate, file: str, tempo: Tempo | None = None) -> None:
        tempo = tempo or Tempo()
        self.rules = [Rule(alert, tempo) for alert in alerts]
        self._evaluate, self._file = evaluate, file

    def evaluate(self, now: float) -> tuple[list[tuple[Alert, Active]], list[tuple[Alert, Active]]]:
        """Return what fires and what resolved at this moment. A rule that cannot be evaluated keeps its state."""
        resolved: list[tuple[Alert, Active]] = []
        for rule in self.rules:
            try:
                resolved += [(rule.written, one) for one in rule.evaluate(self._evaluate, now)]
                rule.error = ""
            except (ValueError, ArithmeticError, LookupError) as error:
                rule.error = str(error)
        firing = [
            (rule.written, one) for rule in self.rules for one in rule.active.values() if one.fired_at is not None
        ]
        return firing, resolved

    def named(self, alert: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.written.alert == alert]

    def groups(self) -> list[dict[str, Any]]:
        """Return the rule groups of `/api/v1/rules`."""
        rules = [_rule_body(rule) for rule in self.rules]
        last = max((rule.evaluated_at for rule in self.rules), default=0.0)
        timing = {"interval": 1, "limit": 0, "evaluationTime": 0.001, "lastEvaluation": stamp(last)}
        return [{"name": "world", "file": self._file, "rules": rules, **timing}] if rules else []

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts of `/api/v1/alerts`."""
        return [_alert_body(alert) for rule in self.rules for alert in rule.active.values()]


def _rule_body(rule: Rule) -> dict[str, Any]:
    return {
        "state": rule.state,
        "name": rule.written.alert,
        "query": rule.written.expr,
        "duration": rule.written.hold,
        "keepFiringFor": 0,
        "labels": dict(rule.written.labels),
        "annotations": dict(rule.written.annotations),
        "alerts": [_alert_body(alert) for alert in rule.active.values()],
        "health": "err" if rule.error else "ok" if rule.evaluated_at else "unknown",
        **({"lastError": rule.error} if rule.error else {}),
        "evaluationTime": 0.001,
        "lastEvaluation": stamp(rule.evaluated_at),
        "type": "alerting",
    }


def _alert_body(alert: Active) -> dict[str, Any]:
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": alert.state,
        "activeAt": stamp(alert.active_at),
        "value": go_exponent(alert.value),
    }


def stamp(at: float) -> str:
    """Return a moment as Go writes it: RFC 3339, milliseconds, no zeros at the end."""
    millis = round(at * 1000)
    fraction = f".{millis % 1000:03d}".rstrip("0").rstrip(".")
    return f"{datetime.fromtimestamp(millis // 1000, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def generator_url(base: str, expr: str) -> str:
    """Return the link Prometheus puts into an alert: the graph of its expression."""
    return f"{base}/graph?g0.expr={quote_plus(expr)}&g0.tab=1"
