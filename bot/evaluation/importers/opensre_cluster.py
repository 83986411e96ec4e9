"""The Kubernetes side of an `opensre` case: objects, events, container logs and log lines, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.records import LogLine
from bot.core.service_map import Edge
from bot.evaluation.frozen import Objects
from bot.evaluation.importers.loose import Row, count, rows, text, texts
from bot.evaluation.importers.opensre_files import Folder, moment
from bot.evaluation.importers.opensre_monitors import CALM, COMPONENTS
from bot.evaluation.importers.opensre_objects import deployment, event, node
from bot.evaluation.importers.opensre_pods import Pods, logs_by_container

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
    events = rows(files.any("eks_events.json"), "warning_events", "events", "items")
    deployments = rows(files.any("eks_deployments.json"), "deployments", "items")
    nodes = rows(files.any("eks_node_health.json") or files.any("eks_nodes.json"), "nodes", "items")
    names = [text(one.get("name")) for one in deployments] or [labels.get("workload_name", "")]
    pods = Pods(rows(files.any("eks_pods.json"), "pods", "items"), names)
    logs = _logs(files.any("eks_pod_logs.json"))
    objects = (
        *pods.objects(events, logs),
        *pods.replica_sets(),
        *(deployment(one, _stuck(one, events)) for one in deployments),
        *(node(one) for one in nodes),
        *(event(one, at) for at, one in enumerate(events)),
    )
    lines = tuple(_line(one, names) for one in rows(files.any("datadog_logs.json"), "logs", "items"))
    return Cluster(objects, logs_by_container(logs, pods), lines, _unread(files), pods.edges())


def _unread(files: Folder) -> dict[str, str]:
    """Kinds that the case does not bring at all, in a case about a cluster."""
    about = any(files.any(f"{name}.json") for name in (*KINDS, "datadog_logs", "datadog_monitors"))
    missing = {kind: "not part of the evidence" for name, kind in KINDS.items() if not files.is_there(name)}
    return missing if about else {}


def _logs(read: Row) -> list[Row]:
    return rows(read, "pods", "pod_logs", "items") or ([read] if read.get("logs") else [])


def _stuck(one: Row, events: Sequence[Row]) -> list[Row]:
    """The condition that a Deployment has while its controller tells that its progress deadline is over."""
    about = f"Deployment/{text(one.get('name'))}"
    told = [each for each in events if each.get("involved_object") == about and each.get("reason") == DEADLINE]
    if count(one.get("ready")) >= count(one.get("desired")):
        return []
    return [
        {
            "type": "Progressing",
            "status": "False",
            "reason": DEADLINE,
            "message": text(each.get("message")),
            "lastUpdateTime": each.get("last_time"),
        }
        for each in told[-1:]
    ]


def _line(one: Row, workloads: Sequence[str]) -> LogLine:
    """What a component of the cluster complains of is the trouble of the workload that it names."""
    tags = dict(tag.split(":", 1) for tag in texts(one.get("tags")) if ":" in tag)
    service = text(one.get("service")) or tags.get("service", "")
    host, said, level = text(one.get("host")), text(one.get("message")), text(one.get("status")).lower()
    if service in COMPONENTS and level not in CALM:
        named = (each for each in workloads if each and each in f"{said} {tags.get('kube_pod', '')}")
        service = tags.get("kube_deployment") or next(named, service)
    return LogLine(
        text=said,
        at=moment(one.get("timestamp")),
        level=level,
        service=service,
        pod=tags.get("pod_name") or tags.get("kube_pod") or (host if host.startswith(f"{service}-") else ""),
        namespace=tags.get("kube_namespace", ""),
    )
