"""Eviction: a delete that asks the disruption budgets first, and is told 429 when they have nothing to spare."""

from typing import Any

from bot.playground.world.kube import refusal, schema
from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.budgets import Budgets
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import POD
from bot.playground.world.kube.options import DeleteOptions, read_delete_options
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref
from bot.playground.world.kube.store import Object

_NO_ROOM = "Cannot evict pod as it would violate the pod's disruption budget."
EVICTED = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


class Evictions:
    def __init__(self, registry: Registry, deletion: Deletion, budgets: Budgets) -> None:
        self._registry, self._deletion, self._budgets = registry, deletion, budgets

    def evict(self, namespace: str, name: str, body: Any, dry_run: bool) -> DeleteOptions:
        """Evict a pod; raises 400, 404, 409 for another uid, 429 against a full budget, 500 with two budgets."""
        options = _options(name, body, dry_run)
        pod = self._registry.get(POD, namespace, name)
        if options.uid is not None and options.uid != pod["metadata"]["uid"]:
            raise refusal.uid_differs(POD, name, options.uid, pod["metadata"]["uid"])
        if not _needs_no_leave(pod):
            self._ask(pod)
        self._deletion.delete(POD, namespace, name, options)
        for budget in self._budgets.over(pod):
            self._budgets.reconcile(Ref("PodDisruptionBudget", namespace, budget["metadata"]["name"]))
        return options

    def _ask(self, pod: Object) -> None:
        budgets = self._budgets.over(pod)
        if len(budgets) > 1:
            words = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            raise refusal.internal(words)
        for budget in budgets:
            _ask_budget(budget, podlooks.is_ready(pod))


def _ask_budget(budget: Object, ready: bool) -> None:
    name, status = budget["metadata"]["name"], budget["status"]
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 1):
        words = f"The disruption budget {name} is still being processed by the server."
        raise refusal.too_many_requests(_NO_ROOM, [refusal.Cause("DisruptionBudget", words)], retry_after=10)
    if not ready and _lets_unready_go(budget):
        return
    if status["disruptionsAllowed"] < 1:
        words = f"The disruption budget {name} needs {status['desiredHealthy']} healthy pods and has "
        words += f"{status['currentHealthy']} currently"
        raise refusal.too_many_requests(_NO_ROOM, [refusal.Cause("DisruptionBudget", words)])


def _lets_unready_go(budget: Object) -> bool:
    status = budget["status"]
    always = budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
    return always or bool(status["currentHealthy"] >= status["desiredHealthy"] > 0)


def _needs_no_leave(pod: Object) -> bool:
    return podlooks.is_over(pod) or podlooks.is_going(pod) or pod["status"].get("phase") == "Pending"


def _options(name: str, body: Any, dry_run: bool) -> DeleteOptions:
    try:
        told = schema.read("V1Eviction", body).value
    except schema.Mistyped as error:
        raise refusal.bad_request(str(error)) from error
    named = (told.get("metadata") or {}).get("name", name)
    if named != name:
        raise refusal.bad_request(f"name in URL does not match name in Eviction object: {name} != {named}")
    asked = dict(told.get("deleteOptions") or {})
    if dry_run:
        asked["dryRun"] = ["All"]
    return read_delete_options({}, asked)
