"""Faults that restart containers and hold pods unready, as the cluster is told of them."""

from typing import Any

from bot.playground.world.sim.lives import troubles_of
from bot.playground.world.sim.mishaps import Mishaps

from .builders import BAD, START, pods, scenario


class Nurse:
    """Notes what the cluster is told about pods' health."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool, str, int | None]] = []
        self.events: list[tuple[str, float]] = []

    def set_pod_health(
        self, _ns: str, pod: str, ready: bool, reason: str = "", restarts: Any = None, _: Any = None
    ) -> None:
        self.told.append((pod, ready, reason, restarts))

    def event(self, _ns: str, _of: Any, reason: str, _text: str, _type: str = "Warning", at: float = 0.0) -> None:
        self.events.append((reason, at))


def test_a_restart_in_the_past_is_told_once_and_the_pod_is_well_again() -> None:
    story = scenario(faults=[{"service": "till", "when": {"pod": 1}, "from": "-75s", "until": "-15s", "restart": True}])
    lives, nurse = pods(story), Nurse()
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START))  # type: ignore[arg-type]
    for second in range(3):
        mishaps.happen(lives["till"], START + second)

    assert nurse.told == [("till-1", True, "", 1)]
    assert nurse.events == [("Started", START - 74)]
    assert lives["till"][1].restarts == [START - 75]


def test_a_container_that_restarts_now_is_not_ready_for_a_moment() -> None:
    story = scenario(faults=[{"service": "till", "when": {"pod": 0}, "from": "2s", "restart": True}])
    lives, nurse = pods(story), Nurse()
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START))  # type: ignore[arg-type]
    for second in range(8):
        mishaps.happen(lives["till"], START + second)

    assert nurse.told == [("till-0", False, "Restarting", 1), ("till-0", True, "", None)]


def test_a_crash_loop_counts_on_in_a_new_pod_and_a_cured_pod_is_left_alone() -> None:
    fault = {"service": "till", "when": {"image": BAD}, "from": "-100s", "restart_every": "30s"}
    story = scenario(faults=[fault])
    lives, nurse = pods(story, till=BAD), Nurse()
    for pod in lives["till"]:
        pod.began = START - 200
    lives["till"][1].began = START - 40
    lives["till"][2].image = "till:1"
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START))  # type: ignore[arg-type]
    mishaps.happen(lives["till"], START)
    mishaps.happen(lives["till"], START + 25)

    assert [[at - START for at in pod.restarts] for pod in lives["till"]] == [[-70, -40, -10, 20], [-10, 20], []]


def test_a_pod_held_unready_is_released_when_the_fault_is_over() -> None:
    story = scenario(faults=[{"service": "till", "until": "3s", "ready": False, "reason": "DiskFull"}])
    lives, nurse = pods(story), Nurse()
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START))  # type: ignore[arg-type]
    for second in range(6):
        mishaps.happen(lives["till"][:1], START + second)

    assert nurse.told == [("till-0", False, "DiskFull", None), ("till-0", True, "", None)]
