"""Which changes of an existing object are refused: what may never change, and what only some changes may touch."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.refusal import Cause, invalid, invalid_value, not_allowed
from bot.playground.world.kube.store import clone

Object = Mapping[str, Any]
_IMMUTABLE = "field is immutable"
_POD_WORDS = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_SET_WORDS = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_SET_MAY = frozenset(
    {
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    }
)  # fmt: skip


def check_change(kind: Kind, new: Object, old: Object) -> None:
    """Raise 422 for a change this kind does not allow."""
    step = _BY_KIND.get(kind.name)
    causes = list(step(new, old)) if step else []
    if causes:
        raise invalid(kind, old["metadata"]["name"], causes)


def _fixed(*paths: str) -> Callable[[Object, Object], Iterator[Cause]]:
    def check(new: Object, old: Object) -> Iterator[Cause]:
        for path in paths:
            now, before = _at(new, path), _at(old, path)
            if now != before:
                yield invalid_value(path, now, _IMMUTABLE)

    return check


def _at(thing: Object, path: str) -> Any:
    here: Any = thing
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def _pod(new: Object, old: Object) -> Iterator[Cause]:
    if _without_mutable(new["spec"]) != _without_mutable(old["spec"]):
        yield not_allowed("spec", _POD_WORDS)
        return
    for one in old["spec"].get("tolerations") or ():
        if one not in (new["spec"].get("tolerations") or ()):
            yield not_allowed(
                "spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"
            )


def _without_mutable(spec: Object) -> Any:
    kept = clone(spec)
    for name in ("activeDeadlineSeconds", "tolerations"):
        kept.pop(name, None)
    for part in ("containers", "initContainers"):
        for container in kept.get(part) or ():
            container.pop("image", None)
    return kept


def _stateful_set(new: Object, old: Object) -> Iterator[Cause]:
    before, now = old.get("spec") or {}, new.get("spec") or {}
    if any(before.get(name) != now.get(name) for name in {*before, *now} - _SET_MAY):
        yield not_allowed("spec", _SET_WORDS)


def _config_map(new: Object, old: Object) -> Iterator[Cause]:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield not_allowed("immutable", "field is immutable when `immutable` is set")
    for part in ("data", "binaryData"):
        if new.get(part) != old.get(part):
            yield not_allowed(part, "field is immutable when `immutable` is set")


def _claim(new: Object, old: Object) -> Iterator[Cause]:
    before, now = dict(old.get("spec") or {}), dict(new.get("spec") or {})
    for spec in (before, now):
        spec.pop("resources", None)
        spec.pop("volumeAttributesClassName", None)
    if before != now:
        words = (
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        )
        yield not_allowed("spec", words)


_BY_KIND: Mapping[str, Callable[[Object, Object], Iterator[Cause]]] = {
    "Deployment": _fixed("spec.selector"),
    "ReplicaSet": _fixed("spec.selector"),
    "DaemonSet": _fixed("spec.selector"),
    "Job": _fixed("spec.selector", "spec.template", "spec.completions", "spec.completionMode"),
    "Service": _fixed("spec.clusterIP"),
    "StatefulSet": _stateful_set,
    "Pod": _pod,
    "ConfigMap": _config_map,
    "PersistentVolumeClaim": _claim,
}
