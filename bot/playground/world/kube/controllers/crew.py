"""All controllers together: takes what rang off the queue and gives it to whoever looks after its kind."""

from collections.abc import Callable, Mapping

from bot.playground.world.kube.controllers.budgets import Budgets
from bot.playground.world.kube.controllers.cronjobs import CronJobs
from bot.playground.world.kube.controllers.daemonsets import DaemonSets
from bot.playground.world.kube.controllers.deployments import Deployments
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.controllers.jobs import Jobs
from bot.playground.world.kube.controllers.kubelet import Kubelet, Pace
from bot.playground.world.kube.controllers.replicasets import ReplicaSets
from bot.playground.world.kube.controllers.statefulsets import StatefulSets
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import named
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.times import seconds

_MOST_LOOKS = 200_000
"""More looks in one go means two controllers undo each other's work: better loud than endless."""


class Crew:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, budgets: Budgets, pace: Pace) -> None:
        self._state, self._registry, self._deletion = state, registry, deletion
        self.recorder = Recorder(state)
        self.kubelet = Kubelet(state, self.recorder, pace)
        deployments = Deployments(state, registry, deletion, self.recorder)
        sets = ReplicaSets(state, registry, deletion, self.recorder)
        self.cron_jobs = CronJobs(state, registry, deletion, self.recorder)
        jobs = Jobs(state, registry, deletion, self.recorder)
        self._by_kind: Mapping[str, Callable[[Ref], None]] = {
            "Deployment": deployments.reconcile,
            "ReplicaSet": sets.reconcile,
            "StatefulSet": StatefulSets(state, registry, deletion, self.recorder).reconcile,
            "DaemonSet": DaemonSets(state, registry, deletion, self.recorder).reconcile,
            "Pod": self.kubelet.reconcile,
            "Job": jobs.reconcile,
            "CronJob": self.cron_jobs.reconcile,
            "PodDisruptionBudget": budgets.reconcile,
            "Event": self._expire,
            "Namespace": self._furnish,
        }

    def work(self) -> None:
        """Look at everything that rang or is due, until nothing rings."""
        queue = self._state.queue
        queue.release(self._state.clock.now())
        for _ in range(_MOST_LOOKS):
            ref = queue.take()
            if ref is None:
                return
            self._look(ref)
        raise RuntimeError("the cluster's controllers do not come to rest")

    def _look(self, ref: Ref) -> None:
        if ref.kind != "Event":
            self._deletion.collect(ref)
        step = self._by_kind.get(ref.kind)
        if step:
            step(ref)

    def _furnish(self, ref: Ref) -> None:
        """Give a new namespace its default ServiceAccount."""
        home = self._state.store.get(*ref)
        known = self._state.store.get("ServiceAccount", ref.name, "default")
        if home is not None and known is None and not home["metadata"].get("deletionTimestamp"):
            self._registry.create(named("ServiceAccount"), ref.name, {"metadata": {"name": "default"}})

    def _expire(self, ref: Ref) -> None:
        event = self._state.store.get(*ref)
        if event is not None:
            self.recorder.expire(ref, seconds(event.get("lastTimestamp") or event["metadata"]["creationTimestamp"]))
