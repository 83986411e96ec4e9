"""How much traffic each pod gets, how slow and how wrong it is: pure arithmetic over pods, faults and moments.

The same code makes an hour of history at once and one second of the present. Nothing random happens here but the
weather; errors of a called service show partly in its callers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.playground.world.scenario import Scenario, Service
from bot.playground.world.sim.lives import PAUSE, PodLife, Trouble, matches
from bot.playground.world.sim.weather import Floats, drift, season, seed_of
from bot.playground.world.tempo import Tempo

UPSTREAM = "503"
_DEPTH = 4


@dataclass
class Flow:
    """What a pod is meant to do at each moment: requests a second, ratio of each bad code, latency, memory growth.

    `through` is the part of its requests that fail because of each service it calls.
    """

    alive: Floats
    ready: Floats
    rate: Floats
    wrong: dict[str, Floats]
    latency_ms: Floats
    leaked_mb: Floats
    through: dict[str, Floats] = field(default_factory=dict)

    def error_ratio(self) -> Floats:
        total: Floats = np.sum(list(self.wrong.values()), axis=0)
        return np.minimum(1.0, total)


@dataclass
class _Town:
    """One service's pods over the moments asked."""

    service: Service
    flows: list[Flow] = field(default_factory=list)
    spilled: Floats = field(default_factory=lambda: np.zeros(1))
    through: dict[str, Floats] = field(default_factory=dict)

    def errors(self) -> Floats:
        """Return the service's error ratio, weighed by the traffic of its pods; 1 where no pod is ready."""
        if not self.flows:
            return np.ones(1)
        ready = np.sum([flow.ready for flow in self.flows], axis=0)
        wrong = np.sum([flow.ready * flow.error_ratio() for flow in self.flows], axis=0)
        return np.where(ready > 0, wrong / np.maximum(ready, 1), 1.0)


class Physics:
    """Turns pods and faults into flows."""

    def __init__(self, scenario: Scenario, start: float, seed: int, troubles: Sequence[Trouble], tempo: Tempo) -> None:
        self._scenario, self._start, self._seed, self._troubles = scenario, start, seed, troubles
        self._tempo = tempo
        self._named = {service.name: service for service in scenario.services}

    def flows(self, times: Floats, lives: Mapping[str, Sequence[PodLife]]) -> dict[tuple[str, str], Flow]:
        """Return each pod's flow by (namespace, name); `lives` are the pods of each service by its name."""
        towns = {name: _Town(service) for name, service in self._named.items()}
        for name, town in towns.items():
            town.flows = [self._own(town.service, pod, times) for pod in lives.get(name, ())]
        self._spread(towns, len(times))
        found: dict[tuple[str, str], Flow] = {}
        for name, town in towns.items():
            self._share(town, times)
            found |= {pod.key: flow for pod, flow in zip(lives.get(name, ()), town.flows, strict=True)}
        return found

    def _own(self, service: Service, pod: PodLife, times: Floats) -> Flow:
        """Return the pod's flow before traffic is shared out and errors spread; `rate` is a factor so far."""
        born, gone = pod.began, np.inf if pod.ended is None else pod.ended
        ready_at = np.inf if pod.ready_at is None else pod.ready_at
        alive = ((times >= born) & (times < gone)).astype(np.float64)
        flow = Flow(
            alive=alive,
            ready=alive * (times >= ready_at) * _up_again(times, pod.restarts, self._tempo),
            rate=np.ones_like(times),
            wrong={"500": service.error_ratio * (1 + 0.4 * drift(times, self._seed_for(pod), 45))},
            latency_ms=service.latency_ms * (1 + 0.08 * drift(times, self._seed_for(pod) + 1, 90)),
            leaked_mb=np.zeros_like(times),
        )
        for trouble in self._troubles:
            if trouble.fault.service == service.name and matches(trouble.fault.when, pod, self._start):
                _afflict(flow, trouble, pod, times)
        return flow

    def _seed_for(self, pod: PodLife) -> int:
        return seed_of(self._seed, pod.namespace, pod.name)

    def _spread(self, towns: Mapping[str, _Town], size: int) -> None:
        """Let the errors of called services show in their callers, and in the callers of those."""
        own = {name: np.broadcast_to(town.errors(), (size,)) for name, town in towns.items()}
        total = dict(own)
        for _ in range(_DEPTH):
            for name, town in towns.items():
                whole = 1.0 - own[name]
                for called in town.service.calls:
                    beyond = np.maximum(0.0, total[called] - 2 * self._named[called].error_ratio)
                    town.through[called] = town.service.spread * beyond
                    whole = whole * (1.0 - town.through[called])
                town.spilled = 1.0 - whole / np.maximum(1e-9, 1.0 - own[name])
                total[name] = 1.0 - whole
        for town in towns.values():
            for flow in town.flows:
                flow.through = town.through
                flow.wrong[UPSTREAM] = flow.wrong.get(UPSTREAM, np.zeros(size)) + town.spilled

    def _share(self, town: _Town, times: Floats) -> None:
        """Share the service's requests evenly over the pods that are ready."""
        if not town.flows:
            return
        service = town.service
        seed = seed_of(self._seed, service.name)
        load = service.rps * season(times, seed % 7 / 4) * (1 + 0.05 * drift(times, seed, 60))
        ready = np.maximum(1, np.sum([flow.ready for flow in town.flows], axis=0))
        for flow in town.flows:
            flow.rate = flow.rate * flow.ready * load / ready


def _up_again(times: Floats, restarts: Sequence[float], tempo: Tempo) -> Floats:
    down = np.zeros_like(times, dtype=bool)
    for at in restarts:
        down |= (times >= at) & (times < tempo.reached(at, PAUSE))
    return (~down).astype(np.float64)


def _afflict(flow: Flow, trouble: Trouble, pod: PodLife, times: Floats) -> None:
    fault = trouble.fault
    now = (times >= trouble.begin) & (times < trouble.end)
    if fault.error_ratio is not None:
        code = str(fault.code)
        flow.wrong[code] = flow.wrong.get(code, np.zeros_like(times)) + now * fault.error_ratio
    if fault.latency_ms is not None:
        flow.latency_ms = np.where(now, fault.latency_ms, flow.latency_ms)
    if not fault.ready:
        flow.ready = flow.ready * ~now
    flow.rate = np.where(now, flow.rate * fault.rps_factor, flow.rate)
    if fault.memory_mb_per_minute:
        since = max(pod.began, trouble.begin)
        for at in pod.restarts:
            since = np.where(times >= at, max(at, trouble.begin), since)  # type: ignore[assignment]
        stories = trouble.tempo.stories
        minutes = np.clip(stories(np.minimum(times, trouble.end)) - stories(since), 0, None) / 60
        flow.leaked_mb = flow.leaked_mb + minutes * fault.memory_mb_per_minute
