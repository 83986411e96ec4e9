"""Objects of an `opensre` case, from its short rows to the shape that the Kubernetes API gives them."""

import re
from typing import Any

from bot.evaluation.importers.loose import Row, count, row, rows, text, truth

_PULLED = re.compile(r'image "([^"\s]+)"')
GIVEN = ("tolerations", "nodeSelector", "affinity", "volumes")
PRESSURES = {"MemoryPressure": "memory_pressure", "DiskPressure": "disk_pressure", "PIDPressure": "pid_pressure"}
FIELDS = {"exit_code": "exitCode", "started_at": "startedAt", "finished_at": "finishedAt"}


def pod(one: Row, owner: str) -> Row:
    containers = rows(one, "containers")
    metadata: dict[str, Any] = {"name": text(one.get("name")), "namespace": text(one.get("namespace"))}
    metadata |= {
        "creationTimestamp": one.get("creation_timestamp") or one.get("start_time"),
        "labels": row(one.get("labels")),
    }
    if one.get("deletion_timestamp"):
        metadata["deletionTimestamp"] = one["deletion_timestamp"]
    if owner:
        metadata["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "controller": True}]
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "nodeName": text(one.get("node_name")),
            "containers": [_container(each) for each in containers],
            **{key: one[key] for key in GIVEN if key in one},
        },
        "status": {
            **{key: text(one.get(key)) for key in ("phase", "reason", "message")},
            "startTime": one.get("start_time"),
            "conditions": rows(one, "conditions"),
            "containerStatuses": [_status(each) for each in containers],
        },
    }


def _container(one: Row) -> Row:
    told: dict[str, Any] = {"name": text(one.get("name"))}
    if image := _image(one):
        told["image"] = image
    if resources := row(one.get("resources")):
        told["resources"] = resources
    elif limit := one.get("memory_limit"):
        told["resources"] = {"limits": {"memory": limit}}
    return told


def told_last(one: Row) -> Row:
    """How a container ended before: one that runs and was restarted did, and its exit code, where told, is of then."""
    told = next((row(one.get(key)) for key in ("last_state", "lastState", "last_terminated") if row(one.get(key))), {})
    state = row(one.get("state"))
    if told or state.get("terminated") or not (state.get("running") and count(one.get("restart_count"))):
        return told
    return {"terminated": True, **{key: state[key] for key in ("exit_code", "finished_at") if key in state}}


def _status(one: Row) -> Row:
    return {
        "name": text(one.get("name")),
        "ready": truth(one.get("ready")),
        "restartCount": count(one.get("restart_count")),
        "image": _image(one),
        "state": _state(row(one.get("state"))),
        "lastState": _state(told_last(one)),
    }


def _image(one: Row) -> str:
    """Its own, else the one that its waiting names."""
    return text(one.get("image")) or image_in(text(row(one.get("state")).get("message")))


def image_in(words: str) -> str:
    """The image that a message about pulling names."""
    found = _PULLED.search(words)
    return found.group(1) if found else ""


def _state(one: Row) -> Row:
    """`{"waiting": true, "reason": …}` as the API nests it; what is nested already stays."""
    for key in ("waiting", "terminated", "running"):
        if one.get(key):
            return {key: _fields(row(one[key]) or one)}
    if one.get("reason") == "OOMKilled" or one.get("exit_code") is not None:
        return {"terminated": _fields(one)}
    return {}


def _fields(one: Row) -> Row:
    kept = ("reason", "message", "signal", "exitCode", "startedAt", "finishedAt", *FIELDS)
    return {FIELDS.get(key, key): one[key] for key in kept if one.get(key) is not None}


def deployment(one: Row, conditions: list[Row]) -> Row:
    counts = {name: count(one.get(name)) for name in ("desired", "ready", "available", "unavailable", "updated")}
    return {
        "kind": "Deployment",
        "metadata": {"name": text(one.get("name")), "namespace": text(one.get("namespace"))},
        "spec": {"replicas": counts["desired"]},
        "status": {
            "replicas": counts["ready"] + counts["unavailable"],
            "readyReplicas": counts["ready"],
            "availableReplicas": counts["available"],
            "unavailableReplicas": counts["unavailable"],
            "updatedReplicas": counts["updated"] if "updated" in one else counts["desired"],
            "conditions": rows(one, "conditions") or conditions,
        },
    }


def node(one: Row) -> Row:
    why = {key: text(one[key]) for key in ("reason", "message") if one.get(key)}
    conditions: list[Row] = [{"type": "Ready", "status": _said(one.get("ready", "Unknown")), **why}]
    conditions += [{"type": kind, "status": _said(one.get(key))} for kind, key in PRESSURES.items() if key in one]
    return {
        "kind": "Node",
        "metadata": {
            "name": text(one.get("name")),
            "labels": {"node.kubernetes.io/instance-type": text(one.get("instance_type"))},
        },
        "spec": {"unschedulable": truth(one.get("unschedulable")), "taints": rows(one, "taints")},
        "status": {
            "conditions": rows(one, "conditions") or conditions,
            "capacity": _amounts(one, "capacity"),
            "allocatable": _amounts(one, "allocatable"),
        },
    }


def _said(value: Any) -> str:
    """As a condition's status: True, False or Unknown."""
    return {"true": "True", "false": "False"}.get(str(value).lower(), "Unknown")


def _amounts(one: Row, prefix: str) -> Row:
    told = {key.removeprefix(f"{prefix}_"): text(value) for key, value in one.items() if key.startswith(f"{prefix}_")}
    return {("ephemeral-storage" if key == "disk" else key): value for key, value in told.items()}


def event(one: Row, at: int) -> Row:
    kind, _, name = text(one.get("involved_object")).partition("/")
    namespace = text(one.get("namespace"))
    return {
        "kind": "Event",
        "metadata": {"name": f"event-{at}", "namespace": namespace},
        "type": text(one.get("type")) or "Warning",
        "reason": text(one.get("reason")),
        "message": text(one.get("message")),
        "count": count(one.get("count")) or 1,
        "firstTimestamp": one.get("first_time"),
        "lastTimestamp": one.get("last_time"),
        "involvedObject": {"kind": kind, "name": name, "namespace": "" if kind == "Node" else namespace},
    }
