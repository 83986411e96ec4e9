"""The Kubernetes side of an `opensre` case: short descriptions become objects and events as the API gives them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.records import LogLine
from bot.core.service_map import Edge
from bot.evaluation.frozen import Objects
from bot.evaluation.importers.opensre_files import Folder, moment
from bot.evaluation.importers.opensre_objects import Row, deployment, event, image_in, node, pod, told_last

_ENDED = re.compile(r"^\[container (?:exited|terminated) with (?:exit )?code (\d+)\]", re.MULTILINE)
DEADLINE = "ProgressDeadlineExceeded"
KINDS = {"eks_pods": "Pod", "eks_events": "Event", "eks_deployments": "Deployment", "eks_node_health": "Node"}


@dataclass(frozen=True)
class Cluster:
    objects: Objects = ()
    container_logs: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    lines: tuple[LogLine, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()


def cluster_of(files: Folder, labels: Mapping[str, str]) -> Cluster:
    """Empty where the case brings nothing of a cluster."""
    pods, deployments = files.any("eks_pods.json"), files.any("eks_deployments.json")
    events, nodes = files.any("eks_events.json"), files.any("eks_node_health.json")
    logs = files.any("eks_pod_logs.json")
    names = [str(row.get("name")) for row in _rows(deployments, "deployments")] or [labels.get("workload_name", "")]
    replica_sets = {name: _replica_set(name, names) for row in _rows(pods, "pods") if (name := str(row.get("name")))}
    told = _rows(events, "warning_events", "events")
    ended = {name: code for row in _logs(logs) if (code := _exit_code(row)) for name in [str(row.get("pod_name"))]}
    objects = (
        *(_pod(_with_image(row, told), replica_sets, ended) for row in _rows(pods, "pods")),
        *_replica_sets(_rows(pods, "pods"), replica_sets, names),
        *(deployment(row, _stuck(row, told)) for row in _rows(deployments, "deployments")),
        *(node(row) for row in _rows(nodes, "nodes")),
        *(event(row, at) for at, row in enumerate(told)),
    )
    edges = _edges(_rows(pods, "pods"), replica_sets, names)
    return Cluster(objects, _container_logs(logs, pods), _lines(files), _unread(files), edges)


def _unread(files: Folder) -> dict[str, str]:
    """Kinds that the case does not bring at all, in a case about a cluster."""
    about = any(files.any(f"{name}.json") for name in (*KINDS, "datadog_logs", "datadog_monitors"))
    missing = {kind: "not part of the evidence" for name, kind in KINDS.items() if not files.is_there(name)}
    return missing if about else {}


def _rows(read: Row, *keys: str) -> list[Row]:
    found: Sequence[Any] = next((read[key] for key in (*keys, "items") if isinstance(read.get(key), list)), [])
    return [row for row in found if isinstance(row, Mapping)]


def _replica_set(pod: str, deployments: Sequence[str]) -> str:
    """A Deployment's pod is named after its ReplicaSet, and that after the Deployment."""
    owner = pod.rpartition("-")[0]
    return owner if any(name and owner.startswith(f"{name}-") for name in deployments) else ""


def _replica_sets(pods: Sequence[Row], owners: Mapping[str, str], deployments: Sequence[str]) -> Iterator[Row]:
    """The ReplicaSets that the pods tell of; the one whose pods are youngest is the newest revision."""
    by_owner: dict[str, list[Row]] = {}
    for row in pods:
        if owner := owners.get(str(row.get("name"))):
            by_owner.setdefault(owner, []).append(row)
    oldest_first = sorted(by_owner, key=lambda one: min(str(row.get("start_time", "")) for row in by_owner[one]))
    for revision, owner in enumerate(oldest_first, start=1):
        rows = [row for row in by_owner[owner] if not row.get("deletion_timestamp")]
        ready = sum(_is_ready(row) for row in rows)
        yield {
            "kind": "ReplicaSet",
            "metadata": {
                "name": owner,
                "namespace": by_owner[owner][0].get("namespace", ""),
                "ownerReferences": [
                    {"kind": "Deployment", "name": _deployment_of(owner, deployments), "controller": True}
                ],
                "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                "creationTimestamp": min(str(row.get("start_time", "")) for row in by_owner[owner]) or None,
            },
            "spec": {"replicas": len(rows)},
            "status": {"replicas": len(rows), "readyReplicas": ready, "availableReplicas": ready},
        }


