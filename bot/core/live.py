"""What reading tools saw just now, as passages of `/ops explain`: one thought each, with where it was read. Pure.

A look that could not be taken is no passage: it is a `NotReadable`, so that it is never taken for "nothing there".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.core.answers import NotReadable, Passage, Source
from bot.core.case import PARTLY_READ, Seen
from bot.core.measures import ago, clip, listed, show, times, unit_of
from bot.core.predicates.shape import rows

MOST_TEXT = 450
FILLED = re.compile(r"\{\{.*?\}\}")  # what Prometheus fills in when it fires
MOST_ROWS = 3
MOST_LABELS = 4
TITLES = {
    "read_alert_rules": "Prometheus, rules",
    "read_alerts": "Prometheus, alerts",
    "query_instant": "Prometheus",
    "list_workloads": "Kubernetes",
    "read_workload": "Kubernetes",
    "list_pods": "Kubernetes",
    "list_nodes": "Kubernetes",
    "list_jobs": "Kubernetes",
    "search_logs": "the logs",
}
MOST_PODS = 5


def passages(looks: Iterable[Seen], name: str = "") -> tuple[Passage, ...]:
    """``name`` is the object's, where only its own rows are of interest. Empty places say nothing beside a full one."""
    read = _joined([one for one in looks if one.readable])
    full = {one.tool for one in read if not one.empty}
    asked = _expressions(read)
    return tuple(
        Passage(text=clip(text, MOST_TEXT), source=_source(one))
        for one in read
        if not (one.empty and one.tool in full)
        for text in _texts(one, name, asked)
        if text
    )


def _joined(looks: Sequence[Seen]) -> list[Seen]:
    """All looks at pods as one, so that a pod of one of them is not denied by another."""
    pods = [one for one in looks if one.tool == "list_pods"]
    rest = [one for one in looks if one.tool != "list_pods"]
    every = {str(row.get("name")): row for one in pods for row in rows(one.facts, "pods")}
    return [*rest, replace(pods[0], outcome="ok", facts={"pods": list(every.values())})] if pods else rest


def unread(looks: Iterable[Seen]) -> tuple[NotReadable, ...]:
    every = list(looks)
    blind = [
        NotReadable(what=one.name, outcome=one.outcome, why=clip(one.digest, 200)) for one in every if not one.readable
    ]
    cut = [
        NotReadable(what=f"all of {one.name}", outcome=PARTLY_READ, why=clip(one.incomplete, 200))
        for one in every
        if one.readable and one.incomplete
    ]
    return tuple(blind + cut)


def _expressions(looks: Iterable[Seen]) -> dict[str, str]:
    """Each rule's expression by its name: it tells the unit of what its alerts measure."""
    found = (row for one in looks if one.tool == "read_alert_rules" for row in rows(one.facts, "rules"))
    return {str(row.get("name")): str(row.get("expression") or "") for row in found}


def _source(one: Seen) -> Source:
    return Source(id=one.tool, title=TITLES.get(one.tool, one.tool), url=one.link)


def _texts(one: Seen, name: str, asked: Mapping[str, str]) -> list[str]:
    match one.tool:
        case "read_alert_rules":
            return [_rule(row) for row in rows(one.facts, "rules")[:MOST_ROWS]] or [_no_rule(one)]
        case "read_alerts":
            return _alerts(one, asked)
        case "query_instant":
            return [_value(one)]
        case "search_logs":
            return _lines_like(one)
        case "list_pods":
            return _pods(one, name)
        case "list_nodes":
            found = [row for row in rows(one.facts, "nodes") if row.get("name") == name]
            return [_node(row) for row in found] or [f"There is no node {name}."]
    return [_lines(one.digest)]


def _rule(row: Mapping[str, Any]) -> str:
    held = row.get("for_s")
    long = f", for {held:g} s" if isinstance(held, int | float) and held else ""
    state = str(row.get("state") or "unknown")
    said = str(row.get("words") or row.get("expression"))
    summary = f" It says: “{FILLED.sub('…', str(row['summary']))}”" if row.get("summary") else ""
    return f"Rule {row.get('name')}: {state} now. It fires when {said}{long}.{summary}"


def _no_rule(one: Seen) -> str:
    if name := one.arguments.get("alertname"):
        return f"No alerting rule is called {clip(str(name), 100)}."
    if metric := one.arguments.get("metric"):
        return f"No alerting rule looks at {clip(str(metric), 100)}."
    return _first_line(one.digest)


def _lines_like(one: Seen) -> list[str]:
    """How often such lines came in the look's window, from whom, since when, and whether they are new."""
    found = rows(one.facts, "templates")
    hours = f"{ago(float(one.facts.get('window_s') or 0))}"
    if not found:
        where = f" of {one.arguments['namespace']}" if one.arguments.get("namespace") else ""
        return [f"No such line in the logs{where} in the last {hours}."]
    return [_line(row, hours) for row in found[:MOST_ROWS]]


