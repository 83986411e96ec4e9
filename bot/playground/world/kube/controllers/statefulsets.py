"""The StatefulSet controller: numbered pods, one after the other up, the last one first down, updated from the end."""

from typing import Any

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.controllers.revisions import template_hash
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import POD, named
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object

_BY = "statefulset-controller"
_REVISION = "controller-revision-hash"


class StatefulSets:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, recorder: Recorder) -> None:
        self._state, self._registry, self._deletion, self._recorder = state, registry, deletion, recorder

    def reconcile(self, ref: Ref) -> None:
        current = self._state.store.get(*ref)
        if current is None:
            return
        pods = {_ordinal(pod): pod for pod in self._state.store.owned(current["metadata"]["uid"], "Pod")}
        revision = f"{ref.name}-{template_hash(current['spec']['template'])}"
        if not current["metadata"].get("deletionTimestamp"):
            self._meet(current, pods, revision)
        self._count(ref, revision)

    def _meet(self, owner: Object, pods: dict[int, Object], revision: str) -> None:
        wanted = owner["spec"].get("replicas", 1)
        in_turn = owner["spec"].get("podManagementPolicy") != "Parallel"
        for number in range(wanted):
            pod = pods.get(number)
            if pod is None:
                pods[number] = self._make(owner, number, revision)
            elif podlooks.is_over(pod) and not podlooks.is_going(pod):
                self._take(owner, pod)
            if in_turn and not _stands(pods[number]):
                return
        surplus = sorted((number for number in pods if number >= wanted), reverse=True)
        for number in surplus:
            self._take(owner, pods[number])
            if in_turn:
                return
        self._renew(owner, {number: pods[number] for number in range(wanted)}, revision)

    def _renew(self, owner: Object, pods: dict[int, Object], revision: str) -> None:
        """Replace the last pod of an older template, once every pod stands."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete" or not all(_stands(pod) for pod in pods.values()):
            return
        first = (strategy.get("rollingUpdate") or {}).get("partition", 0)
        stale = [number for number, pod in pods.items() if number >= first and _revision(pod) != revision]
        if stale:
            self._take(owner, pods[max(stale)])

    def _make(self, owner: Object, number: int, revision: str) -> Object:
        meta = owner["metadata"]
        name = f"{meta['name']}-{number}"
        pod = podlooks.pod_of(owner["spec"]["template"], owner, name=name)
        labels = {"apps.kubernetes.io/pod-index": str(number), "statefulset.kubernetes.io/pod-name": name}
        pod["metadata"]["labels"] = {**pod["metadata"].get("labels", {}), **labels, _REVISION: revision}
        pod["spec"] = {**pod["spec"], "hostname": name, "subdomain": owner["spec"].get("serviceName", "")}
        made = self._registry.create(POD, meta["namespace"], pod).value
        words = f"create Pod {name} in StatefulSet {meta['name']} successful"
        self._recorder.about(owner, "SuccessfulCreate", words, _BY)
        return made

    def _take(self, owner: Object, pod: Object) -> None:
        if podlooks.is_going(pod):
            return
        name = pod["metadata"]["name"]
        self._deletion.delete(POD, pod["metadata"]["namespace"], name)
        words = f"delete Pod {name} in StatefulSet {owner['metadata']['name']} successful"
        self._recorder.about(owner, "SuccessfulDelete", words, _BY)

    def _count(self, ref: Ref, revision: str) -> None:
        owner = self._state.store.get(*ref)
        if owner is None:
            return
        pods = [pod for pod in self._state.store.owned(owner["metadata"]["uid"], "Pod") if not podlooks.is_over(pod)]
        ready = sum(_stands(pod) for pod in pods)
        updated = sum(_revision(pod) == revision and not podlooks.is_going(pod) for pod in pods)
        before = owner["status"].get("currentRevision", revision)
        done = updated == len(pods)
        counts = {"readyReplicas": ready, "updatedReplicas": updated}
        counts["currentReplicas"] = updated if done else sum(_revision(pod) == before for pod in pods)
        status: dict[str, Any] = {name: count for name, count in counts.items() if count}
        status |= {"replicas": len(pods), "availableReplicas": ready, "collisionCount": 0}
        status |= {"currentRevision": revision if done else before, "updateRevision": revision}
        status["observedGeneration"] = owner["metadata"].get("generation", 1)
        self._registry.status(named("StatefulSet"), owner, status)


def _stands(pod: Object) -> bool:
    return podlooks.is_ready(pod) and podlooks.is_active(pod)


def _revision(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(_REVISION, ""))


def _ordinal(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])
