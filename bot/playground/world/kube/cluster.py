"""The cluster: objects, controllers and time in one value. What the simulation and the HTTP edge talk to.

`create`, `patch`, `roll_out` and `set_pod_health` act as the playwright, who needs no leave; everything that comes in
by HTTP goes through `api.py`. Nothing here runs by itself: `tick` lets the controllers catch up with the clock.
"""

import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from bot.playground.world.kube.controllers.budgets import Budgets
from bot.playground.world.kube.controllers.crew import Crew
from bot.playground.world.kube.controllers.kubelet import Pace
from bot.playground.world.kube.controllers.nodes import put_under_pressure
from bot.playground.world.kube.controllers.podstatus import Run
from bot.playground.world.kube.decoding import STRATEGIC_PATCH, Patch
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.eviction import Evictions
from bot.playground.world.kube.kinds import named
from bot.playground.world.kube.podlogs import Source, nothing
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Clock, Ref, State
from bot.playground.world.kube.store import Store, clone
from bot.playground.world.kube.waiting import RealTime, Waits
from bot.playground.world.kube.writes import Write

_SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_CHANGE_CAUSE = "kubernetes.io/change-cause"
_WAITING = ("Pod", "ReplicaSet")
"""What waits by the world's own clock: to start, to stop, to be available."""
_SETTLING = 120.0
"""How much of the past is lived through after something backdated, at most."""


class Cluster:
    def __init__(
        self,
        now: Callable[[], float],
        seed: int = 0,
        *,
        pace: Pace | None = None,
        remembered: int = 10_000,
        tempo: Waits | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.writes: list[Write] = []
        self.logs: Source = nothing
        self.state = State(Clock(now), random.Random(seed), Store(remembered), tempo=tempo or RealTime())
        self.registry = Registry(self.state)
        self.deletion = Deletion(self.state, self.registry)
        self.budgets = Budgets(self.state, self.registry)
        self.evictions = Evictions(self.registry, self.deletion, self.budgets)
        self._crew = Crew(self.state, self.registry, self.deletion, self.budgets, pace or Pace())
        for name in _SYSTEM_NAMESPACES:
            self.registry.create(named("Namespace"), "", {"metadata": {"name": name}})

    def create(self, manifest: Mapping[str, Any], at: float | None = None) -> dict[str, Any]:
        """Create an object as cluster admin; backdated, everything that followed has happened too."""
        kind = named(manifest["kind"])
        told = (manifest.get("metadata") or {}).get("namespace", "default")
        namespace = told if kind.namespaced else ""
        with self.lock, self._moment(at):
            made = self.registry.create(kind, namespace, clone(manifest), as_told=True).value
            self._settle(at)
            live = self.state.store.get(kind.name, namespace, made["metadata"]["name"])
            return dict(clone(live or made))

    def roll_out(
        self,
        namespace: str,
        deployment: str,
        template_patch: Mapping[str, Any],
        at: float,
        cause: str | None = None,
    ) -> None:
        """Let a past rollout have happened: a new revision at `at`, its pods replaced one batch after another."""
        change: dict[str, Any] = {"spec": {"template": clone(template_patch)}}
        if cause is not None:
            change["metadata"] = {"annotations": {_CHANGE_CAUSE: cause}}
        with self.lock, self._moment(at):
            self.registry.patch(named("Deployment"), namespace, deployment, Patch(STRATEGIC_PATCH, change))
            self._settle(at)

    def list(self, kind: str, namespace: str | None = None) -> "list[dict[str, Any]]":
        """Return copies of the live objects of a kind."""
        with self.lock:
            return [clone(thing) for thing in self.state.store.all(kind, namespace)]

    def patch(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Apply a strategic merge as cluster admin."""
        with self.lock:
            known = named(kind)
            change = Patch(STRATEGIC_PATCH, clone(patch))
            return dict(clone(self.registry.patch(known, namespace if known.namespaced else "", name, change).value))

    def event(
        self,
        namespace: str,
        involved: Mapping[str, Any],
        reason: str,
        message: str,
        type: str = "Warning",  # noqa: A002 - Kubernetes calls it so
        at: float | None = None,
        count: int = 1,
    ) -> None:
        """Record an event about an object, given as its `involvedObject`."""
        with self.lock:
            self._crew.recorder.say(namespace, involved, reason, message, type, by="kubelet", at=at, count=count)

    def runs(self, outcome: Callable[[dict[str, Any]], Run]) -> None:
        """Let somebody else say how a Job's pod will end; asked once for each, when it starts."""
        self._crew.kubelet.runs = outcome

    def press(self, node: str, pressure: str, *, on: bool) -> None:
        """Put a node under a pressure, such as `MemoryPressure`, or take it off: condition, taint and event."""
        with self.lock:
            put_under_pressure(self.registry, self._crew.recorder, node, pressure, on, self.state.clock.now())

    def run_now(self, namespace: str, cron_job: str) -> None:
        """Let a CronJob be due now; raises KeyError where there is none."""
        with self.lock:
            self._crew.cron_jobs.start_now(Ref("CronJob", namespace, cron_job))

    def tick(self) -> None:
        """Let every controller catch up with the clock."""
        with self.lock:
            self._crew.work()

    def look_again(self) -> None:
        """Let everything that waits work out anew for how long, because the speed of the world changed."""
        with self.lock:
            for kind in _WAITING:
                for thing in self.state.store.all(kind):
                    self.state.queue.add(Ref(kind, thing["metadata"]["namespace"], thing["metadata"]["name"]))

    def set_pod_health(
        self,
        namespace: str,
        pod: str,
        ready: bool,
        reason: str = "",
        restarts: int | None = None,
        last_state: Mapping[str, Any] | None = None,
    ) -> None:
        """Hold a pod ready or unready until told otherwise; raises KeyError for a pod that is not there."""
        with self.lock:
            self._crew.kubelet.hold(Ref("Pod", namespace, pod), ready, reason, restarts, last_state)

    def _moment(self, at: float | None) -> Any:
        return self.state.clock.set_back(self.state.clock.now() if at is None else at)

    def _settle(self, at: float | None) -> None:
        """Live through what followed a backdated change, up to a bound and never past the present."""
        if at is None:
            return
        self._crew.work()
        last = min(at + _SETTLING, self.state.clock.present())
        while (due := self.state.queue.next_due()) is not None and due <= last:
            self.state.clock.move_to(max(due, self.state.clock.now()))
            self._crew.work()
