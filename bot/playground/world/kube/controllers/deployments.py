"""The Deployment controller: a ReplicaSet per template, rolled over within bounds, scaled, paused, cleaned up.

Looks at one Deployment and does the next step; the pods are the ReplicaSet controller's business, and whoever changes
rings for the next look.
"""

from bot.playground.world.kube.controllers import revisions
from bot.playground.world.kube.controllers.conditions import condition, find, with_condition
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.controllers.podlooks import is_over
from bot.playground.world.kube.controllers.progress import is_complete, status_of
from bot.playground.world.kube.controllers.revisions import Sets
from bot.playground.world.kube.controllers.rolling import (
    Counts,
    Share,
    bounds_of,
    shared_out,
    size_of_new,
    sizes_of_old,
)
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import named
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import stamp

_BY = "deployment-controller"
_DEPLOYMENT, _SET = named("Deployment"), named("ReplicaSet")


class Deployments:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, recorder: Recorder) -> None:
        self._state, self._registry, self._deletion, self._recorder = state, registry, deletion, recorder

    def reconcile(self, ref: Ref) -> None:
        deployment = self._state.store.get(*ref)
        if deployment is None or deployment["metadata"].get("deletionTimestamp"):
            return
        sets = self._sets(deployment)
        if not deployment["spec"].get("paused"):
            sets = self._with_newest(deployment, sets)
            deployment = self._state.store.get(*ref) or deployment
        if deployment["spec"].get("paused") or _was_scaled(deployment, sets):
            self._scale(deployment, sets)
        elif deployment["spec"]["strategy"]["type"] == "Recreate":
            self._recreate(deployment, sets)
        else:
            self._roll(deployment, sets)
        self._tell(ref)

    def _sets(self, deployment: Object) -> Sets:
        owned = self._state.store.owned(deployment["metadata"]["uid"], "ReplicaSet")
        return revisions.told_apart(deployment, owned)

    def _with_newest(self, deployment: Object, sets: Sets) -> Sets:
        """Make sure the template has its ReplicaSet and that it is the newest revision."""
        revision = revisions.next_revision(sets.old)
        if sets.new is None and deployment["spec"]["strategy"]["type"] == "Recreate" and self._old_run(sets):
            return sets
        if sets.new is None:
            new = self._made(deployment, revision)
        else:
            known = sets.new["metadata"].get("annotations") or {}
            new = self._annotated(sets.new, revisions.annotations_for(deployment, known, revision))
        self._show_revision(deployment, new)
        return Sets(new, sets.old)

    def _made(self, deployment: Object, revision: int) -> Object:
        made = revisions.set_for(deployment, revision)
        namespace, collisions = deployment["metadata"]["namespace"], 0
        while self._state.store.get("ReplicaSet", namespace, made["metadata"]["name"]) is not None:
            collisions += 1
            made = revisions.set_for(deployment, revision, collisions)
        new = self._registry.create(_SET, namespace, made).value
        name = new["metadata"]["name"]
        told = condition("Progressing", True, "NewReplicaSetCreated", f'Created new replica set "{name}"')
        self._set_progressing(deployment, told)
        return new

    def _set_progressing(self, deployment: Object, told: dict[str, str]) -> None:
        status = dict(deployment.get("status") or {})
        at = stamp(self._state.clock.now())
        status["conditions"] = with_condition(status.get("conditions"), told, at, "lastUpdateTime")
        self._registry.status(_DEPLOYMENT, deployment, status)

    def _annotated(self, one: Object, annotations: dict[str, str]) -> Object:
        if annotations == (one["metadata"].get("annotations") or {}):
            return one
        return self._state.put("ReplicaSet", {**one, "metadata": {**one["metadata"], "annotations": annotations}})

    def _show_revision(self, deployment: Object, new: Object) -> None:
        live = self._registry.get(_DEPLOYMENT, deployment["metadata"]["namespace"], deployment["metadata"]["name"])
        if not find(live["status"].get("conditions"), "Progressing"):
            name = new["metadata"]["name"]
            found = condition("Progressing", True, "FoundNewReplicaSet", f'Found new replica set "{name}"')
            self._set_progressing(live, found)
            live = self._registry.get(_DEPLOYMENT, live["metadata"]["namespace"], live["metadata"]["name"])
        shown = {revisions.REVISION: new["metadata"]["annotations"][revisions.REVISION]}
        self._registry.status(_DEPLOYMENT, live, live.get("status") or {}, **shown)

    def _scale(self, deployment: Object, sets: Sets) -> None:
        """The Deployment's size changed (or it is paused): keep the proportions, take no step of the rollout."""
        bounds = bounds_of(deployment["spec"])
        active = [one for one in sets.every if one["spec"].get("replicas")]
        if len(active) <= 1:
            for one in active or ([sets.every[-1]] if sets.every else []):
                self._resize(deployment, one, bounds.wanted)
        elif sets.new and _saturated(deployment, sets.new):
            for one in sets.old:
                self._resize(deployment, one, 0)
        elif deployment["spec"]["strategy"]["type"] == "RollingUpdate":
            growing = bounds.most > sum(one["spec"]["replicas"] for one in active)
            active.sort(key=lambda one: (-one["spec"]["replicas"], -revisions.revision_of(one) if growing else 0))
            shares = [Share(one["spec"]["replicas"], _most(one)) for one in active]
            for one, size in zip(active, shared_out(bounds, shares), strict=True):
                self._resize(deployment, one, size)

    def _roll(self, deployment: Object, sets: Sets) -> None:
        if sets.new is None:
            return
        bounds, size = bounds_of(deployment["spec"]), sets.new["spec"].get("replicas", 0)
        total = sum(one["spec"].get("replicas", 0) for one in sets.every)
        target = size_of_new(bounds, size, total)
        if target != size:
            self._resize(deployment, sets.new, target)
            return
        sizes = sizes_of_old(bounds, _numbers(sets.new), [_numbers(one) for one in sets.old])
        for one, smaller in zip(sets.old, sizes, strict=True):
            self._resize(deployment, one, smaller)

    def _recreate(self, deployment: Object, sets: Sets) -> None:
        for one in sets.old:
            self._resize(deployment, one, 0)
        if sets.new is not None and not self._old_run(sets):
            self._resize(deployment, sets.new, deployment["spec"].get("replicas", 1))

    def _old_run(self, sets: Sets) -> bool:
        pods = [pod for one in sets.old for pod in self._state.store.owned(one["metadata"]["uid"], "Pod")]
        return any(not is_over(pod) for pod in pods) or any(one["spec"].get("replicas") for one in sets.old)

    def _resize(self, deployment: Object, one: Object, size: int) -> None:
        meta, before = one["metadata"], one["spec"].get("replicas", 0)
        annotations = {**(meta.get("annotations") or {}), **revisions.size_annotations(deployment)}
        if size == before:
            if size:
                self._annotated(one, annotations)
            return
        head = {**meta, "annotations": annotations, "generation": meta.get("generation", 1) + 1}
        self._state.put("ReplicaSet", {**one, "metadata": head, "spec": {**one["spec"], "replicas": size}})
        way = "up" if size > before else "down"
        words = f"Scaled {way} replica set {meta['name']} from {before} to {size}"
        self._recorder.about(deployment, "ScalingReplicaSet", words, _BY)

    def _tell(self, ref: Ref) -> None:
        deployment = self._state.store.get(*ref)
        if deployment is None:
            return
        sets = self._sets(deployment)
        told = status_of(deployment, sets, self._state.clock.now())
        deployment = self._registry.status(_DEPLOYMENT, deployment, told.status)
        if told.again_at is not None:
            self._state.queue.after(ref, max(told.again_at, self._state.clock.now() + 1))
        if is_complete(deployment, told.status):
            for one in revisions.past_the_limit(deployment, sets.old):
                self._deletion.delete(_SET, one["metadata"]["namespace"], one["metadata"]["name"])


def _was_scaled(deployment: Object, sets: Sets) -> bool:
    wanted = str(deployment["spec"].get("replicas", 1))
    active = [one for one in sets.every if one["spec"].get("replicas")]
    told = ((one["metadata"].get("annotations") or {}).get(revisions.DESIRED) for one in active)
    return any(one is not None and one != wanted for one in told)


def _saturated(deployment: Object, new: Object) -> bool:
    wanted = deployment["spec"].get("replicas", 1)
    known = (new["metadata"].get("annotations") or {}).get(revisions.DESIRED) == str(wanted)
    return known and new["spec"].get("replicas") == wanted == new["status"].get("availableReplicas", 0)


def _numbers(one: Object) -> Counts:
    status = one["status"]
    return Counts(one["spec"].get("replicas", 0), status.get("readyReplicas", 0), status.get("availableReplicas", 0))


def _most(one: Object) -> int:
    text = (one["metadata"].get("annotations") or {}).get(revisions.MOST, "0")
    return int(text) if text.isdigit() else 0
