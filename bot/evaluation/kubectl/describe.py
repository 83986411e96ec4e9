"""`kubectl describe` read back into an object and its events. Pure; what is not understood is left out, never invented.

Ages are against ``now``, which the caller knows or takes from the newest time in the recording.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.evaluation.kubectl.containers import containers_in
from bot.evaluation.kubectl.sections import NOTHING, Section, named, sections_of
from bot.evaluation.kubectl.times import age_of, moment_of, stamp

Json = dict[str, Any]
_REPLICAS = re.compile(r"(\d+) (desired|updated|total|available|unavailable|current|ready)")
KINDS = {
    "pod": "Pod", "pods": "Pod", "po": "Pod", "deployment": "Deployment", "deploy": "Deployment",
    "deployments": "Deployment", "node": "Node", "nodes": "Node", "job": "Job", "jobs": "Job",
    "replicaset": "ReplicaSet", "rs": "ReplicaSet",
    "statefulset": "StatefulSet", "daemonset": "DaemonSet", "service": "Service", "svc": "Service",
    "pvc": "PersistentVolumeClaim", "persistentvolumeclaim": "PersistentVolumeClaim",
    "hpa": "HorizontalPodAutoscaler", "horizontalpodautoscaler": "HorizontalPodAutoscaler",
}  # fmt: skip


def described(text: str, kind: str, now: datetime) -> list[Json]:
    """The object (and its events) of one description; nothing where it is none. ``kind`` as it was asked for."""
    told = named(text)
    if "Name" not in told:
        return []
    found = _kind(told, kind)
    meta = _meta(told)
    parts = reader(told) if (reader := READERS.get(found)) else {}
    one = {"apiVersion": "v1", "kind": found, "metadata": meta, **parts}
    return [one, *_events(told.get("Events"), found, meta, now)]


def _kind(told: Mapping[str, Section], asked: str) -> str:
    """What was asked for may be what its sender called it; the sections say what it is."""
    if "Containers" in told and "QoS Class" in told:
        return "Pod"
    if "Taints" in told or "Non-terminated Pods" in told:
        return "Node"
    if "StrategyType" in told or "RollingUpdateStrategy" in told:
        return "Deployment"
    if "Pods Statuses" in told:
        return "Job"
    return KINDS.get(asked.lower(), asked[:1].upper() + asked[1:])


def _meta(told: Mapping[str, Section]) -> Json:
    found: Json = {
        "name": told["Name"].value,
        "namespace": _text(told, "Namespace"),
        "labels": _pairs(told.get("Labels")),
        "annotations": _pairs(told.get("Annotations")),
    }
    kind, _, owner = _text(told, "Controlled By").partition("/")
    if owner:
        found["ownerReferences"] = [{"kind": kind, "name": owner, "controller": True}]
    if born := moment_of(_text(told, "CreationTimestamp") or _text(told, "Start Time")):
        found["creationTimestamp"] = stamp(born)
    return found


def _pod(told: Mapping[str, Section]) -> Json:
    specs, statuses = containers_in(told.get("Containers"))
    inits, init_statuses = containers_in(told.get("Init Containers"))
    phase, node = _text(told, "Status"), _text(told, "Node").partition("/")[0]
    deleted = phase.startswith("Terminating")
    spec = {
        "nodeName": node,
        "containers": specs,
        "initContainers": inits,
        "nodeSelector": _pairs(told.get("Node-Selectors")),
        "serviceAccountName": _text(told, "Service Account"),
    }
    status = {
        "phase": "Running" if deleted else phase,
        "reason": _text(told, "Reason"),
        "message": " ".join(told["Message"].texts) if "Message" in told else "",
        "conditions": [{"type": row[0], "status": row[1]} for row in _rows(told, "Conditions") if len(row) >= 2],
        "containerStatuses": statuses if any(one["state"] for one in statuses) else [],
        "initContainerStatuses": init_statuses,
    }
    return {"spec": spec, "status": status}


def _node(told: Mapping[str, Section]) -> Json:
    conditions = []
    for row in _rows(told, "Conditions"):
        if len(row) >= 2:
            times = [moment for cell in row[2:] if (moment := moment_of(cell))]
            words = [cell for cell in row[2:] if moment_of(cell) is None]
            conditions.append(
                {
                    "type": row[0], "status": row[1], "reason": words[0] if words else "",
                    "message": " ".join(words[1:]),
                    **({"lastTransitionTime": stamp(times[-1])} if times else {}),
                }
            )  # fmt: skip
    taints = [_taint(text) for text in told["Taints"].texts] if "Taints" in told else []
    spec = {"unschedulable": _text(told, "Unschedulable") == "true", "taints": taints}
    return {"spec": spec, "status": {"conditions": conditions, "allocatable": _pairs_below(told.get("Allocatable"))}}


def _taint(text: str) -> Json:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _deployment(told: Mapping[str, Section]) -> Json:
    counts = {word: int(number) for number, word in _REPLICAS.findall(_text(told, "Replicas"))}
    conditions = [
        {"type": row[0], "status": row[1], "reason": row[2] if len(row) > 2 else ""}
        for row in _rows(told, "Conditions")
        if len(row) >= 2
    ]
    wanted, ready = counts.get("desired", 1), counts.get("available", counts.get("ready", 0))
    status = {
        "replicas": counts.get("total", wanted),
        "updatedReplicas": counts.get("updated", wanted),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": counts.get("unavailable", 0),
        "conditions": conditions,
    }
    return {"spec": {"replicas": wanted, "template": {}}, "status": status}


def _job(told: Mapping[str, Section]) -> Json:
    counts = {
        word.lower(): int(number) for number, word in re.findall(r"(\d+) (Active|Succeeded|Failed)", _statuses(told))
    }
    limit = _text(told, "Backoff Limit")
    conditions = []
    events = " ".join(" ".join(row) for row in _rows(told, "Events"))
    if "BackoffLimitExceeded" in events or "DeadlineExceeded" in events:
        reason = "BackoffLimitExceeded" if "BackoffLimitExceeded" in events else "DeadlineExceeded"
        conditions.append({"type": "Failed", "status": "True", "reason": reason})
    spec = {"backoffLimit": int(limit)} if limit.isdigit() else {}
    return {"apiVersion": "batch/v1", "spec": spec, "status": {**counts, "conditions": conditions}}


def _statuses(told: Mapping[str, Section]) -> str:
    return _text(told, "Pods Statuses")


READERS: dict[str, Callable[[Mapping[str, Section]], Json]] = {
    "Pod": _pod,
    "Node": _node,
    "Deployment": _deployment,
    "StatefulSet": _deployment,
    "Job": _job,
}


def _events(section: Section | None, kind: str, meta: Json, now: datetime) -> list[Json]:
    found = []
    for row in section.rows() if section else []:
        if len(row) >= 5:
            found.append(event(row[0], row[1], row[2], (kind, meta["namespace"], meta["name"]), " ".join(row[4:]), now))
    return found


def event(type_: str, reason: str, age: str, about: tuple[str, str, str], message: str, now: datetime) -> Json:
    kind, namespace, name = about
    told = age_of(age)
    times = {}
    if told:
        times = {
            "firstTimestamp": stamp(now - told.first),
            "lastTimestamp": stamp(now - told.last),
            "count": told.count,
        }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{reason}", "namespace": namespace},
        "involvedObject": {"kind": kind, "namespace": namespace, "name": name},
        "type": type_,
        "reason": reason,
        "message": message,
        **times,
    }


def _rows(told: Mapping[str, Section], name: str) -> list[list[str]]:
    return told[name].rows() if name in told else []


def _pairs(section: Section | None) -> dict[str, str]:
    found = {}
    for text in section.texts if section else []:
        for part in text.split(",") if text.count("=") > 1 else [text]:
            key, mark, value = part.partition("=") if "=" in part else part.partition(": ")
            if mark:
                found[key.strip()] = value.strip()
    return found


def _pairs_below(section: Section | None) -> dict[str, str]:
    return {one.name: one.value for one in sections_of(section.lines)} if section else {}


def _text(told: Mapping[str, Section], name: str) -> str:
    value = told[name].value if name in told else ""
    return "" if value in NOTHING else value
