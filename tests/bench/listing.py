"""Reading 5,000 pods as the fault analyzers do (raw bytes, msgspec), beside the official client's own models.

Each reader is a fresh process and tells how long the reading took and how much memory the process ever held; the server
is a process of its own, with pods as large as real ones (managed fields, conditions, volumes, environment).
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml
from kubernetes import client, config

from bot.playground.outfit import root
from tests.bench.rows import Row
from tools.read.faults.objects import Pod
from tools.read.sources.cluster import ClusterSettings
from tools.read.sources.listing import Lists, Wanted

PODS, PAGE = 5000, 500
AIM = "0.2x"
PATH = "/api/v1/namespaces/bench/pods"
Json = dict[str, Any]


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        serving = subprocess.Popen([*_me(), "serve"], stdout=subprocess.PIPE, text=True, cwd=root())
        assert serving.stdout is not None
        try:
            path = _kubeconfig(Path(folder), int(serving.stdout.readline()))
            ours, theirs = _measured("ours", path), _measured("theirs", path)
        finally:
            serving.kill()
            serving.wait(10)
            serving.stdout.close()
    title = f"{PODS:,}-pod read"
    return [
        Row(f"{title}, time", ours["ms"], "ms", "the client's models", theirs["ms"], AIM),
        Row(f"{title}, memory it took", ours["mb"], "MB", "the client's models", theirs["mb"], AIM),
        Row(f"{title}, peak of the process", ours["peak"], "MB", "the client's models", theirs["peak"], ""),
    ]


def _me() -> list[str]:
    return [sys.executable, "-m", "tests.bench.listing"]


def _measured(who: str, kubeconfig: str) -> dict[str, float]:
    done = subprocess.run([*_me(), who, kubeconfig], check=True, capture_output=True, text=True, cwd=root())
    found: dict[str, float] = json.loads(done.stdout)
    if found["pods"] != PODS:
        raise RuntimeError(f"{who} read {found['pods']} pods, not {PODS}")
    return found


def _kubeconfig(folder: Path, port: int) -> str:
    it = {"name": "it", "context": {"cluster": "it", "user": "it"}}
    server = {"name": "it", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    user = {"name": "it", "user": {"token": "bench"}}
    told = {"apiVersion": "v1", "kind": "Config", "current-context": "it", "contexts": [it], "clusters": [server]}
    (folder / "kubeconfig").write_text(yaml.safe_dump({**told, "users": [user]}))
    return str(folder / "kubeconfig")


def ours(kubeconfig: str) -> int:
    with Lists(ClusterSettings(kubeconfig=kubeconfig), 120.0) as lists:
        came = lists.read([Wanted(Pod, PATH)])[0]
    return len(came.items)


def theirs(kubeconfig: str) -> int:
    loaded: Any = client.Configuration()
    load: Any = config
    load.load_kube_config(config_file=kubeconfig, client_configuration=loaded, persist_config=False)
    pods: list[Any] = []
    following: str | None = None
    with client.ApiClient(loaded) as api:
        core: Any = client.CoreV1Api(api)
        while True:
            page = core.list_namespaced_pod("bench", limit=PAGE, **({"_continue": following} if following else {}))
            pods += page.items
            following = page.metadata._continue
            if not following:
                return len(pods)


def _tell(read: Callable[[str], int], kubeconfig: str) -> None:
    """How long it took, and how much more memory than before it; what was imported before counts for neither."""
    before, begun = _peak_mb(), time.monotonic()
    count = read(kubeconfig)
    seconds, peak = time.monotonic() - begun, _peak_mb()
    told = {"pods": count, "ms": seconds * 1000, "mb": peak - before, "peak": peak}
    sys.stdout.write(json.dumps(told))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve() -> None:
    """Prints its port, then answers pages until it is stopped."""
    pages = [_page(first) for first in range(0, PODS, PAGE)]

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            content = pages[int(asked.get("continue", ["0"])[0]) // PAGE]
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


def _page(first: int) -> bytes:
    last = first + PAGE
    meta = {"resourceVersion": "9"} | (
        {"continue": str(last), "remainingItemCount": PODS - last} if last < PODS else {}
    )
    items = [a_pod(number) for number in range(first, last)]
    return json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": meta, "items": items}).encode()


def a_pod(number: int) -> Json:
    """A pod of usual size: two containers, sixteen variables, probes, four volumes, three managers' fields."""
    app, at = f"service-{number % 60}", "2026-03-01T02:00:00Z"
    labels = {"app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "6d9f8b6c5d"}
    names = ("app", "proxy")
    types = ("Initialized", "Ready", "ContainersReady", "PodScheduled", "PodReadyToStartContainers")
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{app}-6d9f8b6c5d", "controller": True, "uid": app}
    return {
        "metadata": {
            "name": f"{app}-6d9f8b6c5d-{number:05d}", "namespace": "bench",
            "uid": f"00000000-0000-4000-8000-{number:012d}",
            "resourceVersion": str(100_000 + number), "creationTimestamp": at, "labels": labels,
            "annotations": {f"annotations.example.com/number-{n}": f"value {n} of {app}" for n in range(6)},
            "ownerReferences": [owner],
            "managedFields": [_managed(who, at) for who in ("controller", "kubelet", "cni")],
        },
        "spec": {
            "nodeName": f"node-{number % 100}", "serviceAccountName": app, "restartPolicy": "Always",
            "containers": [_container(name, app) for name in names],
            "volumes": [{"name": f"v{n}", "configMap": {"name": f"{app}-{n}", "defaultMode": 420}} for n in range(4)],
            "tolerations": [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute",
                             "tolerationSeconds": 300} for key in ("not-ready", "unreachable")],
        },
        "status": {
            "phase": "Running", "podIP": f"10.0.{number // 250}.{number % 250}", "hostIP": "192.168.0.7",
            "startTime": at,
            "conditions": [{"type": one, "status": "True", "lastProbeTime": None, "lastTransitionTime": at}
                           for one in types],
            "containerStatuses": [
                {"name": name, "ready": True, "started": True, "restartCount": 0,
                 "state": {"running": {"startedAt": at}},
                 "lastState": {}, "image": f"registry.example.com/shop/{name}:1.2.3",
                 "imageID": f"registry.example.com/shop/{name}@sha256:{'0123456789abcdef' * 4}",
                 "containerID": f"containerd://{'fedcba9876543210' * 4}"} for name in names
            ],
        },
    }  # fmt: skip


