"""One step of the world's services, long or short: who lives, what flows, what is counted, what is written.

History is one step of an hour, the present a step of a second; both go through `Town.live`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from bot.playground.world.scenario import Scenario, Service
from bot.playground.world.search.documents import Document
from bot.playground.world.sim.chatter import Burst, Span, lifecycle, spoken
from bot.playground.world.sim.counters import Drawn, codes_of, draw
from bot.playground.world.sim.flows import Flow, Physics
from bot.playground.world.sim.journal import Journal
from bot.playground.world.sim.lives import PodLife, Trouble, matches
from bot.playground.world.sim.meters import PodMeter, lines_of
from bot.playground.world.sim.weather import Floats, seed_of
from bot.playground.world.tempo import Tempo


class Town:
    """Draws what pods do; keeps a meter and a source of chance for each."""

    def __init__(
        self,
        scenario: Scenario,
        start: float,
        seed: int,
        troubles: Sequence[Trouble],
        journal: Journal,
        tempo: Tempo,
    ) -> None:
        self._scenario, self._start, self._seed, self._journal = scenario, start, seed, journal
        self.troubles, self._tempo = troubles, tempo
        self.physics = Physics(scenario, start, seed, troubles, tempo)
        self._chance: dict[tuple[str, str], np.random.Generator] = {}
        self.meters: dict[tuple[str, str], PodMeter] = {}
        self._codes = {service.name: _codes(scenario, service) for service in scenario.services}

    def live(
        self, lives: Mapping[str, Sequence[PodLife]], span: Span
    ) -> tuple[dict[tuple[str, str], Drawn], list[Document]]:
        """Return what each pod did in the span, and every line written."""
        flows = self.physics.flows(span.times, lives)
        drawn: dict[tuple[str, str], Drawn] = {}
        lines: list[Document] = []
        for name, pods in lives.items():
            service = self._scenario.service(name)
            for pod in pods:
                flow = flows[pod.key]
                drawn[pod.key] = draw(self._chance_of(pod), service, flow, self._codes[name], span.step)
                lines += self._lines(service, pod, pods, flow, span)
        return drawn, lines

    def _lines(self, service: Service, pod: PodLife, pods: Sequence[PodLife], flow: Flow, span: Span) -> list[Document]:
        bursts = [Burst(line, line.rate / _alive(pods, span.times)) for line in service.logs]
        for trouble in self.troubles:
            if trouble.fault.logs and trouble.fault.service == service.name:
                bursts += self._bursts(trouble, pod, pods, span.times)
        written = spoken(self._chance_of(pod), service, pod, flow, span, bursts)
        return self._journal.write(pod, [*written, *lifecycle(pod, span.begin, span.end, self._tempo)])

    def _bursts(self, trouble: Trouble, pod: PodLife, pods: Sequence[PodLife], times: Floats) -> list[Burst]:
        """Return the fault's lines for one pod: the fault's rate is shared by all pods it holds for."""
        ill = [one for one in pods if matches(trouble.fault.when, one, self._start)]
        if pod not in ill:
            return []
        share = ((times >= trouble.begin) & (times < trouble.end)) / _alive(ill, times)
        return [Burst(line, line.rate * share) for line in trouble.fault.logs]

    def meter(self, pod: PodLife) -> PodMeter:
        found = self.meters.get(pod.key)
        if found is None:
            service = self._scenario.service(pod.service)
            lines = lines_of(self._scenario.metrics, service, pod, self._codes[pod.service])
            found = self.meters.setdefault(pod.key, PodMeter(lines))
        return found

    def _chance_of(self, pod: PodLife) -> np.random.Generator:
        found = self._chance.get(pod.key)
        if found is None:
            found = np.random.default_rng(seed_of(self._seed, pod.namespace, pod.name))
            self._chance[pod.key] = found
        return found

    def forget(self, pod: PodLife) -> PodMeter | None:
        self._chance.pop(pod.key, None)
        return self.meters.pop(pod.key, None)


def _codes(scenario: Scenario, service: Service) -> list[str]:
    return codes_of([str(fault.code) for fault in scenario.faults if fault.service == service.name])


def _alive(pods: Sequence[PodLife], times: Floats) -> Floats:
    alive = [(times >= pod.began) & (times < (np.inf if pod.ended is None else pod.ended)) for pod in pods]
    count: Floats = np.maximum(1, np.sum(alive, axis=0))
    return count
