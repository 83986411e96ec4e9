"""A cluster behind a real server on a free port, the real client, and a clock the test moves."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from kubernetes import client
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.http import kubernetes_routes
from bot.playground.world.kube.rbac import Access

ACCESS = {
    "tokens": {
        "admin": {
            "user": "admin",
            "rules": [{"namespaces": ["*"], "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
        },
        "reader": {
            "user": "system:serviceaccount:midwatch:midwatch-read",
            "rules": [
                {
                    "namespaces": ["*"],
                    "apiGroups": ["", "apps"],
                    "resources": ["pods", "pods/log", "deployments"],
                    "verbs": ["get", "list", "watch"],
                }
            ],
        },
        "writer": {
            "user": "system:serviceaccount:midwatch:midwatch-act",
            "rules": [
                {
                    "namespaces": ["shop"],
                    "apiGroups": ["apps"],
                    "resources": ["deployments"],
                    "verbs": ["get", "patch"],
                }
            ],
        },
    }
}
START = 1_790_000_000.0


@dataclass
class World:
    """One cluster, served; time stands still until the test lets it pass."""

    cluster: Cluster
    url: str
    clock: list[float]
    _clients: dict[str, client.ApiClient] = field(default_factory=dict)

    def api(self, token: str | None = "admin") -> client.ApiClient:
        if str(token) not in self._clients:
            settings = client.Configuration(host=self.url)
            settings.retries = False
            if token is not None:
                settings.api_key = {"authorization": f"Bearer {token}"}
            self._clients[str(token)] = client.ApiClient(settings)
        return self._clients[str(token)]

    def core(self, token: str | None = "admin") -> client.CoreV1Api:
        return client.CoreV1Api(self.api(token))

    def apps(self, token: str | None = "admin") -> client.AppsV1Api:
        return client.AppsV1Api(self.api(token))

    def send(self, method: str, path: str, body: Any = None, token: str = "admin", **query: str) -> requests.Response:
        """Send what the strict client would not even write."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.url + path, json=body, headers=headers, params=query, timeout=30)

    def wait(self, seconds: float, step: float = 0.1) -> None:
        """Let time pass in steps, the controllers looking at each."""
        end = self.clock[0] + seconds
        while self.clock[0] < end:
            self.clock[0] = min(end, self.clock[0] + step)
            self.cluster.tick()

    def deploy(self, name: str = "web", replicas: int = 3, namespace: str = "shop", **spec: Any) -> None:
        """Create a Deployment as admin and wait until it stands."""
        self.cluster.create(deployment(name, replicas, namespace, **spec))
        self.wait(3)

    def pods(self, app: str = "web", namespace: str = "shop") -> list[dict[str, Any]]:
        return [pod for pod in self.cluster.list("Pod", namespace) if pod["metadata"]["labels"]["app"] == app]


def deployment(name: str = "web", replicas: int = 3, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    container = {
        "name": "app",
        "image": "registry.example/web:1.0",
        "env": [{"name": "MODE", "value": "plain"}, {"name": "SIZE", "value": "4"}],
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "256Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def furnish(cluster: Cluster) -> None:
    for name in ("node-a", "node-b", "node-c"):
        ready = {"type": "Ready", "status": "True"}
        cluster.create(
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"conditions": [ready]}}
        )
    for name in ("shop", "backoffice"):
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    cluster.tick()


@pytest.fixture(scope="session")
def a_deployment() -> Callable[..., dict[str, Any]]:
    """Build the manifest of a Deployment; override what the test is about."""
    return deployment


@pytest.fixture
def world(serve: Callable[[ASGIApp], AbstractContextManager[str]]) -> Iterator[World]:
    clock = [START]
    cluster = Cluster(lambda: clock[0], seed=7, remembered=400)
    furnish(cluster)
    routes = kubernetes_routes(cluster, Access.parse(ACCESS))
    with serve(Starlette(routes=[Mount("/kubernetes", app=Starlette(routes=routes))])) as base:
        yield World(cluster, f"{base}/kubernetes", clock)
