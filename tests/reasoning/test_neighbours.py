"""An innocent rollout while a dependency is down: nobody is blamed for what the errors say of a neighbour."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.case import Seen
from bot.core.events import Standing, Verdict
from bot.core.neighbour_looks import asked_of, neighbour_checks
from bot.services.guided import Guess
from tests.reasoning import builders as b
from tests.reasoning.stage import alerted, diagnosis, environment, store

ERRORS = b.logs(b.template("loan <num> failed: bank answered <num>", first_seen=b.at(2)))
BOTH = b.workload("neighbours", {"name": "till", "healthy": True}, {"name": "bank", "healthy": True})
STORY: dict[str, Seen | None] = {"logs": ERRORS, "neighbours": BOTH, "alert": b.curve(began_at=b.at(2))}
CALM = b.logs(b.template(new=False, baseline_count=900))

LIGHTHOUSE: dict[str, Any] = {
    "name": "keeper-down",
    "title": "A rollout of beacon, and two minutes later keeper fails",
    "namespace": "coast",
    "history": "40m",
    "scrape_interval": "2s",
    "services": [
        {"name": "beacon", "replicas": 3, "image": "r.example/coast/beacon:1.0", "rps": 30, "calls": ["keeper"]},
        {"name": "keeper", "replicas": 2, "image": "r.example/coast/keeper:7.2", "rps": 35},
        {"name": "buoy", "replicas": 2, "image": "r.example/coast/buoy:0.4", "rps": 8},
    ],
    "metrics": {"requests": "coast_requests_total", "latency": "coast_request_seconds"},
    "rollouts": [{"service": "beacon", "at": "-6m", "image": "r.example/coast/beacon:1.1", "cause": "new colours"}],
    "faults": [
        {"name": "keeper", "service": "keeper", "from": "-4m", "error_ratio": 0.6, "code": 500},
        {
            "name": "beacon",
            "service": "beacon",
            "from": "-4m",
            "error_ratio": 0.4,
            "code": 502,
            "logs": [{"level": "ERROR", "rate": 3, "logger": "lamp", "message": "lamp {id} dark: keeper said no"}],
        },
    ],
    "alerts": [
        {
            "alert": "BeaconErrors",
            "expr": 'sum(rate(coast_requests_total{service="beacon",code=~"5.."}[30s]))'
            ' / sum(rate(coast_requests_total{service="beacon"}[30s])) > 0.1',
            "for": "4s",
            "labels": {"severity": "critical", "service": "beacon", "namespace": "coast"},
            "annotations": {"summary": "beacon fails"},
        }
    ],
    "end_state": [{"alert_fired": "BeaconErrors"}, {"writes": 0}],
}


def guess(**changes: Any) -> Guess:
    return b.guess(b.outage(**{**STORY, **changes}))


def standing(found: Guess, cause: str) -> Standing:
    return next(one.standing for one in found.conclusion.ranked if one.cause.id == cause)


def test_a_neighbour_whose_errors_rose_is_named_and_the_rollout_is_not() -> None:
    found = guess(**b.of_bank(b.curve(began_at=b.at(2)), b.logs(b.template("pool exhausted", first_seen=b.at(2)))))

    assert found.conclusion.verdict is Verdict.CAUSE
    assert found.content.cause.startswith("bank is in trouble, and the errors of till say “loan <num> failed")
    assert any("E14" in claim.evidence for claim in found.content.because)
    steps = [claim for claim in found.content.because if "bank" in claim.text]
    assert len(steps) > 1, "one step a line, each with what it stands on alone"
    assert all("; " not in claim.text for claim in steps)
    assert standing(found, "rollout") is not Standing.SUPPORTED
    assert found.proposal is None


@pytest.mark.parametrize(
    "looks", [{}, b.of_bank(b.unread(b.curve()), b.unread(b.logs())), b.of_bank(b.unread(b.curve()), CALM)]
)
def test_nobody_is_named_while_the_neighbour_that_the_errors_name_could_not_be_read(looks: dict[str, Seen]) -> None:
    found = guess(**looks)

    rollout = next(one for one in found.conclusion.ranked if one.cause.id == "rollout")
    assert (found.conclusion.verdict, found.proposal) == (Verdict.CANDIDATES, None)
    assert rollout.confidence <= 0.6
    assert "no more than that while the errors name bank" in rollout.why()


def test_other_causes_are_held_back_as_well() -> None:
    killed = {"reason": "OOMKilled", "exit_code": 137, "at": b.at(7)}
    pods = b.pods(
        *(b.pod(f"till-{b.NEW}-aaaa{n}", restarts=3, restarted_at=b.at(7), last_state=killed) for n in range(4))
    )
    calm = b.of_bank(b.calm_curve(), CALM)

    assert standing(guess(pods=pods), "memory") is Standing.CANDIDATE
    assert (
        standing(guess(pods=pods, **calm, rollouts=b.rollouts(b.rollout(47, -600, b.NEW, True))), "memory")
        is Standing.SUPPORTED
    )


def test_a_neighbour_that_was_read_and_is_calm_holds_nobody_back() -> None:
    found = guess(**b.of_bank(b.calm_curve(), CALM))

    assert all(one.held_back is None for one in found.conclusion.ranked)


def test_the_alerts_own_measure_is_asked_of_the_named_neighbour_and_its_lines() -> None:
    checks = neighbour_checks(b.context(b.outage(**STORY)))

    assert [(one.tool, one.arguments.get("service")) for one in checks] == [
        ("search_logs", "bank"),
        ("query_metrics", None),
    ]
    assert str(checks[1].arguments["expression"]).replace("{{", "{").replace("}}", "}") == b.RULE.replace(
        "till", "bank"
    )
    assert neighbour_checks(b.context()) == []


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ('up{job=~"till-.*"} < 1', 'up{job=~"bank-.*"} < 1'),
        ('up{job=~"^till$"} < 1', 'up{job=~"^bank$"} < 1'),
        ('till_errors_total{service="till"} > 1', ""),
        ('up{job="distill"} < 1', ""),
        ("up < 1", ""),
    ],
)
def test_a_rule_that_cannot_be_asked_of_another_service_is_not_asked(expression: str, asked: str) -> None:
    assert asked_of(expression, "till", "bank") == asked


def test_a_name_no_cluster_could_hold_is_never_asked_with() -> None:
    name = 'bank"}) or vector(1'
    strange = b.workload("neighbours", {"name": name, "healthy": True})
    looks = b.outage(logs=b.logs(b.template(f"call to {name} failed")), neighbours=strange)

    assert neighbour_checks(b.context(looks)) == []


def test_a_dependency_that_is_down_is_found_behind_an_innocent_rollout(redis_url: str, tmp_path: Any) -> None:
    at = store(redis_url)
    with alerted(LIGHTHOUSE, tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    found, content = at.finding(incident)
    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "dependency")
    assert content.cause.startswith("keeper is in trouble")
    assert not at.incident(incident).intents


def test_pods_killed_for_memory_are_no_neighbours_doing_however_it_fails() -> None:
    """The kills are the service's own; the errors that name a failing neighbour are another trouble beside it."""
    killed = b.pods(b.pod("till-0", last_state={"reason": "OOMKilled", "exit_code": 137, "at": b.at(6)}))
    memory = replace(b.curve(began_at=b.at(0.5)), check="memory", evidence="E98")
    looks = b.of_bank(b.curve(began_at=b.at(2)), b.logs(b.template("pool exhausted", first_seen=b.at(2))))

    found = guess(**looks, pods=killed, memory=memory)

    assert found.conclusion.named is not None
    assert found.conclusion.named.cause.id == "leak_since_rollout"
    assert standing(found, "rollout") is not Standing.SUPPORTED
