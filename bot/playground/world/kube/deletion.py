"""Deleting: preconditions, finalizers, grace of pods, what becomes of dependents; and the collector that cleans up.

Dependents of a deleted owner go when the collector next looks, as with the real one; with `Orphan` they stay.
"""

from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.kinds import KINDS, Kind, named
from bot.playground.world.kube.options import DeleteOptions
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object, key_of
from bot.playground.world.kube.times import stamp

_PLAIN = DeleteOptions()
_FOREGROUND = "foregroundDeletion"


class Deletion:
    def __init__(self, state: State, registry: Registry) -> None:
        self._state, self._registry = state, registry

    def delete(self, kind: Kind, namespace: str, name: str, options: DeleteOptions = _PLAIN) -> Object:
        """Delete an object; return what the real server answers: a `Status`, or the object where it lingers."""
        current = self._registry.get(kind, namespace, name)
        _check(kind, current, options)
        if kind.name == "Pod":
            return self._pod(current, options)
        if kind.name == "Namespace":
            return self._end(kind, current, options, {"phase": "Terminating"})
        if current["metadata"].get("finalizers") or options.propagation == "Foreground":
            return self._end(kind, current, options, None)
        if not options.dry_run:
            self._remove(kind, current, orphan=options.propagation == "Orphan")
        return _success(kind, current)

    def collect(self, ref: Ref) -> None:
        """Look at one object that changed: an end that may now come, or a dependent whose owners are gone."""
        current = self._state.store.get(ref.kind, ref.namespace, ref.name)
        if current is None:
            return
        meta = current["metadata"]
        if ref.kind == "Namespace" and meta.get("deletionTimestamp"):
            self._empty(current)
        elif meta.get("deletionTimestamp") and ref.kind != "Pod":
            self._finish(named(ref.kind), current)
        elif meta.get("ownerReferences") and not any(self._lives(ref, owner) for owner in meta["ownerReferences"]):
            self.delete(named(ref.kind), ref.namespace, ref.name)

    def _lives(self, ref: Ref, owner: dict[str, Any]) -> bool:
        """A kind this cluster does not have cannot be looked up; its dependents are left alone."""
        try:
            kind = named(owner["kind"])
        except KeyError:
            return True
        found = self._state.store.get(owner["kind"], ref.namespace if kind.namespaced else "", owner["name"])
        return found is not None and found["metadata"]["uid"] == owner["uid"]

    def _pod(self, pod: Object, options: DeleteOptions) -> Object:
        asked = pod["spec"].get("terminationGracePeriodSeconds", 30) if options.grace is None else options.grace
        over = pod["status"].get("phase") in ("Succeeded", "Failed") or "nodeName" not in pod["spec"]
        grace = 0 if over else max(0, asked)
        meta = pod["metadata"]
        already = meta.get("deletionTimestamp") and grace >= meta.get("deletionGracePeriodSeconds", 0)
        if already and grace:
            return pod
        ends = stamp(self._state.clock.now() + grace)
        new = {**pod, "metadata": {**meta, "deletionTimestamp": ends, "deletionGracePeriodSeconds": grace}}
        if options.dry_run:
            return new
        if grace == 0 and not meta.get("finalizers"):
            self._remove(named("Pod"), pod)
            return new
        new["metadata"]["generation"] = meta.get("generation", 1) + 1
        return self._state.put("Pod", new)

    def _end(self, kind: Kind, current: Object, options: DeleteOptions, status: dict[str, Any] | None) -> Object:
        """Mark an object as ending; the collector removes it when nothing holds it any longer."""
        meta = current["metadata"]
        if meta.get("deletionTimestamp"):
            return current
        finalizers = list(meta.get("finalizers") or ())
        if options.propagation == "Foreground" and _FOREGROUND not in finalizers:
            finalizers.append(_FOREGROUND)
        ended = {"deletionTimestamp": stamp(self._state.clock.now()), "deletionGracePeriodSeconds": 0}
        new = {**current, "metadata": {**meta, **ended}}
        if finalizers:
            new["metadata"]["finalizers"] = finalizers
        if status:
            new["status"] = status
        return new if options.dry_run else self._state.put(kind.stored_as, new)

    def _finish(self, kind: Kind, current: Object) -> None:
        meta = current["metadata"]
        finalizers = list(meta.get("finalizers") or ())
        if _FOREGROUND in finalizers:
            dependents = self._dependents(current)
            for of, one in dependents:
                if not one["metadata"].get("deletionTimestamp"):
                    self.delete(of, *key_of(one), DeleteOptions(propagation="Foreground"))
            if dependents:
                return
            finalizers.remove(_FOREGROUND)
        if finalizers:
            if finalizers != meta["finalizers"]:
                self._state.put(kind.stored_as, {**current, "metadata": {**meta, "finalizers": finalizers}})
            return
        self._remove(kind, current)

    def _empty(self, namespace: Object) -> None:
        name, left = namespace["metadata"]["name"], 0
        for kind in (one for one in KINDS if one.namespaced and not one.store):
            for thing in self._state.store.all(kind.name, name):
                left += 1
                if not thing["metadata"].get("deletionTimestamp"):
                    self.delete(kind, *key_of(thing))
        if left:
            self._state.queue.after(Ref("Namespace", "", name), self._state.clock.now() + 0.2)
        else:
            self._state.remove("Namespace", namespace)

    def _remove(self, kind: Kind, current: Object, orphan: bool = False) -> None:
        dependents = self._dependents(current)
        for of, one in dependents if orphan else ():
            others = [ref for ref in one["metadata"]["ownerReferences"] if ref["uid"] != current["metadata"]["uid"]]
            self._state.put(of.stored_as, {**one, "metadata": {**one["metadata"], "ownerReferences": others}})
        self._state.remove(kind.stored_as, current)
        for of, one in dependents:
            self._state.queue.add(Ref(of.name, *key_of(one)))

    def _dependents(self, owner: Object) -> list[tuple[Kind, Object]]:
        return [(named(kind), one) for kind, one in self._state.store.dependents(owner["metadata"]["uid"])]


def _check(kind: Kind, current: Object, options: DeleteOptions) -> None:
    meta = current["metadata"]
    if options.uid is not None and options.uid != meta["uid"]:
        raise refusal.uid_differs(kind, meta["name"], options.uid, meta["uid"])
    if options.revision is not None and options.revision != meta["resourceVersion"]:
        words = "Precondition failed: ResourceVersion in precondition: "
        words += f"{options.revision}, ResourceVersion in object meta: {meta['resourceVersion']}"
        raise refusal.conflict(kind, meta["name"], words)


def _success(kind: Kind, gone: Object) -> Object:
    meta = gone["metadata"]
    details = {**refusal.about(kind, meta["name"]), "uid": meta["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
