"""Pods that wait by the world's own clock: to start, to stop, to be available; also when its speed changes."""

from typing import Any

import pytest

from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.controllers.kubelet import Pace
from bot.playground.world.tempo import Tempo

from .conftest import START, deployment, furnish

SLOW = Pace(start_up=60, shut_down=30)


class Stage:
    """A cluster whose pods need a minute to start and half of one to stop."""

    def __init__(self, speed: int = 1, replicas: int = 1, **spec: Any) -> None:
        self.now = START
        self.tempo = Tempo()
        self.cluster = Cluster(lambda: self.now, seed=1, pace=SLOW, tempo=self.tempo)
        furnish(self.cluster)
        self.set(speed)
        self.cluster.create(deployment(replicas=replicas, **spec))

    def set(self, speed: int) -> None:
        self.tempo.set(speed, self.now)
        self.cluster.look_again()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.cluster.tick()

    def ready(self) -> int:
        return int(self._status().get("readyReplicas", 0))

    def available(self) -> int:
        return int(self._status().get("availableReplicas", 0))

    def _status(self) -> dict[str, Any]:
        (one,) = self.cluster.list("Deployment")
        return dict(one["status"])


def test_a_pod_starts_in_its_time_of_the_story() -> None:
    stage = Stage(speed=10)
    stage.wait(5.5)
    assert stage.ready() == 0
    stage.wait(0.8)
    assert stage.ready() == 1


def test_a_pod_that_is_starting_is_hurried_and_held_up() -> None:
    stage = Stage()
    stage.wait(20)
    stage.set(10)
    stage.wait(2)
    stage.set(1)
    stage.wait(19)
    assert stage.ready() == 0, "20 + 20 + 19 seconds of its 60"
    stage.wait(1.5)
    assert stage.ready() == 1


@pytest.mark.parametrize(("speed", "gone_after"), [(1, 30), (10, 3)])
def test_a_pod_stops_in_its_time_of_the_story(speed: int, gone_after: float) -> None:
    stage = Stage(speed)
    stage.wait(61)
    stage.cluster.patch("Deployment", "shop", "web", {"spec": {"replicas": 0}})
    stage.wait(gone_after - 0.5)
    assert len(stage.cluster.list("Pod")) == 1
    stage.wait(1)
    assert stage.cluster.list("Pod") == []


def test_what_must_be_ready_for_a_while_is_available_sooner() -> None:
    stage = Stage(minReadySeconds=100)
    stage.wait(61)
    stage.set(10)
    stage.wait(8)
    assert (stage.ready(), stage.available()) == (1, 0)
    stage.wait(3)
    assert stage.available() == 1


def test_a_rollouts_deadline_is_a_real_one() -> None:
    stage = Stage(speed=10, progressDeadlineSeconds=30)
    stage.wait(1)
    (pod,) = stage.cluster.list("Pod")
    stage.cluster.set_pod_health("shop", pod["metadata"]["name"], False, "CrashLoopBackOff")

    def late() -> bool:
        (one,) = stage.cluster.list("Deployment")
        return any(each.get("reason") == "ProgressDeadlineExceeded" for each in one["status"]["conditions"])

    stage.wait(25)
    assert not late()
    stage.wait(10)
    assert late()
