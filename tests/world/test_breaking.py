"""A world that is calm until somebody breaks it, and can be broken again after it was mended."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kubernetes import client as kube

from bot.playground.world.breaking import SEEN_SECONDS, bringing, calm
from bot.playground.world.scenario import Scenario

from .running import SCENARIOS, Running, other_names, running, until


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(SCENARIOS / "bad-rollout", tmp_path_factory.mktemp("calm"), "--calm") as world:
        yield world


def culprit(world: Running) -> dict[str, Any]:
    found: dict[str, Any] = world.get("state")["faults"][0]
    return found


def roll_back(world: Running, image: str) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "coinbox", "image": image}]}}}}
    apps: kube.AppsV1Api = world.apps()
    apps.patch_namespaced_deployment("coinbox", "bookstall", patch)


def test_it_is_calm_then_broken_then_mended_by_a_rollback_then_broken_again(quiet: Running) -> None:
    before = quiet.service("coinbox")["image"]
    assert quiet.get("state")["alerts"] == []
    assert not culprit(quiet)["bites"]

    for _ in range(2):
        quiet.post("break", name="missing-column")
        until(lambda: bool(culprit(quiet)["bites"]), 20, "pods it is about")
        until(lambda: quiet.service("coinbox")["error_ratio"] > 0.05, 20, "errors")
        assert quiet.service("coinbox")["image"] != before
        roll_back(quiet, before)
        until(lambda: not culprit(quiet)["bites"], 20, "a cure")


def test_curves_are_those_prometheus_gives(quiet: Running) -> None:
    charts = quiet.get("charts?minutes=10")

    coinbox = charts["services"]["coinbox"]
    assert {len(curve) for curve in coinbox.values()} == {61}
    assert 20 < coinbox["rps"][0] < 100
    assert 0 <= coinbox["error_ratio"][0] < 0.02
    assert 10 < coinbox["p99_ms"][0] < 1000


def test_a_fault_nobody_named_is_refused_with_the_names_there_are(quiet: Running) -> None:
    assert "missing-column" in quiet.post("break", name="nonsense")["error"]
    assert "missing-column" in quiet.post("mend", name="nonsense")["error"]


@pytest.mark.parametrize(
    "how",
    [{"from": "-5m", "until": "-1m"}, {"memory_mb_per_minute": 20}, {"restart_every": "5m", "reason": "OOMKilled"}],
)
def test_a_story_that_needs_its_past_begins_by_itself(how: dict[str, Any]) -> None:
    told = other_names()
    told["faults"][0] |= how
    story = Scenario.model_validate(told)

    assert calm(story) == story


def test_a_story_that_would_end_before_anybody_came_waits_to_be_seen() -> None:
    told = other_names()
    told["faults"][0] |= {"from": "-5m", "until": "20s", "memory_mb_per_minute": 20}
    story = Scenario.model_validate(told)

    assert calm(story).faults[0].on
    assert calm(story).faults[0].end == SEEN_SECONDS


def test_a_fault_that_only_ends_in_time_waits_for_somebody_to_bring_it() -> None:
    told = other_names()
    told["faults"][0] |= {"from": "-5m", "until": "20s"}
    story = Scenario.model_validate(told)

    assert not calm(story).faults[0].on


def test_no_other_sites_page_breaks_it(quiet: Running) -> None:
    for path in ("break", "mend", "fault", "outage"):
        answer = requests.post(
            f"{quiet.url}/_world/{path}", json={}, headers={"origin": "https://x.example"}, timeout=5
        )
        assert answer.status_code == 403, path


def test_only_the_rollout_that_brings_the_fault_is_held_back() -> None:
    scenario = Scenario.model_validate(other_names())
    quiet = calm(scenario)

    held = [one for one in scenario.rollouts if one not in quiet.rollouts]
    assert held == list(bringing(scenario.rollouts, scenario.faults[0]))
    assert held
    assert not any(fault.on for fault in quiet.faults)
