"""The ReplicaSet controller: as many pods as asked for, the least worth having removed first, and the counts."""

from typing import Any

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import POD, named
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.selectors import matches, of_query
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import seconds

_BY = "replicaset-controller"
_BURST = 500
"""Pods made at one look, as the real controller bounds it: no size a client asks for can stop the world."""
_COST = "controller.kubernetes.io/pod-deletion-cost"


class ReplicaSets:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, recorder: Recorder) -> None:
        self._state, self._registry, self._deletion, self._recorder = state, registry, deletion, recorder

    def reconcile(self, ref: Ref) -> None:
        current = self._state.store.get(*ref)
        if current is None:
            return
        if not current["metadata"].get("deletionTimestamp"):
            self._meet(current)
        self._count(current)

    def _pods(self, owner: Object) -> list[Object]:
        return self._state.store.owned(owner["metadata"]["uid"], "Pod")

    def _meet(self, owner: Object) -> None:
        active = [pod for pod in self._pods(owner) if podlooks.is_active(pod)]
        lacking = owner["spec"].get("replicas", 1) - len(active)
        for _ in range(min(lacking, _BURST)):
            self._make(owner)
        if lacking > _BURST:
            meta = owner["metadata"]
            self._state.queue.after(Ref("ReplicaSet", meta["namespace"], meta["name"]), self._state.clock.now() + 1)
        if lacking < 0:
            for pod in sorted(active, key=_worth)[:-lacking]:
                meta = pod["metadata"]
                self._deletion.delete(POD, meta["namespace"], meta["name"])
                self._recorder.about(owner, "SuccessfulDelete", f"Deleted pod: {meta['name']}", _BY)

    def _make(self, owner: Object) -> None:
        meta = owner["metadata"]
        pod = podlooks.pod_of(owner["spec"]["template"], owner, generateName=f"{meta['name']}-")
        made = self._registry.create(POD, meta["namespace"], pod).value
        self._recorder.about(owner, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}", _BY)

    def _count(self, owner: Object) -> None:
        pods = self._pods(owner)
        active = [pod for pod in pods if podlooks.is_active(pod)]
        wanted = of_query({"matchLabels": (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}})
        counts = {
            "replicas": len(active),
            "fullyLabeledReplicas": sum(matches(wanted, pod["metadata"].get("labels")) for pod in active),
            "readyReplicas": sum(podlooks.is_ready(pod) for pod in active),
            "availableReplicas": self._available(owner, active),
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        status: dict[str, Any] = {name: count for name, count in counts.items() if count or name == "replicas"}
        status["terminatingReplicas"] = sum(podlooks.is_going(pod) and not podlooks.is_over(pod) for pod in pods)
        self._registry.status(named("ReplicaSet"), owner, status)

    def _available(self, owner: Object, active: list[Object]) -> int:
        meta, wait, now = owner["metadata"], owner["spec"].get("minReadySeconds", 0), self._state.clock.now()
        available = 0
        for pod in active:
            due = podlooks.available_from(pod, wait, self._state.tempo)
            if due is not None and due <= now:
                available += 1
            elif due is not None:
                self._state.queue.after(Ref("ReplicaSet", meta["namespace"], meta["name"]), due)
        return available


def _worth(pod: Object) -> tuple[Any, ...]:
    """Sort key: what may go first comes first, by the real controller's rules."""
    meta, status = pod["metadata"], pod["status"]
    since = podlooks.ready_since(pod)
    cost = (meta.get("annotations") or {}).get(_COST, "0")
    return (
        "nodeName" in pod["spec"],
        status.get("phase") == "Running",
        podlooks.is_ready(pod),
        int(cost) if cost.lstrip("-").isdigit() else 0,
        -(since or 0.0),
        -podlooks.restarts(pod),
        -seconds(meta["creationTimestamp"]),
    )