def _container(name: str, app: str) -> Json:
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1,
             "successThreshold": 1, "failureThreshold": 3}  # fmt: skip
    return {
        "name": name, "image": f"registry.example.com/shop/{name}:1.2.3", "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{n}", "value": f"http://{app}-{n}.bench.svc:8080/path"} for n in range(8)],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "livenessProbe": probe, "readinessProbe": probe, "terminationMessagePath": "/dev/termination-log",
        "volumeMounts": [{"name": f"v{n}", "mountPath": f"/etc/{app}/{n}", "readOnly": True} for n in range(4)],
    }  # fmt: skip


def _managed(who: str, at: str) -> Json:
    fields = {f"f:field{n}": {f'k:{{"name":"part-{m}"}}': {".": {}, "f:name": {}, "f:value": {}} for m in range(3)}
              for n in range(6)}  # fmt: skip
    return {"manager": who, "operation": "Update", "apiVersion": "v1", "time": at, "fieldsType": "FieldsV1",
            "fieldsV1": {"f:metadata": fields}}  # fmt: skip


def main(asked: list[str]) -> None:
    if asked[0] == "serve":
        serve()
    else:
        _tell({"ours": ours, "theirs": theirs}[asked[0]], asked[1])


if __name__ == "__main__":
    main(sys.argv[1:])
