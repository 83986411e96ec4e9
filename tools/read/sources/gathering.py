"""Which lists make a snapshot of a namespace: all of its kinds at once, then what only some troubles ask for.

Nodes that carry its pods, volumes of claims that are not bound, classes of its Ingresses, bindings when somebody was
forbidden, the backends of admission webhooks, the last words of crashed containers. Secrets and ConfigMaps are never
asked for.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tools.read.faults import admission_objects as a
from tools.read.faults import other_objects as o
from tools.read.faults.objects import (
    ContainerStatus,
    DaemonSet,
    Deployment,
    Event,
    Job,
    Node,
    Pod,
    ReplicaSet,
    StatefulSet,
    statuses_of,
)
from tools.read.faults.owners import workload_of
from tools.read.faults.rights import speaks_of_rights
from tools.read.faults.saying import is_troubled, restarted
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.templates import message_and_level
from tools.read.sources.listing import Came, Kind, Lists, Wanted

NETWORK, RBAC = "/apis/networking.k8s.io/v1", "/apis/rbac.authorization.k8s.io/v1"
ADMISSION, STORAGE = "/apis/admissionregistration.k8s.io/v1", "/apis/storage.k8s.io/v1"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices"
OWN: tuple[tuple[Kind, str], ...] = (
    (Pod, "/api/v1/namespaces/{}/pods"),
    (Event, "/api/v1/namespaces/{}/events"),
    (Deployment, "/apis/apps/v1/namespaces/{}/deployments"),
    (ReplicaSet, "/apis/apps/v1/namespaces/{}/replicasets"),
    (StatefulSet, "/apis/apps/v1/namespaces/{}/statefulsets"),
    (DaemonSet, "/apis/apps/v1/namespaces/{}/daemonsets"),
    (Job, "/apis/batch/v1/namespaces/{}/jobs"),
    (o.CronJob, "/apis/batch/v1/namespaces/{}/cronjobs"),
    (o.Service, "/api/v1/namespaces/{}/services"),
    (o.EndpointSlice, SLICES),
    (o.NetworkPolicy, NETWORK + "/namespaces/{}/networkpolicies"),
    (o.Ingress, NETWORK + "/namespaces/{}/ingresses"),
    (o.PersistentVolumeClaim, "/api/v1/namespaces/{}/persistentvolumeclaims"),
    (o.ResourceQuota, "/api/v1/namespaces/{}/resourcequotas"),
    (o.LimitRange, "/api/v1/namespaces/{}/limitranges"),
    (o.HorizontalPodAutoscaler, "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers"),
    (o.PodDisruptionBudget, "/apis/policy/v1/namespaces/{}/poddisruptionbudgets"),
    (a.ValidatingWebhookConfiguration, f"{ADMISSION}/validatingwebhookconfigurations"),
    (a.MutatingWebhookConfiguration, f"{ADMISSION}/mutatingwebhookconfigurations"),
)
RIGHTS: tuple[tuple[Kind, str], ...] = (
    (a.Role, RBAC + "/namespaces/{}/roles"),
    (a.RoleBinding, RBAC + "/namespaces/{}/rolebindings"),
    (a.ClusterRole, f"{RBAC}/clusterroles"),
    (a.ClusterRoleBinding, f"{RBAC}/clusterrolebindings"),
)
NODES = "/api/v1/nodes"
DNS = Wanted(o.EndpointSlice, SLICES.format("kube-system"), labels="kubernetes.io/service-name=kube-dns")
NODE_EVENTS = Wanted(Event, "/api/v1/namespaces/default/events", fields="involvedObject.kind=Node")
MOST_NODES, MOST_BACKENDS = 12, 8
MOST_LOGGED, MOST_CONTAINERS, LOG_LINES = 6, 2, 50
FOR_MORE = 0.6
ERRORS = ("error", "err", "exception", "error.message", "exc_info", "cause")


@dataclass
class Gathered:
    """What came, list by list."""

    came: list[Came] = field(default_factory=list)

    def of(self, kind: Kind) -> tuple[Any, ...]:
        return tuple(item for one in self.came if one.wanted.kind is kind for item in one.items)

    def unread(self) -> dict[str, str]:
        return {one.wanted.kind.__name__: one.unread for one in self.came if one.unread}

    def snapshot(self, namespace: str, now: datetime, since: datetime) -> Snapshot:
        """A kind whose API group is not served has no objects: that is read, too."""
        kinds = {one.wanted.kind: self.of(one.wanted.kind) for one in self.came if not one.unread or one.items}
        gone = frozenset(
            (one.wanted.kind.__name__, _namespace_in(one.wanted.path), one.wanted.name)
            for one in self.came
            if one.wanted.name and not one.there
        )
        return Snapshot(now, since, kinds, self.unread(), namespaces=frozenset({namespace}), absent=gone)


def gather(lists: Lists, namespace: str, now: datetime, since: datetime) -> tuple[Snapshot, list[Came]]:
    """The snapshot of a namespace, and every list it was made of."""
    own = Wanted(o.Namespace, "/api/v1/namespaces", name=namespace)
    got = Gathered(lists.read([*(Wanted(kind, path.format(namespace)) for kind, path in OWN), own, DNS]))
    first = got.snapshot(namespace, now, since)
    logs = lists.logs(list(_logged(first)), LOG_LINES) if lists.has_time(FOR_MORE) else {}
    told = {place: tuple(map(plainly, text.splitlines())) for place, text in logs.items()}
    if lists.has_time(FOR_MORE):
        got.came += lists.read(_more(replace(first, logs=told), namespace))
    return replace(got.snapshot(namespace, now, since), logs=told), got.came


def _more(snapshot: Snapshot, namespace: str) -> Iterator[Wanted]:
    """What only the troubles that show ask for."""
    yield from _nodes(snapshot)
    if any(one.status.phase != "Bound" for one in snapshot.of(o.PersistentVolumeClaim)):
        yield Wanted(o.PersistentVolume, "/api/v1/persistentvolumes")
        yield Wanted(o.StorageClass, f"{STORAGE}/storageclasses")
    if snapshot.of(o.Ingress):
        yield Wanted(o.IngressClass, f"{NETWORK}/ingressclasses")
    if speaks_of_rights(snapshot):
        yield from (Wanted(kind, path.format(namespace)) for kind, path in RIGHTS)
    yield from _backends(snapshot, namespace)


def _nodes(snapshot: Snapshot) -> Iterator[Wanted]:
    """Those that carry the pods; all of them where a pod finds none."""
    pods = [one for one in snapshot.of(Pod) if one.status.phase not in ("Succeeded", "Failed")]
    names = sorted({one.spec.node_name for one in pods if one.spec.node_name})
    if any(not one.spec.node_name for one in pods) or len(names) > MOST_NODES:
        yield Wanted(Node, NODES)
    else:
        yield from (Wanted(Node, NODES, name=name) for name in names)
    if names:
        yield NODE_EVENTS


def _backends(snapshot: Snapshot, namespace: str) -> Iterator[Wanted]:
    """The Services, in other namespaces, that the API server asks before something may be created."""
    hooks: tuple[a.Hooks, ...] = (
        *snapshot.of(a.ValidatingWebhookConfiguration),
        *snapshot.of(a.MutatingWebhookConfiguration),
    )
    asked = {
        (hook.client_config.service.namespace, hook.client_config.service.name)
        for one in hooks
        for hook in one.webhooks or ()
        if hook.client_config.service is not None and hook.failure_policy != "Ignore"
    }
    for place, name in sorted(one for one in asked if all(one) and one[0] != namespace)[:MOST_BACKENDS]:
        yield Wanted(o.Service, f"/api/v1/namespaces/{place}/services", name=name)
        yield Wanted(o.EndpointSlice, SLICES.format(place), labels=f"kubernetes.io/service-name={name}")


def _logged(snapshot: Snapshot) -> Iterator[tuple[str, str, str, bool]]:
    """Containers whose last words matter: of the workloads in trouble one pod each, then further ones."""
    first: dict[str, Pod] = {}
    more: list[Pod] = []
    for pod in snapshot.of(Pod):
        if not is_troubled(pod, snapshot):
            continue
        name = workload_of(pod, snapshot)[1]
        more += [pod] if name in first else []
        first.setdefault(name, pod)
    for pod in [*first.values(), *more][:MOST_LOGGED]:
        for status in list(_speaking(statuses_of(pod), snapshot))[:MOST_CONTAINERS]:
            crashed = status.restart_count > 0 and not (status.state and status.state.terminated)
            yield pod.metadata.namespace, pod.metadata.name, status.name, crashed


def _speaking(statuses: Iterable[ContainerStatus], snapshot: Snapshot) -> Iterator[ContainerStatus]:
    for one in statuses:
        ended = one.state.terminated if one.state else None
        ran = bool(one.restart_count or ended or (one.state and one.state.running))
        if ran and (not one.ready or restarted(one, snapshot)) and not (ended and ended.exit_code == 0):
            yield one


def plainly(line: str) -> str:
    """A line of JSON as people would have written it: its level, what it says, and the error it carries."""
    message, level = message_and_level(line)
    if message == line.strip():
        return line
    fields = json.loads(line)
    errors = [str(fields[key]) for key in ERRORS if isinstance(fields.get(key), str)]
    more = [one for one in errors if one and one not in message]
    return " ".join([*([level.upper()] if level else []), ": ".join([message, *more[:1]])])


def _namespace_in(path: str) -> str:
    return path.partition("/namespaces/")[2].partition("/")[0]
