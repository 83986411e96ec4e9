"""Puts the world together: cluster, samples, logs, simulation and rules behind one ASGI application and one heartbeat.

Everything changes on the event loop, so that nothing is read half changed: the heartbeat ticks the cluster, lives the
seconds that are due, evaluates the rules and starts deliveries.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route

from bot.playground.world.alerting.groups import Groups
from bot.playground.world.alerting.postman import Postman
from bot.playground.world.alerting.rules import Rules
from bot.playground.world.breaking import Breaking
from bot.playground.world.control import Room, control_routes, target_routes
from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.http import kubernetes_routes
from bot.playground.world.kube.rbac import Access
from bot.playground.world.outages import Breakable, Outages
from bot.playground.world.prom.engine import BadData, Engine, Result
from bot.playground.world.prom.http import prometheus_routes
from bot.playground.world.prom.store import SampleStore
from bot.playground.world.reading import ScenarioMistake
from bot.playground.world.scenario import Rollout, Scenario
from bot.playground.world.search.answers import Desk
from bot.playground.world.search.catalogue import Guard
from bot.playground.world.search.documents import Indices
from bot.playground.world.search.http import elasticsearch_routes
from bot.playground.world.sim.simulation import Simulation
from bot.playground.world.tempo import Tempo
from bot.playground.world.traces.drawing import Draughtsman
from bot.playground.world.traces.http import Jaeger, jaeger_routes
from bot.playground.world.verdict import Judge

_BEAT = 0.2


@dataclass(frozen=True)
class Webhook:
    url: str | None = None
    token: str | None = None


class World:
    """One scenario being played."""

    def __init__(
        self,
        scenario: Scenario,
        base: str,
        access: Mapping[str, Any],
        webhook: Webhook,
        now: Callable[[], float],
        seed: int,
        rollouts: Sequence[Rollout] | None = None,
    ) -> None:
        """``rollouts``: all the story has, where ``scenario`` holds some back; else the scenario's."""
        self._now = now
        self._seed = seed
        self._rollouts = scenario.rollouts if rollouts is None else rollouts
        self.tempo = Tempo()
        self.cluster = Cluster(now, seed, tempo=self.tempo)
        self.store = SampleStore()
        self.engine = Engine(self.store)
        self.indices = Indices()
        self.simulation = Simulation(scenario, self.cluster, self.store, self.indices, now(), seed, self.tempo)
        self.cluster.logs = self.simulation.logs
        self.rules = Rules(scenario.alerts, self._judged, f"{scenario.name}.yaml", self.tempo)
        groups = Groups(scenario.notify, f"{base}/prometheus", f"{base}/alertmanager", self.tempo)
        self._groups = groups
        self.postman = Postman(groups, webhook.url, webhook.token, now)
        self.outages = Outages()
        self._access = access
        self._scenario = scenario
        self._evaluated = 0.0

    def prepare(self) -> None:
        """Check what only the engine can check, then build the past."""
        for at, alert in enumerate(self._scenario.alerts):
            try:
                self._vector(alert.expr, self._now())
            except BadData as error:
                told = f"alerts[{at}].expr: expected PromQL this world can evaluate, got {alert.expr!r}: {error}"
                raise ScenarioMistake(told) from error
        self.simulation.prepare()
        for meter in self.simulation.town.meters.values():
            for line in meter.lines:
                self.store.describe(line.family, line.kind, f"{line.family} of the playground's world")
        for line, _ in self.simulation.gauges.rows(self._now()):
            self.store.describe(line.family, line.kind, f"{line.family} of the playground's world")

    def _vector(self, expr: str, at: float) -> Sequence[tuple[Mapping[str, str], float]]:
        return vector_of(self.engine.instant(expr, at))

    def _judged(self, expr: str, at: float) -> Sequence[tuple[Mapping[str, str], float]]:
        try:
            return self._vector(expr, at)
        except BadData as error:
            raise ValueError(str(error)) from error

    def beat(self) -> None:
        """Let everything happen that is due."""
        self.cluster.tick()
        self.simulation.advance(self._now())
        now = self._now()
        if now - self._evaluated >= 1.0:
            self._evaluated = now
            firing, resolved = self.rules.evaluate(now)
            self._groups.update(firing, resolved, now)
        self.postman.carry()

    def set_speed(self, speed: int) -> None:
        """Let the story pass so many times as fast from now on; raises ValueError naming the choices."""
        if speed != self.tempo.speed:
            self.tempo.set(speed, self._now())
            self.cluster.look_again()

    async def live(self) -> None:
        """Beat until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(_BEAT)

    def jaeger(self) -> Jaeger:
        """Whom one question about traces is put to."""
        return Jaeger(Draughtsman(self.simulation, self._seed), self._now())

    def room(self) -> Room:
        judge = Judge(
            self._scenario,
            self.rules,
            self.cluster.list,
            lambda: self.cluster.writes,
            self.simulation.measured,
            self.simulation.start,
        )
        return Room(
            self._scenario,
            self.simulation,
            self.rules,
            judge,
            self.outages,
            self.postman,
            lambda: self.cluster.writes,
            self._now,
            self.engine,
            Breaking(self.simulation, self._rollouts),
            self.tempo,
            self.set_speed,
        )


def vector_of(result: Result) -> Sequence[tuple[Mapping[str, str], float]]:
    """Return an answer as a rule takes it: a vector, or a number as a vector of one."""
    if result.kind == "scalar":
        return [({}, result.scalar)]
    if result.kind != "vector":
        raise BadData(f"a rule needs a vector or a scalar, this is a {result.kind}")
    return [(sample.labels, sample.value) for sample in result.vector]


def application(world: World) -> Starlette:
    room = world.room()
    parts: Mapping[str, list[BaseRoute]] = {
        "prometheus": prometheus_routes(world.engine, world.rules.groups, world.rules.alerts),
        "elasticsearch": elasticsearch_routes(Desk(world.indices, world._now, guard_of(world._access))),
        "kubernetes": kubernetes_routes(world.cluster, Access.parse(world._access)),
        "jaeger": jaeger_routes(world.jaeger),
        "targets": target_routes(room),
    }
    mounts = [
        Mount(f"/{api}", app=Breakable(api, world.outages, Starlette(routes=routes))) for api, routes in parts.items()
    ]
    return Starlette(routes=[*control_routes(room), Route("/healthz", _healthy), *mounts])


async def _healthy(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


def guard_of(access: Mapping[str, Any]) -> Guard:
    """Return who may search, by the `elasticsearch` part of the access file; without one, everybody may."""
    told = access.get("elasticsearch") or {}
    return Guard(dict(told.get("api_keys") or {}), dict(told.get("users") or {}))
