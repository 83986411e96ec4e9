"""What is counted: the same as found, in the scenario's own names, with restarts, ends and a readable exposition."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.playground.world.scenario import Scenario
from bot.playground.world.search.documents import Indices
from bot.playground.world.sim.chatter import Span
from bot.playground.world.sim.counters import codes_of, draw
from bot.playground.world.sim.flows import Flow
from bot.playground.world.sim.journal import Journal
from bot.playground.world.sim.lives import PodLife
from bot.playground.world.sim.meters import exposition
from bot.playground.world.sim.town import Town
from bot.playground.world.tempo import Tempo

from .builders import FAULT, START, flows, pods, scenario


def _drawn(story: Scenario, flow: Flow, seconds: int) -> tuple[Any, list[str]]:
    codes = codes_of([])
    drawn = draw(np.random.default_rng(1), story.service("till"), flow, codes, 1.0)
    assert len(drawn.codes) == seconds
    return drawn, codes


def test_what_is_counted_is_what_flows() -> None:
    story = scenario(faults=[{**FAULT, "when": {}, "from": "-60m"}])
    flow = flows(story, pods(story), START + np.arange(-2000, 0))["n", "till-0"]
    drawn, codes = _drawn(story, flow, 2000)

    total = drawn.codes.sum()
    assert total == drawn.buckets.sum()
    assert total == pytest.approx(flow.rate.sum(), rel=0.02)
    assert drawn.codes[:, codes.index("500")].sum() / total == pytest.approx(0.2, abs=0.01)
    piled = drawn.buckets.sum(axis=0).cumsum() / total
    assert 0.5 < piled[3] < 0.9  # median 40 ms: more than half below 50 ms


def test_the_same_seed_draws_the_same_and_another_draws_otherwise() -> None:
    story = scenario()
    tables = []
    for seed in (3, 3, 4):
        town = Town(story, START, seed, [], Journal(story, Indices(), START), Tempo())
        drawn, lines = town.live(pods(story), Span(START + np.arange(-100.0, 0.0), 1.0))
        tables.append((drawn["n", "till-0"].codes.tolist(), [line.message for line in lines]))

    assert tables[0] == tables[1]
    assert tables[0][0] != tables[2][0]


class Kept:
    """Keeps what it is given, by name and labels."""

    def __init__(self) -> None:
        self.series: dict[tuple[tuple[str, str], ...], tuple[Any, Any]] = {}
        self.stale: set[tuple[tuple[str, str], ...]] = set()

    def append(self, labels: Mapping[str, str], at: float, value: float) -> None:
        times, values = self.series.get(tuple(sorted(labels.items())), ([], []))
        self.series[tuple(sorted(labels.items()))] = ([*times, at], [*values, value])

    def extend(self, labels: Mapping[str, str], times: Any, values: Any) -> None:
        self.series[tuple(sorted(labels.items()))] = (times.tolist(), values.tolist())

    def mark_stale(self, labels: Mapping[str, str], at: float) -> None:
        self.stale.add(tuple(sorted(labels.items())))

    def find(self, **labels: str) -> list[tuple[Any, Any]]:
        named = {"__name__" if name == "name" else name: value for name, value in labels.items()}
        return [found for key, found in self.series.items() if named.items() <= dict(key).items()]


def _backfilled(story: Scenario, pod: PodLife) -> Kept:
    town = Town(story, START, 0, [], Journal(story, Indices(), START), Tempo())
    times = START + np.arange(-600.0, 1.0, 2.0)
    lives = pods(story) | {"till": [pod]}
    drawn, _ = town.live(lives, Span(times, 2.0))
    kept = Kept()
    town.meter(pod).backfill(kept, times, drawn[pod.key], pod)
    return kept


def test_a_restart_sets_the_counters_back_and_the_target_down() -> None:
    story = scenario()
    pod = PodLife("n", "till-0", "till", "till:1", {}, 1, 0, restarts=[START - 100])
    kept = _backfilled(story, pod)

    ((times, good),) = kept.find(name="http_requests_total", code="200")
    falls = [times[at] for at in range(1, len(good)) if good[at] < good[at - 1]]
    assert falls == [START - 100]
    ((times, up),) = kept.find(name="up")
    assert [at - START for at, value in zip(times, up, strict=True) if value == 0] == [-100, -98]


def test_a_pod_that_ended_has_series_for_its_life_only_and_then_goes_stale() -> None:
    story = scenario()
    pod = PodLife("n", "till-0", "till", "till:1", {}, 1, 0, began=START - 400, ended=START - 200)
    kept = _backfilled(story, pod)

    ((times, _),) = kept.find(name="http_requests_total", code="500")
    assert (times[0], times[-1]) == (START - 400, START - 202)
    assert kept.stale == set(kept.series)


def test_labels_and_names_are_the_scenario_s_choice() -> None:
    metrics = {"requests": "calls_total", "latency": "call_seconds", "labels": {"service": "app", "code": "status"}}
    story = scenario(metrics=metrics)
    kept = _backfilled(story, PodLife("n", "till-0", "till", "till:1", {}, 1, 0))

    assert kept.find(name="calls_total", app="till", status="200", pod="till-0", namespace="n")
    assert kept.find(name="call_seconds_bucket", app="till", le="+Inf")
    assert not kept.find(name="http_requests_total")


def test_the_text_exposition_is_read_by_the_prometheus_client_and_consistent() -> None:
    story = scenario()
    town = Town(story, START, 0, [], Journal(story, Indices(), START), Tempo())
    lives = pods(story)
    drawn, _ = town.live(lives, Span(np.array([START]), 1.0))
    meter = town.meter(lives["till"][0])
    meter.add(drawn["n", "till-0"], up=True)

    families = {one.name: one for one in text_string_to_metric_families(exposition(meter.exposed()))}
    histogram = families["http_request_duration_seconds"]
    assert histogram.type == "histogram"
    buckets = [sample.value for sample in histogram.samples if sample.name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    (count,) = [sample.value for sample in histogram.samples if sample.name.endswith("_count")]
    assert count == buckets[-1] == sum(sample.value for sample in families["http_requests"].samples)
    assert "up" not in families
