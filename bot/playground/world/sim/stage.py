"""Builds the scenario's objects in the cluster before anything happens: namespaces, nodes, deployments, past rollouts.

Decides manifests only; what becomes of them is the cluster's business.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.playground.world.kube.controllers.podstatus import Run
from bot.playground.world.scenario import Rollout, Scenario, Service

AGE = 9 * 86_400.0
"""How long the first deployments stood before the history begins."""


class Cluster(Protocol):
    """What the simulation uses of the Kubernetes half."""

    def create(self, manifest: Mapping[str, Any], at: float | None = None) -> dict[str, Any]: ...
    def roll_out(
        self, namespace: str, deployment: str, template_patch: Mapping[str, Any], at: float, cause: str | None = None
    ) -> None: ...
    def runs(self, outcome: Callable[[dict[str, Any]], Run]) -> None: ...
    def press(self, node: str, pressure: str, *, on: bool) -> None: ...
    def run_now(self, namespace: str, cron_job: str) -> None: ...
    def list(self, kind: str, namespace: str | None = None) -> Any: ...
    def patch(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any]) -> dict[str, Any]: ...
    def event(
        self,
        namespace: str,
        involved: Mapping[str, Any],
        reason: str,
        message: str,
        type: str = "Warning",  # noqa: A002 - Kubernetes calls it so
        at: float | None = None,
        count: int = 1,
    ) -> None: ...
    def set_pod_health(
        self,
        namespace: str,
        pod: str,
        ready: bool,
        reason: str = "",
        restarts: int | None = None,
        last_state: Mapping[str, Any] | None = None,
    ) -> None: ...


def raise_the_curtain(cluster: Cluster, scenario: Scenario, start: float) -> None:
    """Create everything as it stood before `start`, past rollouts included, oldest first."""
    born = start - scenario.history - AGE
    for manifest in (*_nodes(scenario, born, start), *_namespaces(scenario)):
        cluster.create(manifest, at=born)
    for service in scenario.services:
        namespace = scenario.namespace_of(service)
        cluster.create(deployment_manifest(service, namespace), at=born)
        cluster.create(_service_manifest(service, namespace), at=born)
        if service.min_available is not None:
            cluster.create(_budget_manifest(service, namespace), at=born)
    for rollout in sorted((one for one in scenario.rollouts if one.at < 0), key=lambda one: one.at):
        service = scenario.service(rollout.service)
        patch = template_patch(service, rollout)
        cluster.roll_out(scenario.namespace_of(service), service.name, patch, start + rollout.at, cause_of(rollout))


def cause_of(rollout: Rollout) -> str:
    return rollout.cause or (f"image {rollout.image}" if rollout.image else "configuration changed")


def template_patch(service: Service, rollout: Rollout) -> dict[str, Any]:
    """Return a strategic merge of the pod template: a new image, variables set, variables (null) taken away."""
    container: dict[str, Any] = {"name": service.name}
    if rollout.image:
        container["image"] = rollout.image
    if rollout.env:
        container["env"] = [
            {"name": name, "$patch": "delete"} if value is None else {"name": name, "value": value}
            for name, value in rollout.env.items()
        ]
    return {"spec": {"containers": [container]}}


def _nodes(scenario: Scenario, born: float, start: float) -> Iterator[dict[str, Any]]:
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        "lastHeartbeatTime": k8s_stamp(start),
        "lastTransitionTime": k8s_stamp(born),
    }
    capacity = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    for name in scenario.nodes:
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
        status = {"capacity": capacity, "allocatable": capacity, "conditions": [ready]}
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


def k8s_stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _namespaces(scenario: Scenario) -> Iterator[dict[str, Any]]:
    for name in scenario.namespaces():
        labels = {"kubernetes.io/metadata.name": name}
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment_manifest(service: Service, namespace: str) -> dict[str, Any]:
    labels = {"app": service.name, "app.kubernetes.io/name": service.name}
    probe = {"httpGet": {"path": "/healthz", "port": service.port}, "periodSeconds": 5}
    container = {
        "name": service.name,
        "image": service.image,
        "env": [{"name": name, "value": value} for name, value in service.env.items()],
        "ports": [{"name": "http", "containerPort": service.port, "protocol": "TCP"}],
        "resources": {
            "requests": {"cpu": "100m", "memory": f"{round(service.memory_mb)}Mi"},
            "limits": {"memory": f"{round(service.memory_mb * 2)}Mi"},
        },
        "readinessProbe": probe,
    }
    surge = {"maxSurge": "25%", "maxUnavailable": "25%"}
    spec = {
        "replicas": service.replicas,
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": {"app": service.name}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": surge},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    meta = {"name": service.name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def _service_manifest(service: Service, namespace: str) -> dict[str, Any]:
    meta = {"name": service.name, "namespace": namespace, "labels": {"app": service.name}}
    ports = [{"name": "http", "port": 80, "targetPort": service.port, "protocol": "TCP"}]
    spec = {"selector": {"app": service.name}, "ports": ports, "type": "ClusterIP"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def _budget_manifest(service: Service, namespace: str) -> dict[str, Any]:
    meta = {"name": service.name, "namespace": namespace}
    spec = {"minAvailable": service.min_available, "selector": {"matchLabels": {"app": service.name}}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec}
