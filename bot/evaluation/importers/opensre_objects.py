"""Objects of an `opensre` case, from its short rows to the shape that the Kubernetes API gives them."""

import re
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
_PULLED = re.compile(r'image "([^"\s]+)"')


def pod(row: Row, owner: str) -> Row:
    containers = [one for one in row.get("containers") or () if isinstance(one, Mapping)]
    metadata: dict[str, Any] = {"name": row.get("name", ""), "namespace": row.get("namespace", "")}
    metadata |= {
        "creationTimestamp": row.get("creation_timestamp") or row.get("start_time"),
        "labels": row.get("labels") or {},
    }
    if row.get("deletion_timestamp"):
        metadata["deletionTimestamp"] = row["deletion_timestamp"]
    if owner:
        metadata["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "controller": True}]
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "nodeName": row.get("node_name") or "",
            "containers": [_container(one) for one in containers],
            **{key: row[key] for key in ("tolerations", "nodeSelector", "affinity", "volumes") if key in row},
        },
        "status": {
            "phase": row.get("phase", ""),
            "reason": row.get("reason", ""),
            "message": row.get("message", ""),
            "startTime": row.get("start_time"),
            "conditions": [dict(one) for one in row.get("conditions") or ()],
            "containerStatuses": [_status(one) for one in containers],
        },
    }


def _container(row: Row) -> Row:
    told: dict[str, Any] = {"name": row.get("name", "")}
    if image := _image(row):
        told["image"] = image
    resources = row.get("resources")
    if isinstance(resources, Mapping):
        told["resources"] = resources
    elif limit := row.get("memory_limit"):
        told["resources"] = {"limits": {"memory": limit}}
    return told


def told_last(row: Row) -> Row:
    """How a container ended before, as far as its row says; what a running one keeps of an exit code is of then."""
    told = next((row[key] for key in ("last_state", "lastState", "last_terminated") if _is_row(row.get(key))), None)
    if told is not None:
        return told if isinstance(told, Mapping) else {}
    state = row.get("state")
    if isinstance(state, Mapping) and state.get("exit_code") is not None and not state.get("terminated"):
        return {"terminated": True, **{key: state[key] for key in ("exit_code", "finished_at") if key in state}}
    return {}


def _is_row(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _status(row: Row) -> Row:
    state = row.get("state")
    return {
        "name": row.get("name", ""),
        "ready": bool(row.get("ready")),
        "restartCount": int(row.get("restart_count") or 0),
        "image": _image(row),
        "state": _state(state if isinstance(state, Mapping) else {}),
        "lastState": _state(told_last(row)),
    }


def _image(row: Row) -> str:
    """Its own, else the one that its waiting names."""
    state = row.get("state")
    words = str(state.get("message") or "") if isinstance(state, Mapping) else ""
    return str(row.get("image") or image_in(words))


def image_in(words: str) -> str:
    """The image that a message about pulling names."""
    found = _PULLED.search(words)
    return found.group(1) if found else ""


def _state(row: Row) -> Row:
    """`{"waiting": true, "reason": …}` as the API nests it; what is nested already stays."""
    for key in ("waiting", "terminated", "running"):
        said = row.get(key)
        if isinstance(said, Mapping):
            return {key: _fields(said)}
        if said:
            return {key: _fields(row)}
    if row.get("reason") == "OOMKilled" or row.get("exit_code") is not None:
        return {"terminated": _fields(row)}
    return {}


def _fields(row: Row) -> Row:
    names = {
        "exit_code": "exitCode",
        "started_at": "startedAt",
        "finished_at": "finishedAt",
        "container_id": "containerID",
    }
    kept = ("reason", "message", "signal", "exitCode", "startedAt", "finishedAt", *names)
    return {names.get(key, key): row[key] for key in kept if row.get(key) is not None}


def deployment(row: Row, conditions: list[Row]) -> Row:
    counts = {name: int(row.get(name) or 0) for name in ("desired", "ready", "available", "unavailable", "updated")}
    status = {
        "replicas": counts["ready"] + counts["unavailable"],
        "readyReplicas": counts["ready"],
        "availableReplicas": counts["available"],
        "unavailableReplicas": counts["unavailable"],
        "updatedReplicas": counts["updated"] if "updated" in row else counts["desired"],
        "conditions": row.get("conditions") or conditions,
    }
    return {
        "kind": "Deployment",
        "metadata": {"name": row.get("name", ""), "namespace": row.get("namespace", "")},
        "spec": {"replicas": counts["desired"]},
        "status": status,
    }


def node(row: Row) -> Row:
    pressures = {"MemoryPressure": "memory_pressure", "DiskPressure": "disk_pressure", "PIDPressure": "pid_pressure"}
    conditions = [{"type": "Ready", "status": str(row.get("ready", "Unknown")), **_why(row)}]
    conditions += [{"type": kind, "status": str(row.get(key))} for kind, key in pressures.items() if key in row]
    return {
        "kind": "Node",
        "metadata": {
            "name": row.get("name", ""),
            "labels": {"node.kubernetes.io/instance-type": str(row.get("instance_type", ""))},
        },
        "spec": {"unschedulable": bool(row.get("unschedulable")), "taints": row.get("taints") or []},
        "status": {
            "conditions": row.get("conditions") or conditions,
            "capacity": _amounts(row, "capacity"),
            "allocatable": _amounts(row, "allocatable"),
        },
    }


def _why(row: Row) -> Row:
    return {key: str(row[name]) for key, name in (("reason", "reason"), ("message", "message")) if row.get(name)}


def _amounts(row: Row, prefix: str) -> Row:
    told = {key.removeprefix(f"{prefix}_"): str(value) for key, value in row.items() if key.startswith(f"{prefix}_")}
    return {("ephemeral-storage" if key == "disk" else key): value for key, value in told.items()}


def event(row: Row, at: int) -> Row:
    kind, _, name = str(row.get("involved_object") or "").partition("/")
    namespace = str(row.get("namespace") or "")
    return {
        "kind": "Event",
        "metadata": {"name": f"event-{at}", "namespace": namespace},
        "type": row.get("type", "Warning"),
        "reason": row.get("reason", ""),
        "message": row.get("message", ""),
        "count": int(row.get("count") or 1),
        "firstTimestamp": row.get("first_time"),
        "lastTimestamp": row.get("last_time"),
        "involvedObject": {"kind": kind, "name": name, "namespace": "" if kind == "Node" else namespace},
    }