def _is_ready(row: Row) -> bool:
    return any(one.get("type") == "Ready" and str(one.get("status")) == "True" for one in row.get("conditions") or ())


def _container_logs(logs: Row, pods: Row) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """The last lines by namespace, pod and container; the first container where none is named."""
    names = {
        str(row.get("name")): str((row.get("containers") or [{}])[0].get("name", "")) for row in _rows(pods, "pods")
    }
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for row in _logs(logs):
        name, text = str(row.get("pod_name") or ""), row.get("logs") or ""
        lines = text.splitlines() if isinstance(text, str) else [str(one) for one in text]
        container = str(row.get("container") or names.get(name, ""))
        found[(str(row.get("namespace") or ""), name, container)] = tuple(line for line in lines if line.strip())
    return found


def _logs(read: Row) -> list[Row]:
    return _rows(read, "pods", "pod_logs") or ([read] if read.get("logs") else [])


def _exit_code(row: Row) -> str:
    """What the reader of a container's log noted under it of its end."""
    found = _ENDED.findall(str(row.get("logs") or ""))
    return found[-1] if found else ""


def _edges(pods: Sequence[Row], owners: Mapping[str, str], deployments: Sequence[str]) -> tuple[Edge, ...]:
    """A workload stands on the nodes that its pods are on."""
    found = {}
    for row in pods:
        owner, node_name = owners.get(str(row.get("name")), ""), str(row.get("node_name") or "")
        workload = _deployment_of(owner, deployments)
        if workload and node_name:
            found[(workload, node_name)] = Edge(workload, node_name, "pods")
    return tuple(found.values())


def _deployment_of(replica_set: str, deployments: Sequence[str]) -> str:
    return max((one for one in deployments if one and replica_set.startswith(f"{one}-")), key=len, default="")


def _stuck(row: Row, events: Sequence[Row]) -> list[Row]:
    """The condition that a Deployment has while its controller tells that its progress deadline is over."""
    about = f"Deployment/{row.get('name')}"
    told = [one for one in events if one.get("involved_object") == about and one.get("reason") == DEADLINE]
    return [
        {"type": "Progressing", "status": "False", "reason": DEADLINE, "message": str(one.get("message") or "")}
        | {"lastUpdateTime": one.get("last_time")}
        for one in told[-1:]
        if int(row.get("ready") or 0) < int(row.get("desired") or 0)
    ]


def _with_image(row: Row, events: Sequence[Row]) -> Row:
    """With the image that an event of it names, where its own row names none and it has one container."""
    about, containers = f"Pod/{row.get('name')}", row.get("containers") or []
    if len(containers) != 1 or containers[0].get("image"):
        return row
    words = [str(one.get("message") or "") for one in events if one.get("involved_object") == about]
    found = next((image for text in words if (image := image_in(text))), "")
    return {**row, "containers": [{**containers[0], "image": found}]} if found else row


def _pod(row: Row, replica_sets: Mapping[str, str], ended: Mapping[str, str]) -> Row:
    """With the exit code that its log tells, where its status tells none and it did restart."""
    name = str(row.get("name"))
    containers = [
        {**one, "last_state": {"terminated": True, "exit_code": int(ended[name])}}
        if name in ended and one.get("restart_count") and not told_last(one)
        else one
        for one in row.get("containers") or ()
        if isinstance(one, Mapping)
    ]
    return pod({**row, "containers": containers}, replica_sets.get(name, ""))


def _lines(files: Folder) -> tuple[LogLine, ...]:
    return tuple(_line(row) for row in _rows(files.any("datadog_logs.json"), "logs"))


def _line(row: Row) -> LogLine:
    tags = dict(tag.split(":", 1) for tag in row.get("tags") or () if isinstance(tag, str) and ":" in tag)
    return LogLine(
        text=str(row.get("message") or ""),
        at=moment(row.get("timestamp")),
        level=str(row.get("status") or "").lower(),
        service=str(row.get("service") or tags.get("service", "")),
        pod=tags.get("pod_name") or tags.get("kube_pod", ""),
        namespace=tags.get("kube_namespace", ""),
    )
