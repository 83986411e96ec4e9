"""The rules of a write: create, replace, patch; with dry run, preconditions, defaults, validation, generations.

Decides what is kept and what is answered. Who may write is `rbac.py`; deleting is `deletion.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.changes import check_change
from bot.playground.world.kube.decoding import Decoded, Patch, decode, decode_patched
from bot.playground.world.kube.defaults import fill
from bot.playground.world.kube.kinds import NAMESPACE, Kind
from bot.playground.world.kube.newborn import first_status
from bot.playground.world.kube.options import WriteOptions
from bot.playground.world.kube.state import State
from bot.playground.world.kube.store import Object, clone
from bot.playground.world.kube.times import stamp
from bot.playground.world.kube.validation import validate

_SYSTEM_OWNED = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
_PLAIN = WriteOptions()


@dataclass(frozen=True)
class Kept:
    """What a write answers with."""

    value: Object
    warnings: tuple[str, ...] = ()


class Registry:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        found = self._state.store.get(kind.stored_as, namespace, name)
        if found is None:
            raise refusal.not_found(kind, name)
        return found

    def create(
        self, kind: Kind, namespace: str, body: object, options: WriteOptions = _PLAIN, *, as_told: bool = False
    ) -> Kept:
        """Create an object; `as_told` keeps the status the manifest brings, as a playwright may and a client not."""
        decoded = decode(kind, body, options.strictness)
        new = decoded.value
        meta = self._named(kind, namespace, new)
        self._check_namespace(kind, namespace, meta.get("name", ""))
        status = new.pop("status", None) if kind.has_status else None
        fill(kind.name, new)
        validate(kind, new)
        if self._state.store.get(kind.stored_as, namespace, meta["name"]) is not None:
            raise refusal.already_exists(kind, meta["name"])
        new.update(first_status(kind, new, status if as_told else None))
        if options.dry_run:
            return Kept(new, decoded.warnings)
        return Kept(self._state.put(kind.stored_as, new), decoded.warnings)

    def replace(
        self, kind: Kind, namespace: str, name: str, body: object, options: WriteOptions = _PLAIN, part: str = ""
    ) -> Kept:
        decoded = decode(kind, body, options.strictness)
        told = decoded.value["metadata"].get("name", name)
        if told != name:
            raise refusal.bad_request(f"the name of the object ({told}) does not match the name on the URL ({name})")
        if not kind.unconditional and not decoded.value["metadata"].get("resourceVersion"):
            cause = refusal.invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
            raise refusal.invalid(kind, name, [cause])
        return self._update(kind, namespace, name, lambda _: decoded, options, part)

    def patch(
        self, kind: Kind, namespace: str, name: str, patch: Patch, options: WriteOptions = _PLAIN, part: str = ""
    ) -> Kept:
        def change(current: Object) -> Decoded:
            return decode_patched(kind, patch.on(current), options.strictness)

        return self._update(kind, namespace, name, change, options, part)

    def status(self, kind: Kind, current: Object, status: Mapping[str, Any], **annotations: str) -> Object:
        """Put a new status, as controllers do: no rules, no generation, nothing written when nothing changed."""
        meta = current["metadata"]
        kept = {**(meta.get("annotations") or {}), **annotations}
        if current.get("status") == status and kept == (meta.get("annotations") or {}):
            return current
        head = {**meta, "annotations": kept} if kept else meta
        return self._state.put(kind.stored_as, {**current, "metadata": head, "status": dict(status)})

    def _update(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        change: Callable[[Object], Decoded],
        options: WriteOptions,
        part: str,
    ) -> Kept:
        current = self.get(kind, namespace, name)
        decoded = change(current)
        new = clone(decoded.value)
        _check_identity(kind, new, current)
        _check_preconditions(kind, new, current)
        _keep_what_the_system_owns(kind, new, current, part)
        if part != "status":
            fill(kind.name, new)
            validate(kind, new)
            check_change(kind, new, current)
        _count_generation(kind, new, current)
        if _same(new, current):
            return Kept(current, decoded.warnings)
        if options.dry_run:
            return Kept(new, decoded.warnings)
        return Kept(self._state.put(kind.stored_as, new), decoded.warnings)

    def _named(self, kind: Kind, namespace: str, new: Object) -> dict[str, Any]:
        """Give a new object its name, uid and birth; raises 400 for another namespace than the request's."""
        meta = dict(new["metadata"])
        if kind.namespaced and meta.get("namespace", namespace) != namespace:
            words = "the namespace of the provided object does not match the namespace sent on the request"
            raise refusal.bad_request(words)
        if meta.get("resourceVersion"):
            raise refusal.bad_request("resourceVersion should not be set on objects to be created")
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + self._state.suffix()
        if kind.namespaced:
            meta["namespace"] = namespace
        else:
            meta.pop("namespace", None)
        for owned in _SYSTEM_OWNED:
            meta.pop(owned, None)
        meta["uid"] = self._state.uid()
        meta["creationTimestamp"] = stamp(self._state.clock.now())
        if kind.counts_generations:
            meta["generation"] = 1
        new["metadata"] = meta
        return meta

    def _check_namespace(self, kind: Kind, namespace: str, name: str) -> None:
        if not kind.namespaced:
            return
        home = self._state.store.get("Namespace", "", namespace)
        if home is None:
            raise refusal.not_found(NAMESPACE, namespace)
        if home["metadata"].get("deletionTimestamp"):
            words = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise refusal.forbidden(kind, name, words)


