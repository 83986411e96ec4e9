"""Valid looks of one invented outage; a test changes only what it is about. Times count from 02:00 UTC."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.adapters.runbook_files import change_specs, load
from bot.core.case import Case, Seen
from bot.core.guided_finding import finding_of, proposal_of
from bot.core.ledger import stamp
from bot.core.predicates.shape import Context
from bot.core.ranking import Bar, conclude
from bot.core.runbook import Corpus
from bot.core.slots import narrowed
from bot.core.window import window_of
from bot.services.guided import Guess

RUNBOOKS = Path(__file__).resolve().parents[2] / "runbooks"
TWO = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
RULE = 'sum(rate(calls_total{service="till",code=~"5.."}[2m])) / sum(rate(calls_total{service="till"}[2m])) > 0.05'
CHECKS: tuple[str, ...] = (
    "alert",
    "now",
    "recent",
    "rollouts",
    "workload",
    "pods",
    "events",
    "logs",
    "nodes",
    "alerts",
    "neighbours",
)
CHECKS += ("last_words", "pages", "errors_of:bank", "logs_of:bank", "jobs")
OLD, NEW = "5c9f7d", "7b8d66"
ERROR = "charge <num> failed: NoSuchColumn surcharge"


def at(minutes: float) -> str:
    return stamp(TWO + timedelta(minutes=minutes))


def case(now: float = 8.2, alert_at: float = 8.0, **changes: Any) -> Case:
    """The alert fired at 02:08; it is diagnosed a few seconds later."""
    fields: dict[str, Any] = {
        "incident": "inc-1",
        "window": window_of(TWO + timedelta(minutes=alert_at), TWO + timedelta(minutes=now)),
        "now": TWO + timedelta(minutes=now),
        "service": "till",
        "namespace": "shop",
        "alertname": "TillFailing",
        "expression": RULE,
        "summary": "21 % of till requests fail",
        "labels": {"alertname": "TillFailing", "service": "till", "severity": "critical"},
    }
    return Case(**{**fields, **changes})


def seen(check: str, tool: str, facts: Mapping[str, Any], outcome: str = "ok", **more: Any) -> Seen:
    """Evidence ids are E1, E2 … in the order of `CHECKS`; the digest is what a tool might say."""
    evidence = more.pop("evidence", f"E{CHECKS.index(check) + 1}")
    digest = more.pop("digest", json.dumps(facts, ensure_ascii=False)[:600])
    return Seen(check, tool, outcome, evidence, facts=dict(facts), noun=check, digest=digest, **more)


def unread(one: Seen, outcome: str = "denied") -> Seen:
    return Seen(one.check, one.tool, outcome, one.evidence, one.arguments, digest=f"{outcome}: 403", noun=one.noun)


def curve(check: str = "alert", **changes: Any) -> Seen:
    """Went from 0.1 % to 24 % at 02:00:30 and stays there."""
    series = {
        "labels": {},
        "points": [],
        "baseline": {"median": 0.001, "mad": 0.0004, "n": 80},
        "now": 0.21,
        "peak": 0.24,
        "peak_at": at(3),
        "began_at": at(0.5),
        "ended_at": None,
        "direction": "up",
        "breaching_now": True,
        **changes,
    }
    facts = {
        "expression": RULE.removesuffix(" > 0.05"),
        "threshold": {"op": ">", "value": 0.05},
        "step_s": 10,
        "series": [series],
        "series_total": 1,
    }
    return seen(check, "query_metrics", facts, arguments={"expression": RULE})


def calm_curve(**changes: Any) -> Seen:
    calm = {"now": 0.001, "peak": 0.002, "began_at": None, "direction": None, "breaching_now": False}
    return curve(**{**calm, **changes})


def rule(check: str = "now", quiet: bool | None = False, value: float = 0.21) -> Seen:
    series = [] if quiet else [{"labels": {}, "value": value}]
    facts = {"expression": RULE, "series": series, "series_total": len(series), "quiet": quiet}
    return seen(check, "query_instant", facts, arguments={"expression": RULE if check == "now" else narrowed(RULE)})


def rollout(revision: int, minutes: float, template: str, current: bool, **changes: Any) -> dict[str, Any]:
    return {
        "workload": "till",
        "revision": revision,
        "at": at(minutes),
        "seconds_before_alert": (8 - minutes) * 60,
        "current": current,
        "images": {"till": f"r.example/till:{revision}"},
        "template_hash": template,
        "replicas": 4 if current else 0,
        "ready": 4 if current else 0,
        "changes": [{"what": "image till", "before": f"till:{revision - 1}", "after": f"till:{revision}"}],
        "cause": "",
        **changes,
    }


def rollouts(*rows: dict[str, Any]) -> Seen:
    """Revision 47 came at 02:00, three days after 46."""
    default = (rollout(47, 0, NEW, True), rollout(46, -4320, OLD, False))
    return seen("rollouts", "rollout_history", {"rollouts": list(rows or default)})


def template(text: str = ERROR, **changes: Any) -> dict[str, Any]:
    return {
        "template": text,
        "example": text.replace("<num>", "8841"),
        "count": 1204,
        "baseline_count": 0,
        "new": True,
        "rising": False,
        "level": "error",
        "first_seen": at(0.6),
        "last_seen": at(8.19),
        "pods": {f"till-{NEW}-aaaa{n}": 301 for n in range(4)},
        "hashes": {NEW: 1204},
        "services": {"till": 1204},
        **changes,
    }


def logs(*templates: dict[str, Any], **changes: Any) -> Seen:
    facts = {
        "total": 9000,
        "baseline_total": 22000,
        "window_s": 900,
        "baseline_s": 2400,
        "templates": list(templates or (template(),)),
        "templates_total": 5,
        **changes,
    }
    return seen("logs", "search_logs", facts)


def pod(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "phase": "Running",
        "ready": True,
        "restarts": 0,
        "reason": "",
        "message": "",
        "last_state": None,
        "restarted_at": None,
        "node": f"node-{name[-1]}",
        "template_hash": NEW,
        "revision": 47,
        "started_at": at(0),
        "age_s": 500,
        "owner": f"till-{NEW}",
        **changes,
    }


def pods(*rows: dict[str, Any]) -> Seen:
    every = list(rows or (pod(f"till-{NEW}-aaaa{n}") for n in range(4)))
    unready = sum(1 for one in every if not one["ready"])
    return seen("pods", "list_pods", {"pods": every, "total": len(every), "unready": unready})


def workload(check: str = "workload", *rows: dict[str, Any]) -> Seen:
    fine = {"name": "till", "namespace": "shop", "healthy": True, "why": "all well", "ready": 4, "desired": 4}
    asked = {"namespace": "shop", "service": "till"} if check == "workload" else {"namespace": "shop"}
    return seen(check, "list_workloads", {"workloads": list(rows or (fine,)), "total": 1}, arguments=asked)


def of_bank(curve_seen: Seen | None = None, lines: Seen | None = None) -> dict[str, Seen]:
    """The looks at a neighbour that the errors name, made of looks at the service itself."""
    looks = {"errors_of:bank": curve_seen, "logs_of:bank": lines}
    names = {"errors_of:bank": "the same measure of bank", "logs_of:bank": "the logs of bank"}
    return {
        check: replace(one, check=check, noun=names[check], evidence=f"E{CHECKS.index(check) + 1}", arguments={})
        for check, one in looks.items()
        if one is not None
    }


def events(*rows: dict[str, Any]) -> Seen:
    return seen("events", "list_events", {"events": list(rows), "total": len(rows)}, "ok" if rows else "no_data")


def event(reason: str, **changes: Any) -> dict[str, Any]:
    fine = {"at": at(5), "type": "Warning", "reason": reason, "object": "Pod/x", "message": f"{reason} happened"}
    return {**fine, "count": 1, "recent": True, "object_unhealthy": True, **changes}


def nodes(*rows: dict[str, Any]) -> Seen:
    fine = [{"name": f"node-{n}", "ready": True, "pressures": [], "unschedulable": False} for n in range(4)]
    return seen("nodes", "list_nodes", {"nodes": [*rows, *fine]})


def alerts(*rows: dict[str, Any]) -> Seen:
    own = firing("TillFailing", "till", 8)
    return seen("alerts", "read_alerts", {"alerts": [own, *rows], "total": 1 + len(rows)})


def firing(name: str, service: str, minutes: float = 7.0) -> dict[str, Any]:
    return {"labels": {"alertname": name, "service": service}, "state": "firing", "active_at": at(minutes), "value": 1}


def run(name: str, state: str = "complete", **changes: Any) -> dict[str, Any]:
    fine = {"kind": "Job", "name": name, "state": state, "reason": "", "message": "", "started_at": at(-60)}
    return {**fine, "ended_at": at(-50), "seconds": 600, "active": 0, "pods": [], "env": {}, **changes}


def cron_job(name: str = "till", *runs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    fine = {"name": name, "schedule": "0 2 * * *", "suspended": False, "behind": False, "concurrency": "Forbid"}
    fine |= {"last_success_at": at(-50), "last_success_age_s": 3480, "overridable": {}, "env": {}}
    return {**fine, "runs": list(runs or (run(f"{name}-1"),)), **changes}


def jobs(*rows: dict[str, Any], loose: tuple[dict[str, Any], ...] = ()) -> Seen:
    facts = {"cron_jobs": list(rows), "jobs": list(loose), "total": len(rows) + len(loose)}
    return seen("jobs", "list_jobs", facts, "ok" if rows or loose else "no_data")


def outage(**changes: Seen | None) -> dict[str, Seen]:
    """Everything the general runbook looks at, in a bad rollout."""
    looks: dict[str, Seen | None] = {
        "alert": curve(),
        "now": rule(),
        "recent": rule("recent"),
        "rollouts": rollouts(),
        "workload": workload(),
        "pods": pods(),
        "events": events(),
        "logs": logs(),
        "nodes": nodes(),
        "alerts": alerts(),
        "neighbours": workload("neighbours"),
        "last_words": Seen("last_words", "read_container_logs", "no_data", "E12"),
        "jobs": jobs(cron_job()),
        **changes,
    }
    return {name: one for name, one in looks.items() if one is not None}


def context(looks: Mapping[str, Seen] | None = None, **changes: Any) -> Context:
    return Context(case(**changes), looks if looks is not None else outage())


@cache
def corpus(*beside: Path) -> Corpus:
    """The shipped pages, and those of the folders beside them."""
    return load([RUNBOOKS, *beside], changes=change_specs())


def guess(looks: Mapping[str, Seen] | None = None, **changes: Any) -> Guess:
    """What the guided reasoner makes of these looks."""
    about = context(looks, **changes)
    page = corpus().for_alert(about.case) or corpus().runbooks["general"]
    conclusion = conclude(page, about, Bar())
    return Guess(
        page,
        about,
        conclusion,
        finding_of(conclusion, page, about, corpus()),
        proposal_of(conclusion, about, {spec.name: spec for spec in change_specs()}),
    )
