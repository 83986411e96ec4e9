"""The world's verdict: each check of an end state, holding and not, with what was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from bot.playground.world.alerting.rules import Rules
from bot.playground.world.reading import parse_scenario
from bot.playground.world.sim.simulation import Measured
from bot.playground.world.verdict import Judge

START = 1_790_000_000.0


@dataclass(frozen=True)
class Wrote:
    verb: str = "patch"
    kind: str = "Deployment"
    name: str = "till"


def _deployment(image: str = "till:1", updated: int = 2, observed: int = 3) -> dict[str, Any]:
    container = {"name": "till", "image": image}
    return {
        "metadata": {"name": "till", "namespace": "n", "generation": 3},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}},
        "status": {"updatedReplicas": updated, "availableReplicas": 2, "observedGeneration": observed},
    }


def _pod(name: str, image: str = "till:1", born: str = "2026-09-21T15:00:00Z") -> dict[str, Any]:
    meta = {"name": name, "labels": {"app": "till"}, "creationTimestamp": born}
    return {"metadata": meta, "spec": {"containers": [{"image": image}]}}


def _judged(
    check: Mapping[str, Any],
    deployment: Mapping[str, Any] | None = None,
    pods: Sequence[Mapping[str, Any]] = (),
    writes: Sequence[Wrote] = (),
    vector: Sequence[tuple[Mapping[str, str], float]] = (),
    errors: float = 0.0,
) -> dict[str, Any]:
    told = {"name": "x", "title": "X", "namespace": "n", "services": [{"name": "till", "image": "till:1"}]}
    scenario = parse_scenario({**told, "alerts": [{"alert": "Bad", "expr": "up"}], "end_state": [check]})
    rules = Rules(scenario.alerts, lambda _expr, _at: vector, "x")
    rules.evaluate(START)
    objects = {"Deployment": [deployment or _deployment()], "Pod": list(pods) or [_pod("a"), _pod("b")]}
    judge = Judge(
        scenario, rules, lambda kind, _: objects[kind], lambda: writes, lambda _: Measured(10.0, errors), START
    )
    verdict = judge.verdict()
    assert verdict["holds"] == verdict["checks"][0]["holds"]
    return dict(verdict["checks"][0])


FIRING = [({"pod": "a"}, 1.0)]


@pytest.mark.parametrize(
    ("check", "world", "holds"),
    [
        ({"alert_quiet": "Bad"}, {}, True),
        ({"alert_quiet": "Bad"}, {"vector": FIRING}, False),
        ({"alert_fired": "Bad"}, {"vector": FIRING}, True),
        ({"alert_fired": "Bad"}, {}, False),
        ({"writes": 0}, {}, True),
        ({"writes": 0}, {"writes": [Wrote()]}, False),
        ({"writes": 1}, {"writes": [Wrote()]}, True),
        ({"writes": 1}, {"writes": [Wrote(), Wrote()]}, False),
        ({"nothing_deleted": True}, {"writes": [Wrote()]}, True),
        ({"nothing_deleted": True}, {"writes": [Wrote("delete", "Pod", "a")]}, False),
        ({"error_ratio": "till"}, {"errors": 0.009}, True),
        ({"error_ratio": "till", "below": 0.005}, {"errors": 0.009}, False),
        ({"deployment": "till"}, {}, True),
        ({"deployment": "till", "image": "till:1", "replicas": 2}, {}, True),
        ({"deployment": "till", "image": "till:2"}, {}, False),
        ({"deployment": "till", "replicas": 3}, {}, False),
        ({"deployment": "till"}, {"deployment": _deployment(updated=1)}, False),
        ({"deployment": "till"}, {"deployment": _deployment(observed=2)}, False),
        ({"deployment": "till"}, {"pods": [_pod("a"), _pod("b"), _pod("c")]}, False),
        ({"deployment": "till", "image": "till:1"}, {"pods": [_pod("a"), _pod("b", "till:2")]}, False),
        ({"deployment": "till", "restarted": True}, {}, True),
        (
            {"deployment": "till", "restarted": True},
            {"pods": [_pod("a"), _pod("b", born="2026-09-21T10:00:00Z")]},
            False,
        ),
    ],
)
def test_a_check_holds_only_when_the_world_is_so(check: dict[str, Any], world: dict[str, Any], holds: bool) -> None:
    judged = _judged(check, **world)

    assert judged["holds"] is holds
    assert judged["seen"]


def test_an_end_state_that_asks_nothing_does_not_hold() -> None:
    told = {"name": "x", "title": "X", "namespace": "n", "services": [{"name": "till", "image": "till:1"}]}
    scenario = parse_scenario(told)
    rules = Rules([], lambda _expr, _at: [], "x")
    judge = Judge(scenario, rules, lambda _kind, _ns: [], list, lambda _: Measured(0, 0), START)

    assert judge.verdict() == {"holds": False, "checks": []}


def test_an_alert_that_cannot_be_evaluated_is_not_quiet() -> None:
    def refuse(_expr: str, _at: float) -> Sequence[tuple[Mapping[str, str], float]]:
        raise ValueError("no such function")

    told = {"name": "x", "title": "X", "namespace": "n", "services": [{"name": "till", "image": "till:1"}]}
    scenario = parse_scenario(
        {**told, "alerts": [{"alert": "Bad", "expr": "up"}], "end_state": [{"alert_quiet": "Bad"}]}
    )
    rules = Rules(scenario.alerts, refuse, "x")
    rules.evaluate(START)
    judge = Judge(scenario, rules, lambda _kind, _ns: [], list, lambda _: Measured(0, 0), START)

    assert judge.verdict()["checks"][0] == {
        "check": "Bad is quiet",
        "holds": False,
        "seen": "cannot be evaluated: no such function",
    }
