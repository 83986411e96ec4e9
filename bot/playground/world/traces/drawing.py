"""Draws the traces of sampled requests out of the same flows that make metrics and logs. The same moment, asked again,
gives the same traces: nothing is kept, everything is drawn anew from the seed.

One request every `EVERY` seconds at each service that nobody in the world calls.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from bot.playground.world.scenario import Service
from bot.playground.world.sim.chatter import filled
from bot.playground.world.sim.flows import UPSTREAM, Flow
from bot.playground.world.sim.lives import PodLife, matches
from bot.playground.world.sim.simulation import Simulation
from bot.playground.world.sim.weather import seed_of

EVERY = 2.0
MOST_SLOTS = 900
MOST_DEEP = 6
REFUSED_S = 0.002


@dataclass
class Step:
    """One span. ``took`` and the offset ``began`` from the request's own beginning are seconds."""

    id: str
    service: str
    operation: str
    began: float
    took: float = 0.0
    parent: str = ""
    code: int = 200
    says: str = ""
    kind: str = "server"
    pod: PodLife | None = None
    peer: str = ""

    @property
    def failed(self) -> bool:
        return self.code >= 500


@dataclass
class Request:
    """``at`` unix seconds."""

    id: str
    at: float
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class _Slot:
    """A moment by its place among the times that were asked for."""

    rng: np.random.Generator
    place: int
    at: float
    request: Request


class Draughtsman:
    """Made for one question, on the event loop: who lives is taken then, so that drawing may happen elsewhere."""

    def __init__(self, simulation: Simulation, seed: int) -> None:
        self._simulation, self._seed = simulation, seed
        self._everybody = simulation.everybody()
        self._services = {one.name: one for one in simulation.scenario.services}
        called = {name for one in self._services.values() for name in one.calls}
        self.roots = [name for name in self._services if name not in called]

    @property
    def names(self) -> list[str]:
        return sorted(self._services)

    def beneath(self, root: str) -> set[str]:
        found, line = {root}, [root]
        while line:
            fresh = set(self._services[line.pop()].calls) - found
            found |= fresh
            line += fresh
        return found

    def requests(self, service: str, start: float, end: float) -> Iterator[Request]:
        """Those that reach a service, newest first; of a long time, evenly fewer."""
        roots = [root for root in self.roots if service in self.beneath(root)]
        count = int(end // EVERY) - int(start // EVERY)
        slots = range(int(end // EVERY), int(start // EVERY), -max(1, count // MOST_SLOTS))
        times = np.array(sorted(slot * EVERY for slot in slots))
        if not roots or not len(times):
            return
        lives = self._lives(start, end)
        flows = self._simulation.town.physics.flows(times, lives)
        drawing = _Drawing(self._services, lives, flows, self._simulation)
        for place in reversed(range(len(times))):
            for root in roots:
                yield self._request(drawing, root, place, float(times[place]))

    def _request(self, drawing: "_Drawing", root: str, place: int, at: float) -> Request:
        name = f"{self._seed}/{root}/{int(at)}"
        request = Request(blake2b(name.encode(), digest_size=16).hexdigest(), at)
        slot = _Slot(np.random.default_rng(seed_of(self._seed, root, str(int(at)))), place, at, request)
        drawing.serve(slot, self._services[root], Step(_id(request, 0), root, _operation(root), 0.0))
        return request

    def _lives(self, start: float, end: float) -> Mapping[str, Sequence[PodLife]]:
        there = [one for one in self._everybody if one.began < end and (one.ended is None or one.ended > start)]
        return self._simulation.census.by_service(there)


@dataclass(frozen=True)
class _Drawing:
    services: Mapping[str, Service]
    lives: Mapping[str, Sequence[PodLife]]
    flows: Mapping[tuple[str, str], Flow]
    simulation: Simulation

    def serve(self, slot: _Slot, service: Service, step: Step, deep: int = 0) -> None:
        """Let a request pass through a service and what it calls; how long it took and how it ended is told on it."""
        slot.request.steps.append(step)
        pod = self._pod(slot, service)
        if pod is None:
            step.kind, step.code, step.took, step.says = "client", 503, REFUSED_S, "connection refused"
            step.peer, step.service = service.name, step.peer or service.name
            return
        step.pod, flow = pod, self.flows[pod.key]
        clock = step.began + self._own_time(slot, flow) / 2
        for called in service.calls if deep < MOST_DEEP else ():
            clock = self._call(slot, service, called, step, clock, deep)
        step.took = clock - step.began + self._own_time(slot, flow) / 2
        if not step.failed and (code := self._own_fault(slot, flow)):
            step.code, step.says = code, self._words(pod, slot)

    def _call(self, slot: _Slot, service: Service, called: str, step: Step, clock: float, deep: int) -> float:
        below = Step(_id(slot.request, len(slot.request.steps)), called, _operation(called), clock, parent=step.id)
        below.peer = service.name
        self.serve(slot, self.services[called], below, deep + 1)
        if below.failed and slot.rng.random() < service.spread:
            step.code, step.says = 503, f"{called} answered {below.code}"
        return clock + below.took

    def _pod(self, slot: _Slot, service: Service) -> PodLife | None:
        ready = [one for one in self.lives.get(service.name, ()) if self.flows[one.key].ready[slot.place] > 0]
        return ready[int(slot.rng.integers(len(ready)))] if ready else None

    def _own_time(self, slot: _Slot, flow: Flow) -> float:
        return float(flow.latency_ms[slot.place]) / 1000 * float(slot.rng.lognormal(0, 0.25))

    def _own_fault(self, slot: _Slot, flow: Flow) -> int:
        """The code by which it fails for reasons of its own, 0 for none: what its neighbours spill is drawn there."""
        well = 1.0
        for ratio in flow.through.values():
            well *= 1.0 - float(np.broadcast_to(ratio, flow.alive.shape)[slot.place])
        for code, ratios in flow.wrong.items():
            whole = float(np.broadcast_to(ratios, flow.alive.shape)[slot.place])
            own = whole - (1.0 - well) if code == UPSTREAM else whole
            if slot.rng.random() < own:
                return int(code)
        return 0

    def _words(self, pod: PodLife, slot: _Slot) -> str:
        """What a fault that holds lets the service say; a stray error of an ordinary day says little."""
        for trouble in self.simulation.troubles:
            mine = trouble.fault.service == pod.service and trouble.begin <= slot.at < trouble.end
            if mine and trouble.fault.logs and matches(trouble.fault.when, pod, self.simulation.start):
                return filled(trouble.fault.logs[0].message, pod, int(slot.rng.integers(2**62)))
        return "internal server error"


def _operation(service: str) -> str:
    return f"GET /{service}"


def _id(request: Request, number: int) -> str:
    return blake2b(f"{request.id}/{number}".encode(), digest_size=8).hexdigest()
