"""Faults that restart containers and hold pods unready, as the cluster is told of them."""

from typing import Any

from bot.playground.world.sim.lives import troubles_of
from bot.playground.world.sim.mishaps import Mishaps
from bot.playground.world.tempo import Tempo

from .builders import BAD, START, pods, scenario

REAL = Tempo()


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
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START, REAL), REAL)  # type: ignore[arg-type]
    for second in range(3):
        mishaps.happen(lives["till"], START + second)

    assert nurse.told == [("till-1", True, "", 1)]
    assert nurse.events == [("Started", START - 74)]
    assert lives["till"][1].restarts == [START - 75]


def test_a_container_that_restarts_now_is_not_ready_for_a_moment() -> None:
    story = scenario(faults=[{"service": "till", "when": {"pod": 0}, "from": "2s", "restart": True}])
    lives, nurse = pods(story), Nurse()
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START, REAL), REAL)  # type: ignore[arg-type]
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
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START, REAL), REAL)  # type: ignore[arg-type]
    mishaps.happen(lives["till"], START)
    mishaps.happen(lives["till"], START + 25)

    assert [[at - START for at in pod.restarts] for pod in lives["till"]] == [[-70, -40, -10, 20], [-10, 20], []]


def test_a_pod_held_unready_is_released_when_the_fault_is_over() -> None:
    story = scenario(faults=[{"service": "till", "until": "3s", "ready": False, "reason": "DiskFull"}])
    lives, nurse = pods(story), Nurse()
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START, REAL), REAL)  # type: ignore[arg-type]
    for second in range(6):
        mishaps.happen(lives["till"][:1], START + second)

    assert nurse.told == [("till-0", False, "DiskFull", None), ("till-0", True, "", None)]


def test_a_crash_loop_turns_faster_and_loses_no_turn_when_the_speed_changes() -> None:
    story = scenario(faults=[{"service": "till", "from": "0s", "restart_every": "60s"}])
    lives, tempo = pods(story)["till"][:1], Tempo()
    mishaps = Mishaps(Nurse(), START, troubles_of(story.faults, START, tempo), tempo)  # type: ignore[arg-type]
    for second in range(200):
        if second in (90, 150):
            tempo.set(10 if second == 90 else 1, START + second)
        mishaps.happen(lives, START + second)
    turns = [at - START for at in lives[0].restarts]

    assert turns[:2] == [60, 93], "a half was waited at 1, the other half at 10"
    assert turns[1:11] == [93 + 6 * number for number in range(10)]
    assert turns[11:] == [180], "three of its sixty seconds were over when it became slow again"


def test_a_look_after_a_long_sleep_does_not_live_through_every_turn_and_counts_on() -> None:
    story = scenario(faults=[{"service": "till", "from": "0s", "restart_every": "2s"}])
    lives, tempo, nurse = pods(story)["till"][:1], Tempo(), Nurse()
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START, tempo), tempo)  # type: ignore[arg-type]
    tempo.set(10, START)
    for at in (0, 1, 2, 36_000, 36_001):
        mishaps.happen(lives, START + at)

    assert lives[0].restarted == 10 + 101 + 5
    assert len(lives[0].restarts) == 100
    assert nurse.told[-1][3] == lives[0].restarted


def test_in_a_fast_story_a_restarted_container_is_ready_before_the_next_look() -> None:
    story = scenario(faults=[{"service": "till", "when": {"pod": 0}, "from": "20s", "restart": True}])
    lives, nurse, tempo = pods(story), Nurse(), Tempo()
    tempo.set(10, START)
    mishaps = Mishaps(nurse, START, troubles_of(story.faults, START, tempo), tempo)  # type: ignore[arg-type]
    for tenth in range(0, 60, 5):
        mishaps.happen(lives["till"], START + tenth / 10)

    assert [(ready, why) for _, ready, why, _ in nurse.told] == [(False, "Restarting"), (True, "")]
    assert lives["till"][0].restarts == [START + 2]
