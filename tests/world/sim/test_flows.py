"""Who is struck by a fault, how errors spread to callers, how load is shared."""

from typing import Any

import numpy as np
import pytest

from bot.playground.world.tempo import Tempo

from .builders import BAD, FAULT, START, flows, pods, scenario


def test_a_fault_strikes_only_the_pods_it_is_about() -> None:
    story = scenario(faults=[FAULT])
    lives = pods(story)
    lives["till"][0].image = BAD
    found = flows(story, lives)

    assert found["n", "till-0"].error_ratio()[0] == pytest.approx(0.2, abs=0.01)
    assert found["n", "till-1"].error_ratio()[0] < 0.002


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, [0, 1, 2]),
        ({"image": "till:1"}, [0, 1, 2]),
        ({"image": "till:9"}, []),
        ({"pod": 1}, [1]),
        ({"ordinal": 1}, [1]),
        ({"revision": 2}, [2]),
        ({"env": {"A": "on"}}, [0]),
        ({"node": "node-b"}, [1]),
        ({"started_before": "-1m"}, [0, 2]),
        ({"pod": 0, "env": {"A": "off"}}, []),
    ],
)
def test_every_condition_of_a_fault_chooses_pods(when: dict[str, Any], struck: list[int]) -> None:
    story = scenario(faults=[{**FAULT, "when": when}])
    lives = pods(story)
    lives["till"][0].env = {"A": "on"}
    lives["till"][1].node, lives["till"][1].began = "node-b", START - 30
    lives["till"][2].revision = 2
    found = flows(story, lives)

    assert [n for n in range(3) if found["n", f"till-{n}"].error_ratio()[0] > 0.1] == struck


def test_a_restarted_container_is_young_again() -> None:
    story = scenario(faults=[{**FAULT, "when": {"started_before": "-1m"}}])
    lives = pods(story)
    lives["till"][1].restarts.append(START - 5)
    found = flows(story, lives)

    assert [found["n", f"till-{n}"].error_ratio()[0] > 0.1 for n in range(3)] == [True, False, True]


def test_a_fault_holds_between_its_moments() -> None:
    story = scenario(faults=[{**FAULT, "when": {}, "from": "-60s", "until": "-20s"}])
    times = START + np.array([-61.0, -60.0, -21.0, -20.0])
    flow = flows(story, pods(story), times)["n", "till-0"]

    assert (flow.error_ratio() > 0.1).tolist() == [False, True, True, False]


def test_errors_of_a_called_service_show_partly_in_its_caller_and_nowhere_else() -> None:
    story = scenario(faults=[{**FAULT, "when": {}}])
    found = flows(story, pods(story))

    assert found["n", "front-0"].error_ratio()[0] == pytest.approx(0.5 * 0.2, abs=0.01)
    assert found["n", "mail-0"].error_ratio()[0] < 0.002


def test_a_service_without_a_ready_pod_fails_its_callers() -> None:
    story = scenario(faults=[{"service": "till", "ready": False}])
    found = flows(story, pods(story))

    assert found["n", "till-0"].rate[0] == 0
    assert found["n", "front-0"].error_ratio()[0] == pytest.approx(0.5, abs=0.01)


def test_ready_pods_share_the_whole_load() -> None:
    story = scenario()
    lives = pods(story)
    all_three = sum(flows(story, lives)["n", f"till-{n}"].rate[0] for n in range(3))
    lives["till"][0].ready_at = None
    two = [flows(story, lives)["n", f"till-{n}"].rate[0] for n in range(3)]

    assert two[0] == 0
    assert sum(two) == pytest.approx(all_three)
    assert 50 < all_three < 70


def test_a_container_that_restarts_in_a_fast_story_takes_traffic_again_sooner() -> None:
    story, tempo = scenario(), Tempo()
    tempo.set(10, START - 60)
    lives = pods(story)
    lives["till"][0].restarts.append(START)
    times = START + np.array([-0.1, 0.0, 0.2, 0.4, 3.1])

    assert flows(story, lives, times)["n", "till-0"].ready.tolist() == [1, 0, 0, 0, 1]
    assert flows(story, lives, times, tempo)["n", "till-0"].ready.tolist() == [1, 0, 0, 1, 1]
