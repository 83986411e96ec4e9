"""What a newly created object's status is before any controller has seen it."""

from collections.abc import Mapping
from typing import Any

from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.podspecs import quality_of
from bot.playground.world.kube.store import Object

_RULED = frozenset({"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "PodDisruptionBudget"})
"""Kinds whose status a controller of this cluster writes; nobody else's word is taken for it."""


def first_status(kind: Kind, new: Object, told: Mapping[str, Any] | None) -> dict[str, Any]:
    if not kind.has_status:
        return {}
    if told is not None and kind.name not in _RULED:
        return {"status": dict(told)}
    match kind.name:
        case "Pod":
            return {"status": {"phase": "Pending", "qosClass": quality_of(new["spec"])}}
        case "Namespace":
            return {"status": {"phase": "Active"}}
        case "Deployment" | "Job" | "CronJob" | "Node":
            return {"status": {}}
        case "ReplicaSet":
            return {"status": {"replicas": 0}}
        case "StatefulSet":
            return {"status": {"replicas": 0, "availableReplicas": 0}}
        case "DaemonSet":
            names = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
            return {"status": dict.fromkeys(names, 0)}
        case "PodDisruptionBudget":
            names = ("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods")
            return {"status": dict.fromkeys(names, 0)}
        case "Service":
            return {"status": {"loadBalancer": {}}}
        case "PersistentVolumeClaim":
            return {"status": {"phase": "Pending"}}
        case _:
            return {"status": {"currentMetrics": [], "desiredReplicas": 0}} if _scales(kind) else {"status": {}}


def _scales(kind: Kind) -> bool:
    return kind.name == "HorizontalPodAutoscaler"
