"""A small town for the simulation's tests: three services, their pods, and one fault."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bot.playground.world.reading import parse_scenario
from bot.playground.world.scenario import Scenario
from bot.playground.world.sim.flows import Flow, Physics
from bot.playground.world.sim.lives import PodLife, troubles_of
from bot.playground.world.tempo import Tempo

START = 1_790_000_000.0
BAD = "till:2"
FAULT = {"service": "till", "when": {"image": BAD}, "from": "-5m", "error_ratio": 0.2}
Pods = dict[str, list[PodLife]]


def scenario(**more: Any) -> Scenario:
    services = [
        {"name": "front", "image": "front:1", "rps": 40, "calls": ["till"], "replicas": 2, "spread": 0.5},
        {"name": "till", "image": "till:1", "rps": 60, "replicas": 3, "latency_ms": 40, "log_format": "json"},
        {"name": "mail", "image": "mail:1", "rps": 5, "log_format": "plain"},
    ]
    return parse_scenario({"name": "x", "title": "X", "namespace": "n", "services": services, **more})


def pods(scenario: Scenario, **images: str) -> dict[str, list[PodLife]]:
    return {
        service.name: [
            PodLife("n", f"{service.name}-{n}", service.name, images.get(service.name, service.image), {}, 1, n)
            for n in range(service.replicas)
        ]
        for service in scenario.services
    }


def flows(
    scenario: Scenario, pods: Mapping[str, list[PodLife]], times: Any = (START + 1,), tempo: Tempo | None = None
) -> dict[tuple[str, str], Flow]:
    tempo = tempo or Tempo()
    physics = Physics(scenario, START, 0, troubles_of(scenario.faults, START, tempo), tempo)
    return physics.flows(np.array(times, dtype=np.float64), pods)
