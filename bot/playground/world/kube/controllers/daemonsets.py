"""The DaemonSet controller: one pod on every node that takes it, replaced a few at a time when the template changes."""

from typing import Any

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.controllers.revisions import template_hash
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import POD, named
from bot.playground.world.kube.names import amount
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object

_BY = "daemonset-controller"
_REVISION = "controller-revision-hash"


class DaemonSets:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, recorder: Recorder) -> None:
        self._state, self._registry, self._deletion, self._recorder = state, registry, deletion, recorder

    def reconcile(self, ref: Ref) -> None:
        current = self._state.store.get(*ref)
        if current is None:
            return
        revision, nodes = template_hash(current["spec"]["template"]), self._nodes(current)
        if not current["metadata"].get("deletionTimestamp"):
            self._meet(current, nodes, revision)
        self._count(current, nodes, revision)

    def _nodes(self, owner: Object) -> list[str]:
        """Return the nodes wanted: a cordon keeps no daemon away, a label asked for and missing does."""
        wanted = (owner["spec"]["template"].get("spec") or {}).get("nodeSelector") or {}
        nodes = self._state.store.all("Node")
        return [node["metadata"]["name"] for node in nodes if wanted.items() <= _labels(node).items()]

    def _pods(self, owner: Object) -> list[Object]:
        return self._state.store.owned(owner["metadata"]["uid"], "Pod")

    def _meet(self, owner: Object, nodes: list[str], revision: str) -> None:
        pods = self._pods(owner)
        held = {pod["spec"].get("nodeName") for pod in pods}
        for node in nodes:
            if node not in held:
                self._make(owner, node, revision)
        for pod in pods:
            if podlooks.is_active(pod) and pod["spec"].get("nodeName") not in nodes:
                self._take(owner, pod)
        self._renew(owner, nodes, pods, revision)

    def _renew(self, owner: Object, nodes: list[str], pods: list[Object], revision: str) -> None:
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        most = amount((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), len(nodes), up=True)
        missing = len(nodes) - sum(_stands(pod) for pod in pods)
        stale = [pod for pod in pods if podlooks.is_active(pod) and _labels(pod).get(_REVISION) != revision]
        broken = [pod for pod in stale if not _stands(pod)]
        standing = [pod for pod in stale if _stands(pod)]
        for pod in (*broken, *standing[: max(0, most - missing)]):
            self._take(owner, pod)

    def _make(self, owner: Object, node: str, revision: str) -> None:
        meta = owner["metadata"]
        pod = podlooks.pod_of(owner["spec"]["template"], owner, generateName=f"{meta['name']}-")
        pod["metadata"]["labels"] = {**pod["metadata"].get("labels", {}), _REVISION: revision}
        pod["spec"] = {**pod["spec"], "nodeName": node}
        made = self._registry.create(POD, meta["namespace"], pod).value
        self._recorder.about(owner, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}", _BY)

    def _take(self, owner: Object, pod: Object) -> None:
        name = pod["metadata"]["name"]
        self._deletion.delete(POD, pod["metadata"]["namespace"], name)
        self._recorder.about(owner, "SuccessfulDelete", f"Deleted pod: {name}", _BY)

    def _count(self, owner: Object, nodes: list[str], revision: str) -> None:
        pods = [pod for pod in self._pods(owner) if podlooks.is_active(pod)]
        ready, wanted = sum(_stands(pod) for pod in pods), len(nodes)
        status: dict[str, Any] = {
            "currentNumberScheduled": len(pods),
            "desiredNumberScheduled": wanted,
            "numberMisscheduled": 0,
            "numberReady": ready,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        updated = sum(_labels(pod).get(_REVISION) == revision for pod in pods)
        counts = {"updatedNumberScheduled": updated, "numberAvailable": ready, "numberUnavailable": wanted - ready}
        status |= {name: count for name, count in counts.items() if count > 0}
        self._registry.status(named("DaemonSet"), owner, status)


def _stands(pod: Object) -> bool:
    return podlooks.is_ready(pod) and podlooks.is_active(pod)


def _labels(thing: Object) -> dict[str, str]:
    return thing["metadata"].get("labels") or {}
