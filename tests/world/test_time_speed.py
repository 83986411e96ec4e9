"""A faster story in the whole world, over a clock the test moves: its waits shrink, its moments and rates do not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import requests

from bot.playground.world.app import Webhook, World, application
from bot.playground.world.reading import parse_scenario

START = 1_790_000_000.0


class Played:
    """A world, lived beat by beat, and asked as Prometheus is."""

    def __init__(self, speed: int = 1, **more: Any) -> None:
        self.now = START
        services = [
            {"name": "loom", "image": "loom:1", "rps": 40, "replicas": 4, "memory_mb": 200},
            {"name": "shop", "image": "shop:1", "rps": 60, "replicas": 2, "calls": ["loom"]},
        ]
        told = {"name": "x", "title": "X", "namespace": "n", "history": "5m", "services": services, **more}
        self.world = World(parse_scenario(told), "http://x", {"tokens": {}}, Webhook(), lambda: self.now, seed=5)
        self.world.prepare()
        self.world.set_speed(speed)

    def live(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end - 1e-6:
            self.now += 0.2
            self.world.beat()

    def until(self, holds: Callable[[], bool], most: float = 300) -> float:
        """The seconds of this clock it takes."""
        began = self.now
        while not holds():
            assert self.now < began + most, "it never came"
            self.live(0.2)
        return self.now - began

    def value(self, query: str) -> float:
        (sample,) = self.world.engine.instant(query, self.now).vector
        return sample.value

    def firing(self) -> bool:
        return self.world.rules.rules[0].state == "firing"

    def holds(self) -> bool:
        return self.world.simulation.troubles[0].holds_at(self.now)

    def images(self) -> set[str]:
        return {pod["spec"]["containers"][0]["image"] for pod in self.world.cluster.list("Pod", "n")}

    def rolled_out(self) -> bool:
        (one,) = [each for each in self.world.cluster.list("Deployment") if each["metadata"]["name"] == "loom"]
        return (
            one["status"].get("updatedReplicas") == one["status"].get("availableReplicas") == one["status"]["replicas"]
        )


ALERT = {"alerts": [{"alert": "Always", "expr": "vector(1)", "for": "60s"}]}


@pytest.mark.parametrize(("speed", "seconds"), [(1, 60), (2, 30), (5, 12), (10, 6)])
def test_an_alert_is_pending_for_its_time_of_the_story(speed: int, seconds: float) -> None:
    played = Played(speed, **ALERT)

    assert played.until(played.firing) == pytest.approx(seconds, abs=1.5)  # rules are looked at each second
    (alert,) = played.world.rules.alerts()
    assert alert["activeAt"].startswith("2026-09-21T14:13:20"), "moments stay those of the real clock"


def test_an_alert_that_waited_half_its_time_waits_the_other_half_at_the_new_speed() -> None:
    played = Played(**ALERT)
    played.live(30)
    played.world.set_speed(10)

    assert played.until(played.firing) == pytest.approx(3, abs=1.5)


LEAK = {"faults": [{"service": "loom", "from": "0s", "memory_mb_per_minute": 30}]}
MEMORY = 'sum(container_memory_working_set_bytes{container="loom"}) / 4 / 2^20'


@pytest.mark.parametrize("speed", [1, 10])
def test_a_leak_grows_as_many_times_as_fast(speed: int) -> None:
    played = Played(speed, **LEAK)
    before = played.value(MEMORY)
    played.live(60)

    assert played.value(MEMORY) - before == pytest.approx(30 * speed, abs=12)


def test_a_leak_never_runs_backwards_whatever_is_done_to_the_speed() -> None:
    played, seen = Played(**LEAK), []
    for speed in (1, 10, 2, 5, 1, 10, 1):
        played.world.set_speed(speed)
        for _ in range(6):
            played.live(1)
            loom = played.world.simulation.census.by_service(played.world.simulation.census.running())
            flows = played.world.simulation.town.physics.flows(np.array([played.now]), loom)
            seen.append(min(flows[pod.key].leaked_mb[0] for pod in loom["loom"]))

    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(30 * 6 * 30 / 60, abs=1)


def test_rates_counters_and_moments_are_the_same_at_any_speed() -> None:
    slow, fast = Played(1), Played(10)
    for played in (slow, fast):
        played.live(60)

    for query in (
        "sum by (service) (rate(http_requests_total[50s]))",
        "sum(http_requests_total)",
        "count_over_time(up[1m])",
        "sum(rate(container_cpu_usage_seconds_total[1m]))",
        "max(timestamp(up))",
    ):
        one, other = (each.world.engine.instant(query, each.now).vector for each in (slow, fast))
        assert [(a.labels, a.value) for a in one] == [(b.labels, b.value) for b in other], query
    lines = [sum(len(one.documents) for one in each.world.indices.by_name.values()) for each in (slow, fast)]
    assert lines[0] == lines[1]


def test_a_rollout_is_over_sooner() -> None:
    took = {}
    for speed in (1, 5):
        played = Played(speed, rollouts=[{"service": "loom", "at": "20s", "image": "loom:2"}])
        began = played.until(lambda played=played: "loom:2" in played.images())
        took[speed] = played.until(
            lambda played=played: played.rolled_out() and played.images() == {"loom:2", "shop:1"}
        )
        assert began == pytest.approx(20 / speed, abs=1.5)

    assert took[5] < took[1] / 2


def test_what_is_still_to_come_moves_with_the_speed_and_what_has_been_stays() -> None:
    played = Played(faults=[{"service": "loom", "from": "60s", "until": "120s", "error_ratio": 0.5}])
    played.live(20)
    played.world.set_speed(10)
    (trouble,) = played.world.simulation.troubles

    assert trouble.begin == pytest.approx(START + 24)
    assert played.until(played.holds) == pytest.approx(4, abs=0.3)
    played.world.set_speed(1)
    assert trouble.begin == pytest.approx(START + 24)
    assert played.until(lambda: not played.holds()) == pytest.approx(60, abs=3)


def test_a_fault_somebody_starts_lasts_its_time_of_the_story() -> None:
    played = Played(10, faults=[{"name": "f", "service": "loom", "from": "1s", "until": "61s", "on": False}])
    played.live(10)
    played.world.room().breaking.start("f", played.now)

    assert played.holds()
    assert played.until(lambda: not played.holds()) == pytest.approx(6, abs=0.3)


def test_pods_are_evicted_sooner_one_after_the_other() -> None:
    def evicted(played: Played) -> int:
        return sum(pod["status"].get("reason") == "Evicted" for pod in played.world.cluster.list("Pod"))

    fault = {"service": "shop", "when": {"node": "west"}, "from": "0s", "pressure": "MemoryPressure"}
    fault |= {"evicts": ["loom"], "evict_every": "40s"}
    counts = {}
    for speed in (1, 10):
        played = Played(speed, nodes=["west", "east"], faults=[fault])
        played.live(6)
        counts[speed] = evicted(played)

    assert counts == {1: 1, 10: 2}


def test_a_gauge_climbs_sooner() -> None:
    gauges = [{"name": "lag", "value": 0, "noise": 0, "shifts": [{"fault": "f", "per_minute": 60}]}]
    played = Played(5, gauges=gauges, faults=[{"name": "f", "service": "loom", "from": "0s"}])
    played.live(20)

    assert played.value("lag") == pytest.approx(100, abs=10)


def test_a_scheduled_run_takes_its_time_of_the_story_and_tells_it_so() -> None:
    job = {"name": "sums", "image": "sums:1", "every": "1h", "last": "-3m", "takes": "20s"}
    job["logs"] = [{"after": "10s", "message": "half"}, {"after": "19s", "message": "nearly"}]
    played = Played(10, cron_jobs=[job])
    done = _complete(played)
    played.world.simulation.batch.run_now("sums")

    assert played.until(lambda: bool(_complete(played) - done)) == pytest.approx(2, abs=0.5)
    played.live(2)
    said = [one for index in played.world.indices.by_name.values() for one in index.documents]
    new = [one.at - START for one in said if one.message in ("half", "nearly") and one.at >= START]
    assert new == pytest.approx([1, 1.9], abs=0.01)


def _complete(played: Played) -> set[str]:
    jobs = played.world.cluster.list("Job")
    done = [job for job in jobs if any(one["type"] == "Complete" for one in job["status"].get("conditions") or ())]
    return {job["metadata"]["name"] for job in done}


def test_the_side_door_tells_the_speed_and_sets_it(serve: Any) -> None:
    played = Played()
    with serve(application(played.world)) as base:
        before = requests.get(f"{base}/_world/state", timeout=5).json()
        answer = requests.post(f"{base}/_world/speed", json={"speed": 5}, timeout=5)
        after = requests.get(f"{base}/_world/state", timeout=5).json()

    assert (before["speed"], before["speeds"]) == (1, [1, 2, 5, 10])
    assert (answer.status_code, answer.json()) == (200, {"speed": 5})
    assert (after["speed"], after["now"]) == (5, START)


@pytest.mark.parametrize("body", [{"speed": 3}, {"speed": "5"}, {"speed": 0}, {"speed": -1}, {"speed": None}])
def test_a_speed_there_is_not_is_refused_in_words(serve: Any, body: dict[str, Any]) -> None:
    played = Played()
    with serve(application(played.world)) as base:
        answer = requests.post(f"{base}/_world/speed", json=body, timeout=5)
        foreign = requests.post(
            f"{base}/_world/speed", json={"speed": 5}, headers={"origin": "https://x.example"}, timeout=5
        )

    assert answer.status_code == 400
    assert "1, 2, 5 or 10" in answer.json()["error"]
    assert foreign.status_code == 403
    assert played.world.tempo.speed == 1
