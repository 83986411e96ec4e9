"""Nodes under pressure as kubelet and node controller tell it, and which pods a tainted node still takes."""

from typing import Any

from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.decoding import STRATEGIC_PATCH, Patch
from bot.playground.world.kube.kinds import NODE
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import stamp

PRESSURES = {
    "MemoryPressure": ("memory-pressure", "Memory", "memory"),
    "DiskPressure": ("disk-pressure", "Disk", "disk"),
    "PIDPressure": ("pid-pressure", "PID", "PID"),
}
_BY = "kubelet"


def put_under_pressure(registry: Registry, recorder: Recorder, name: str, pressure: str, on: bool, now: float) -> None:
    """Write condition and taint, and say so; `pressure` is one of `PRESSURES`."""
    node = registry.get(NODE, "", name)
    short, word, what = PRESSURES[pressure]
    reason = f"KubeletHas{'Insufficient' if on else 'Sufficient'}{word}"
    condition = {
        "type": pressure,
        "status": "True" if on else "False",
        "reason": reason,
        "message": f"kubelet has {'insufficient' if on else 'sufficient'} {what} available",
        "lastHeartbeatTime": stamp(now),
        "lastTransitionTime": stamp(now),
    }
    _patch(registry, name, {"status": {"conditions": [condition]}}, "status")
    key = f"node.kubernetes.io/{short}"
    kept = [one for one in (node.get("spec") or {}).get("taints") or () if one.get("key") != key]
    _patch(registry, name, {"spec": {"taints": [*kept, *([{"key": key, "effect": "NoSchedule"}] if on else [])]}})
    told = f"Node{reason.removeprefix('Kubelet')}"
    recorder.about(node, told, f"Node {name} status is now: {told}", _BY, "Warning" if on else "Normal")


def _patch(registry: Registry, name: str, change: dict[str, Any], part: str = "") -> None:
    registry.patch(NODE, "", name, Patch(STRATEGIC_PATCH, change), part=part)


def tolerates(pod: Object, node: Object) -> bool:
    """Say whether a pod may be put on a node with its taints; those that only prefer others are no hindrance."""
    taints = [one for one in (node.get("spec") or {}).get("taints") or () if one.get("effect") != "PreferNoSchedule"]
    return all(any(_matches(one, taint) for one in pod["spec"].get("tolerations") or ()) for taint in taints)


def _matches(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and toleration.get("value", "") == taint.get("value", "")
