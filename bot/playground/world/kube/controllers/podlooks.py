"""Plain questions about pods, as every controller asks them."""

from collections.abc import Mapping
from typing import Any

from bot.playground.world.kube.controllers.conditions import find, is_true
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import seconds
from bot.playground.world.kube.waiting import Waits

Pod = Mapping[str, Any]


def is_over(pod: Pod) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_going(pod: Pod) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_active(pod: Pod) -> bool:
    return not is_over(pod) and not is_going(pod)


def is_ready(pod: Pod) -> bool:
    return is_true((pod.get("status") or {}).get("conditions"), "Ready")


def ready_since(pod: Pod) -> float | None:
    ready = find((pod.get("status") or {}).get("conditions"), "Ready")
    return seconds(ready["lastTransitionTime"]) if ready.get("status") == "True" else None


def available_from(pod: Pod, wait: int, tempo: Waits) -> float | None:
    """Return from when a pod counts as available; None while it is not ready."""
    since = ready_since(pod)
    return None if since is None else tempo.reached(since, wait)


def restarts(pod: Pod) -> int:
    counts = ((pod.get("status") or {}).get("containerStatuses")) or ()
    return max((one.get("restartCount", 0) for one in counts), default=0)


def owned_by(owner: Object) -> list[dict[str, Any]]:
    """Return the owner references a controller gives what it makes."""
    meta = owner["metadata"]
    told = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
    return [{**told, "controller": True, "blockOwnerDeletion": True}]


def pod_of(template: Mapping[str, Any], owner: Object, **meta: Any) -> Object:
    """Return the pod a template describes, owned and not yet created."""
    told = template.get("metadata") or {}
    kept = {name: dict(told[name]) for name in ("labels", "annotations") if told.get(name)}
    head = {**kept, "ownerReferences": owned_by(owner), **meta}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": head, "spec": template.get("spec") or {}}
