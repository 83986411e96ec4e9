"""The whole simulation over the real cluster and store: fast to start, reproducible, hard to break."""

from typing import Any

import pytest

from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.prom.engine import Engine
from bot.playground.world.prom.store import SampleStore
from bot.playground.world.reading import parse_scenario
from bot.playground.world.search.documents import Indices
from bot.playground.world.sim.simulation import Simulation

from .builders import START


class Stage:
    """A simulation over a clock the test moves."""

    def __init__(self, story: dict[str, Any], seed: int = 0) -> None:
        self.now = START
        self.cluster = Cluster(lambda: self.now, seed)
        self.store, self.indices = SampleStore(), Indices()
        self.simulation = Simulation(parse_scenario(story), self.cluster, self.store, self.indices, START, seed)
        self.cluster.logs = self.simulation.logs
        self.simulation.prepare()

    def live(self, seconds: int) -> None:
        for _ in range(seconds * 5):
            self.now += 0.2
            self.cluster.tick()
            self.simulation.advance(self.now)

    def value(self, query: str) -> float:
        (sample,) = Engine(self.store).instant(query, self.now).vector
        return sample.value


def _story(count: int = 3, **more: Any) -> dict[str, Any]:
    services = [
        {"name": f"s{n}", "image": "i:1", "rps": 30, "replicas": 3, "calls": [f"s{n + 1}"] if n + 1 < count else []}
        for n in range(count)
    ]
    return {"name": "x", "title": "X", "namespace": "n", "services": services, "history": "10m", **more}


def test_twenty_services_start_with_a_whole_hour_of_history() -> None:
    stage = Stage(_story(20, history="60m"))

    assert stage.value("count(up)") == 60
    assert stage.value("min(count_over_time(up[1h]))") == 1801  # one each two seconds, both ends included
    assert sum(len(index.documents) for index in stage.indices.by_name.values()) > 50_000


def test_the_same_seed_and_start_play_the_same_world() -> None:
    def played(seed: int) -> tuple[float, list[str]]:
        stage = Stage(_story(), seed)
        stage.live(10)
        (index,) = stage.indices.by_name.values()
        return stage.value("sum(http_requests_total)"), [document.message for document in index.documents]

    assert played(1) == played(1)
    assert played(1)[0] != played(2)[0]


def test_the_past_goes_over_into_the_present_without_a_seam() -> None:
    stage = Stage(_story())
    stage.live(60)

    assert stage.value("max(resets(http_requests_total[5m]))") == 0
    assert stage.value("max(changes(kube_pod_info[5m]))") == 0
    before = stage.value('sum(rate(http_requests_total{service="s0"}[50s] offset 1m))')
    after = stage.value('sum(rate(http_requests_total{service="s0"}[50s]))')
    assert after == pytest.approx(before, rel=0.15)
    assert stage.simulation.measured("s0").rps == pytest.approx(after, rel=0.25)


EVENTFUL: dict[str, Any] = {
    "nodes": ["north", "south"],
    "rollouts": [
        {"service": "s0", "at": "-9m", "env": {"A": "1", "B": "2"}},
        {"service": "s0", "at": "-5m", "env": {"A": None}, "image": "i:2"},
        {"service": "s2", "at": "5s", "image": "i:3"},
    ],
    "faults": [
        {"service": "s1", "when": {"node": "south"}, "from": "-2m", "latency_ms": 900, "rps_factor": 0.5},
        {"service": "s0", "when": {"env": {"B": "2"}}, "from": "-4m", "error_ratio": 0.3, "code": 502},
        {"service": "s2", "when": {"image": "i:3"}, "from": "0s", "restart_every": "6s", "reason": "OOMKilled"},
        {"service": "s2", "when": {"image": "i:3"}, "from": "0s", "memory_mb_per_minute": 600},
        {"service": "s1", "when": {"pod": 0}, "from": "10s", "until": "20s", "ready": False, "reason": "DiskPressure"},
    ],
}


def test_an_eventful_world_shows_each_fault_in_its_own_place() -> None:
    stage = Stage(_story(**EVENTFUL))
    pods = {pod.name: pod for pod in stage.simulation.census.living()}
    assert {pod.env.get("A", "gone") for pod in pods.values() if pod.service == "s0"} == {"gone"}
    assert stage.value('sum(rate(http_requests_total{service="s0",code="502"}[1m]))') > 3
    stage.live(16)
    ready = {pod.name: pod.ready_at for pod in stage.simulation.census.living() if pod.service == "s1"}
    assert sum(at is None for at in ready.values()) == 1
    stage.live(24)
    assert all(pod.ready_at is not None for pod in stage.simulation.census.living() if pod.service == "s1")
    assert {pod.image for pod in stage.simulation.census.living() if pod.service == "s2"} == {"i:3"}
    assert stage.value('min(kube_pod_container_status_restarts_total{pod=~"s2-.*"})') >= 2
    reasons = {event["reason"] for event in stage.cluster.list("Event", "n")}
    assert {"BackOff", "ScalingReplicaSet", "Killing"} <= reasons
    slow = 'histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{service="s1"}[30s])))'
    assert stage.value(slow) > 0.02


def test_names_of_pods_that_are_gone_agree_between_metrics_logs_and_events() -> None:
    stage = Stage(_story(rollouts=[{"service": "s0", "at": "-5m", "image": "i:2"}]))
    killed = {
        event["involvedObject"]["name"] for event in stage.cluster.list("Event", "n") if event["reason"] == "Killing"
    }
    past = Engine(stage.store).instant('count by (pod) (http_requests_total{service="s0"})', START - 400).vector
    (index,) = stage.indices.by_name.values()
    written = {one.get("kubernetes.pod.name") for one in index.documents if one.get("container.image.tag") == "1"}

    assert len(killed) == 3
    assert {sample.labels["pod"] for sample in past} == killed
    assert killed < written


@pytest.mark.parametrize("replicas", [0, 1, 9])
def test_a_service_scaled_to_any_size_goes_on(replicas: int) -> None:
    stage = Stage(_story())
    stage.cluster.patch("Deployment", "n", "s1", {"spec": {"replicas": replicas}})
    stage.live(20)

    assert len([pod for pod in stage.simulation.census.running() if pod.service == "s1"]) == replicas
    caller = stage.simulation.measured("s0")
    assert (caller.error_ratio > 0.1) is (replicas == 0)
    assert stage.simulation.measured("s1").rps == pytest.approx(30 if replicas else 0, rel=0.3)