def _check_identity(kind: Kind, new: Object, current: Object) -> None:
    old, meta = current["metadata"], new["metadata"]
    if meta.get("namespace", old.get("namespace")) != old.get("namespace"):
        words = "the namespace of the provided object does not match the namespace sent on the request"
        raise refusal.bad_request(words)
    if meta.get("name", old["name"]) != old["name"]:
        raise refusal.bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({old['name']})"
        )
    meta["name"] = old["name"]
    if kind.namespaced:
        meta["namespace"] = old["namespace"]


def _check_preconditions(kind: Kind, new: Object, current: Object) -> None:
    """A uid or resourceVersion the writer names must be the live one.

    The real server has 422 (`field is immutable`) for a patch whose uid alone is another's; here that conflicts too.
    """
    old, meta = current["metadata"], new["metadata"]
    if meta.get("uid", old["uid"]) != old["uid"]:
        raise refusal.uid_differs(kind, old["name"], meta["uid"], old["uid"])
    told = meta.get("resourceVersion") or old["resourceVersion"]
    if not told.isdigit():
        cause = refusal.invalid_value("metadata.resourceVersion", told, "must be an unsigned integer")
        raise refusal.invalid(kind, old["name"], [cause])
    if told != old["resourceVersion"]:
        raise refusal.modified(kind, old["name"])


def _keep_what_the_system_owns(kind: Kind, new: Object, current: Object, part: str) -> None:
    old, meta = current["metadata"], new["metadata"]
    for name in (*_SYSTEM_OWNED, "resourceVersion", "generateName"):
        meta.pop(name, None)
        if name in old:
            meta[name] = old[name]
    if part == "status":
        meta.update({name: old[name] for name in ("labels", "ownerReferences", "finalizers") if name in old})
        _take_over(new, current, [name for name in {*new, *current} if name not in ("metadata", "status")])
    elif kind.has_status:
        _take_over(new, current, ["status"])


def _take_over(new: Object, current: Object, names: list[str]) -> None:
    for name in names:
        new.pop(name, None)
        if name in current:
            new[name] = current[name]


def _count_generation(kind: Kind, new: Object, current: Object) -> None:
    """A changed spec is a new generation; for a Deployment its annotations count too, as they reach its ReplicaSets."""
    if not kind.counts_generations:
        return
    annotations = _annotations(new) != _annotations(current) if kind.name == "Deployment" else False
    if new.get("spec") != current.get("spec") or annotations:
        new["metadata"]["generation"] = current["metadata"].get("generation", 1) + 1


def _annotations(thing: Object) -> Mapping[str, str]:
    return thing["metadata"].get("annotations") or {}


def _same(new: Object, current: Object) -> bool:
    return _bare(new) == _bare(current)


def _bare(thing: Object) -> Object:
    """An object as the wire has it: an empty map or list of its metadata is none."""
    return {**thing, "metadata": {name: value for name, value in thing["metadata"].items() if value not in ({}, [])}}
