"""Objects of a cluster as its API gives them, healthy unless told otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.signs import Role, Sign
from tools.read.faults.analyzing import analyze
from tools.read.faults.reading import snapshot_of

NOW = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=30)
Json = dict[str, Any]
HASH = "7d9f8b6c5d"


def stamp(minutes_ago: float) -> str:
    return (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def status(name: str = "app", **more: Any) -> Json:
    found: Json = {"name": name, "ready": True, "restartCount": 0, "state": {"running": {"startedAt": stamp(600)}}}
    return found | more


def waiting(reason: str, message: str = "", name: str = "app", restarts: int = 0, ended: Json | None = None) -> Json:
    found = status(name, ready=False, state={"waiting": {"reason": reason, "message": message}}, restartCount=restarts)
    return found | ({"lastState": {"terminated": {"finishedAt": stamp(2), **ended}}} if ended else {})


def container(name: str = "app", **more: Any) -> Json:
    return {"name": name, "image": "registry.example/shop:1.2", **more}


def pod(name: str = f"shop-{HASH}-x7gr9", *statuses: Json, ready: bool | None = None, **more: Any) -> Json:
    """``more``: spec, status, metadata are merged into what a healthy pod has."""
    held = statuses or (status(),)
    well = all(one.get("ready") for one in held) if ready is None else ready
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "store",
            "uid": name,
            "creationTimestamp": stamp(600),
            "labels": {"app": "shop", "pod-template-hash": HASH},
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"shop-{HASH}", "controller": True}],
        }
        | more.get("metadata", {}),
        "spec": {"nodeName": "worker-1", "containers": [container()], "restartPolicy": "Always"} | more.get("spec", {}),
        "status": {
            "phase": "Running",
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "Ready", "status": "True" if well else "False"},
            ],
            "containerStatuses": list(held),
        }
        | more.get("status", {}),
    }


def unscheduled(message: str, **more: Any) -> Json:
    conditions = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]
    spec = {"nodeName": "", **more.pop("spec", {})}
    return pod(ready=False, spec=spec, status={"phase": "Pending", "conditions": conditions, "containerStatuses": []})


def event(
    reason: str, message: str, name: str = f"shop-{HASH}-x7gr9", kind: str = "Pod", ago: float = 3, **more: Any
) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{reason}.{ago}", "namespace": "store" if kind != "Node" else "default"},
        "involvedObject": {"kind": kind, "namespace": "store" if kind != "Node" else "", "name": name},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "count": 4,
        "firstTimestamp": stamp(ago + 5),
        "lastTimestamp": stamp(ago),
        **more,
    }


def replica_set(name: str = f"shop-{HASH}") -> Json:
    owner = {"kind": "Deployment", "name": "shop", "controller": True}
    meta = {"name": name, "namespace": "store", "ownerReferences": [owner]}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta}


def deployment(ready: int = 2, desired: int = 2, updated: int | None = None, *conditions: Json) -> Json:
    count = desired if updated is None else updated
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "store", "uid": "d", "generation": 3},
        "spec": {"replicas": desired, "template": {}},
        "status": {
            "observedGeneration": 3,
            "replicas": max(ready, count),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "updatedReplicas": count,
            "conditions": list(conditions)
            or [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}],
        },
    }


def node(name: str = "worker-1", *conditions: Json, **spec: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"disk": "ssd"}},
        "spec": spec,
        "status": {
            "conditions": list(conditions) or [{"type": "Ready", "status": "True"}],
            "allocatable": {"cpu": "4", "memory": "16Gi"},
        },
    }


def signs(*objects: Json, logs: dict[str, list[str]] | None = None) -> tuple[Sign, ...]:
    """``logs`` by the name of a container of the one pod."""
    kept = {("store", f"shop-{HASH}-x7gr9", name): tuple(lines) for name, lines in (logs or {}).items()}
    return analyze(snapshot_of(objects, NOW, SINCE, logs=kept))


def causes(*objects: Json, logs: dict[str, list[str]] | None = None) -> dict[str, Sign]:
    """By kind."""
    return {one.kind: one for one in signs(*objects, logs=logs) if one.role is Role.CAUSE}


def troubles(*objects: Json) -> list[str]:
    return [one.kind for one in signs(*objects) if one.role in (Role.CAUSE, Role.SYMPTOM) and one.weight >= 0.3]