def _line(row: Mapping[str, Any], hours: str) -> str:
    services = row.get("services")
    who = f" by {listed([str(name) for name in services])}" if isinstance(services, Mapping) and services else ""
    since = f", first at {_moment(row['first_seen'])}" if row.get("first_seen") else ""
    before = "; not seen in the hour before" if row.get("new") else ""
    before = "; more than in the hour before" if row.get("rising") and not before else before
    text = clip(str(row.get("example") or row.get("template")), 160)
    return f"“{text}”: {times(row.get('count'))} in the last {hours}{who}{since}{before}."


def _alerts(one: Seen, asked: Mapping[str, str]) -> list[str]:
    found = rows(one.facts, "alerts")
    if not found:
        return ["No alert of it is pending or firing now."]
    more = f" and {len(found) - MOST_ROWS} more" if len(found) > MOST_ROWS else ""
    return ["; ".join(_alert(row, asked) for row in found[:MOST_ROWS]) + more + "."]


def _alert(row: Mapping[str, Any], asked: Mapping[str, str]) -> str:
    labels = row.get("labels")
    names: Mapping[str, Any] = labels if isinstance(labels, Mapping) else {}
    value = row.get("value")
    unit = asked.get(str(names.get("alertname")), "")
    at = f", value {show(value, unit_of(unit, value))}" if isinstance(value, int | float) else ""
    about = names.get("service") or names.get("namespace") or ""
    who = f"{names.get('alertname', 'an alert')}{f' ({about})' if about else ''}"
    return f"{who} is {row.get('state')} since {_moment(row.get('active_at'))}{at}"


def _moment(stamp: object) -> str:
    """“21 Nov 05:25 UTC”; what is no time stays as it is."""
    try:
        at = datetime.fromisoformat(str(stamp))
    except ValueError:
        return str(stamp)
    return f"{at.astimezone(UTC):%d %b %H:%M} UTC" if at.tzinfo else str(stamp)


def _value(one: Seen) -> str:
    found = rows(one.facts, "series")
    expression = str(one.facts.get("expression") or "")
    if not found and one.facts.get("quiet") is True:
        measured = rows(one.facts, "measured")
        now = f"; what it measures is {_measured(measured, expression)}" if measured else ""
        return f"Now: quiet, its comparison holds for nothing{now}."
    if not found:
        return "Now: no samples. Nothing matches this selector at present."
    total = one.facts.get("series_total")
    more = f" and {total - MOST_ROWS} more series" if isinstance(total, int) and total > MOST_ROWS else ""
    return f"Now: {_measured(found, expression)}{more}."


def _measured(found: Sequence[Mapping[str, Any]], expression: str) -> str:
    return "; ".join(f"{_number(row, expression)}{_labels(row)}" for row in found[:MOST_ROWS])


def _number(row: Mapping[str, Any], expression: str) -> str:
    value = row.get("value")
    return show(value, unit_of(expression, value)) if isinstance(value, int | float) else str(row.get("text"))


def _labels(row: Mapping[str, Any]) -> str:
    labels = row.get("labels")
    if not isinstance(labels, Mapping) or not labels:
        return ""
    return f" ({', '.join(f'{key} {value}' for key, value in list(labels.items())[:MOST_LABELS] if key != '__name__')})"


def _pods(one: Seen, name: str) -> list[str]:
    """The pod of this name, else the pods whose names begin with it, those that are not ready first."""
    every = rows(one.facts, "pods")
    exact = [row for row in every if row.get("name") == name]
    found = exact or [row for row in every if str(row.get("name")).startswith(f"{name}-")]
    found.sort(key=lambda row: (row.get("ready") is True, str(row.get("name"))))
    more = [f"and {len(found) - MOST_PODS} more pods of {name}."] if len(found) > MOST_PODS else []
    return [*(_pod(row) for row in found[:MOST_PODS]), *more] or [f"No pod {name} was seen."]


def _pod(row: Mapping[str, Any]) -> str:
    last = row.get("last_state")
    died = ""
    if isinstance(last, Mapping) and last.get("reason"):
        died = f" Last end: {last.get('reason')}, exit code {last.get('exit_code')}, at {last.get('at')}."
    why = f" {row.get('reason')}: {row.get('message') or ''}".rstrip() if row.get("reason") else ""
    ready = "ready" if row.get("ready") else "not ready"
    return (
        f"Pod {row.get('name')}: {row.get('phase')}, {ready}, {row.get('restarts')} restarts, on {row.get('node')}, "
        f"revision {row.get('revision') or 'unknown'}.{why}{died}"
    )


def _node(row: Mapping[str, Any]) -> str:
    pressures = row.get("pressures")
    pressed = f", under {', '.join(map(str, pressures))}" if isinstance(pressures, list | tuple) and pressures else ""
    closed = ", closed to new pods" if row.get("unschedulable") else ""
    pods = f", {row.get('pods')} pods" if row.get("pods") is not None else ""
    return f"Node {row.get('name')}: {'ready' if row.get('ready') else 'not ready'}{pressed}{closed}{pods}."


def _lines(digest: str) -> str:
    return " · ".join(line.strip() for line in digest.splitlines()[:4] if line.strip())


def _first_line(digest: str) -> str:
    return digest.splitlines()[0] if digest else ""
