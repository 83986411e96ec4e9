"""The disruption controller: how many pods of a budget may be taken away now. Eviction asks here first."""

from typing import Any

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.conditions import condition, with_condition
from bot.playground.world.kube.kinds import named
from bot.playground.world.kube.names import amount
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.selectors import matches, of_query
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object, controller_of
from bot.playground.world.kube.times import stamp

_SCALED = ("ReplicaSet", "StatefulSet")


class Budgets:
    def __init__(self, state: State, registry: Registry) -> None:
        self._state, self._registry = state, registry

    def reconcile(self, ref: Ref) -> None:
        budget = self._state.store.get(*ref)
        if budget is None:
            return
        pods = self.pods_of(budget)
        expected, wanted = self._wanted(budget, pods)
        healthy = sum(podlooks.is_ready(pod) and podlooks.is_active(pod) for pod in pods)
        allowed = max(0, healthy - wanted) if expected else 0
        why = "SufficientPods" if allowed else "InsufficientPods"
        generation = budget["metadata"].get("generation", 1)
        told = {**condition("DisruptionAllowed", allowed > 0, why, ""), "message": "", "observedGeneration": generation}
        old = (budget.get("status") or {}).get("conditions")
        status: dict[str, Any] = {
            "currentHealthy": healthy,
            "desiredHealthy": wanted,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": generation,
            "conditions": with_condition(old, told, stamp(self._state.clock.now())),
        }
        self._registry.status(named("PodDisruptionBudget"), budget, status)

    def pods_of(self, budget: Object) -> list[Object]:
        """Return the budget's pods that have not ended; an empty selector means every pod of the namespace."""
        if "selector" not in budget["spec"]:
            return []
        chosen = of_query(budget["spec"]["selector"])
        pods = self._state.store.all("Pod", budget["metadata"]["namespace"])
        return [pod for pod in pods if not podlooks.is_over(pod) and matches(chosen, pod["metadata"].get("labels"))]

    def over(self, pod: Object) -> list[Object]:
        """Return the budgets a pod counts for."""
        meta = pod["metadata"]
        budgets = self._state.store.all("PodDisruptionBudget", meta["namespace"])
        return [
            one
            for one in budgets
            if "selector" in one["spec"] and matches(of_query(one["spec"]["selector"]), meta.get("labels"))
        ]

    def _wanted(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """Return how many pods there should be, and how many of them must be healthy."""
        spec = budget["spec"]
        if isinstance(spec.get("minAvailable"), int):
            return len(pods), spec["minAvailable"]
        expected = self._expected(pods)
        if "minAvailable" in spec:
            return expected, amount(spec["minAvailable"], expected, up=True)
        return expected, max(0, expected - amount(spec.get("maxUnavailable", 1), expected, up=True))

    def _expected(self, pods: list[Object]) -> int:
        """Add up the sizes asked for by the pods' controllers, the Deployment's where a ReplicaSet has one."""
        sizes: dict[str, int] = {}
        for pod in pods:
            uid, size = self._scaled(pod)
            sizes[uid] = size
        return sum(sizes.values())

    def _scaled(self, pod: Object) -> tuple[str, int]:
        uid = controller_of(pod)
        owner = self._owner(pod)
        if owner is None:
            return uid or pod["metadata"]["uid"], 1
        above = self._owner(owner) or owner
        return above["metadata"]["uid"], above["spec"].get("replicas", 1)

    def _owner(self, thing: Object) -> Object | None:
        uid, namespace = controller_of(thing), thing["metadata"].get("namespace", "")
        for owner in thing["metadata"].get("ownerReferences") or ():
            if owner["uid"] == uid and owner["kind"] in (*_SCALED, "Deployment"):
                return self._state.store.get(owner["kind"], namespace, owner["name"])
        return None
