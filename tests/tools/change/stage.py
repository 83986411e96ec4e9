"""A Kubernetes API server of the playground on a free port, with one Deployment that has been rolled out twice."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.http import kubernetes_routes
from bot.playground.world.kube.rbac import Access
from tools.change.kube.cluster import ClusterSettings

WEB = "web"
OLD, NEW = "registry.example/shop:1.4.0", "registry.example/shop:1.5.0"
ACT, READ, NODES = "act-token", "read-token", "nodes-token"
LOOKING = [
    {
        "namespaces": ["*"],
        "apiGroups": ["", "apps", "batch", "policy", "autoscaling"],
        "resources": ["*"],
        "verbs": ["get", "list"],
    }
]
ACCESS = {
    "tokens": {
        ACT: {
            "user": "system:serviceaccount:midwatch:midwatch-act",
            "rules": [
                *LOOKING,
                {"namespaces": [WEB], "apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]},
                {"namespaces": [WEB], "apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]},
                {"namespaces": [WEB], "apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["patch"]},
                {"namespaces": [WEB], "apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
                {
                    "namespaces": [WEB],
                    "apiGroups": ["autoscaling"],
                    "resources": ["horizontalpodautoscalers"],
                    "verbs": ["patch"],
                },
            ],
        },
        NODES: {
            "user": "system:serviceaccount:midwatch:midwatch-nodes",
            "rules": [
                {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "patch"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
                {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
                {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": ["list"]},
                {"apiGroups": ["apps"], "resources": ["replicasets", "deployments"], "verbs": ["get"]},
            ],
        },
        READ: {"user": "system:serviceaccount:midwatch:midwatch-read", "rules": LOOKING},
        "root-token": {
            "user": "admin",
            "rules": [{"namespaces": ["*"], "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
        },
    }
}


def shop(replicas: int = 4, **spec: Any) -> dict[str, Any]:
    """A Deployment as somebody would apply it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": WEB, "labels": {"app": "shop"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "shop"}},
            "template": {
                "metadata": {"labels": {"app": "shop"}},
                "spec": {
                    "containers": [
                        {
                            "name": "shop",
                            "image": OLD,
                            "env": [
                                {"name": "MODE", "value": "plain"},
                                {"name": "DB_PASSWORD", "value": "hunter2-old"},
                            ],
                        }
                    ]
                },
            },
            **spec,
        },
    }


BAD = {
    "spec": {
        "containers": [
            {
                "name": "shop",
                "image": NEW,
                "env": [
                    {"name": "MODE", "value": "fancy"},
                    {"name": "EXTRA", "value": "on"},
                    {"name": "DB_PASSWORD", "value": "hunter2-new"},
                ],
            }
        ]
    }
}


@dataclass
class Faulty:
    """Between client and API server: may hold back, lose or replace answers of requests a test picks."""

    app: ASGIApp
    picks: Callable[[str, str, str], bool] = lambda *_: False
    how: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.picks(scope["method"], scope["path"], scope["query_string"].decode()):
            await self.app(scope, receive, send)
            return
        if self.how == "lose_answer":
            await self.app(scope, receive, _nowhere)
            raise ConnectionResetError("the answer is lost")
        await _answer(send, int(self.how))


async def _nowhere(_: Any) -> None:
    """Whatever is sent here is lost."""


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"location", b"/elsewhere")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"upstream is ill"})


@dataclass
class Stage:
    """``cluster`` is the world itself; ``settings`` are the act identity's."""

    cluster: Cluster
    faulty: Faulty
    url: str
    folder: Path

    def settings(self, token: str = ACT, seconds: float = 5.0) -> ClusterSettings:
        path = self.folder / f"kubeconfig-{token}"
        path.write_text(yaml.safe_dump(kubeconfig(self.url, token)))
        return ClusterSettings(kubeconfig=str(path), seconds=seconds)

    def deployment(self, name: str = "shop") -> dict[str, Any]:
        return next(d for d in self.cluster.list("Deployment", WEB) if d["metadata"]["name"] == name)

    def image(self) -> str:
        return str(self.deployment()["spec"]["template"]["spec"]["containers"][0]["image"])

    def written(self) -> list[str]:
        """The executions by which something was changed, one for each accepted write that was no dry run."""
        return [write.execution for write in self.cluster.writes]

    def snapshot(self) -> str:
        """Everything that is there, but for what controllers do by themselves."""
        return json.dumps([self.cluster.list(kind) for kind in ("Deployment", "ReplicaSet", "ConfigMap", "Pod")])

    def settle(self, holds: Callable[[], bool], seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, "the cluster did not get there"
            time.sleep(0.05)


def kubeconfig(url: str, token: str, namespace: str | None = None) -> dict[str, Any]:
    context = {"cluster": "play", "user": "me", **({"namespace": namespace} if namespace else {})}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "play", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": {"token": token}}],
        "contexts": [{"name": "play", "context": context}],
        "current-context": "play",
    }


def fill(cluster: Cluster, manifest: dict[str, Any]) -> None:
    """Nodes, the namespace, and a Deployment with a good revision an hour ago and a bad one two minutes ago."""
    now = time.time()
    for number in range(3):
        cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{number}"}}, at=now - 7200)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": WEB}}, at=now - 7200)
    cluster.create(manifest, at=now - 3600)
    cluster.roll_out(WEB, "shop", BAD, now - 120, "bring 1.5.0")
    cluster.tick()


@contextmanager
def playing(
    folder: Path, manifest: dict[str, Any] | None = None, access: Mapping[str, Any] = ACCESS
) -> Iterator[Stage]:
    cluster = Cluster(time.time)
    fill(cluster, manifest or shop())
    faulty = Faulty(Starlette(routes=kubernetes_routes(cluster, Access.parse(access))))
    server = uvicorn.Server(uvicorn.Config(faulty, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    stop = threading.Event()
    threads = [threading.Thread(target=server.run), threading.Thread(target=_tick, args=(cluster, stop))]
    for thread in threads:
        thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Stage(cluster, faulty, f"http://127.0.0.1:{port}", folder)
    finally:
        stop.set()
        server.should_exit = True
        for thread in threads:
            thread.join(10)


def _tick(cluster: Cluster, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        cluster.tick()
