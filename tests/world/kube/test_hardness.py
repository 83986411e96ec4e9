"""Whatever a client sends, the answer is an object or a refusal, and the controllers go on."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kubernetes.client import ApiException

from bot.playground.world.kube.api import Api, Call
from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.rbac import ADMIN
from bot.playground.world.kube.refusal import Refusal
from bot.playground.world.kube.store import clone

KINDS = {
    "Deployment": "/apis/apps/v1/namespaces/shop/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/shop/statefulsets",
    "DaemonSet": "/apis/apps/v1/namespaces/shop/daemonsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/shop/replicasets",
    "Job": "/apis/batch/v1/namespaces/shop/jobs",
    "CronJob": "/apis/batch/v1/namespaces/shop/cronjobs",
    "Pod": "/api/v1/namespaces/shop/pods",
    "Service": "/api/v1/namespaces/shop/services",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers",
    "Event": "/api/v1/namespaces/shop/events",
    "Node": "/api/v1/nodes",
    "Namespace": "/api/v1/namespaces",
}
MEDIA = ("application/merge-patch+json", "application/strategic-merge-patch+json")
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 40),
    st.sampled_from(["", "x", "0%", "250%", "OnDelete", "Recreate", "Never", "None", "a b", "-1", "1Gi", "zero"]),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([None]),
    st.just({"name": "x"}),
    st.just([{"name": "x"}]),
    st.just({"matchLabels": {"app": "web"}}),
    st.just([{"$patch": "delete"}]),
)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _spots(one, (*path, name))
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _spots(one, (*path, at))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = clone(value)
    here = changed
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = new
    return changed


def _manifests(deployment: dict[str, Any]) -> dict[str, dict[str, Any]]:
    labels, pod = {"app": "web"}, deployment["spec"]["template"]["spec"]
    template = {"metadata": {"labels": labels}, "spec": pod}
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}}
    once = {"spec": {**pod, "restartPolicy": "Never"}}
    chosen = {"matchLabels": labels, "matchExpressions": [{"key": "app", "operator": "Exists"}]}
    on_delete = {"type": "OnDelete"}
    specs: dict[str, Any] = {
        "Deployment": {"replicas": 2, "selector": chosen, "template": template, "strategy": rolling},
        "StatefulSet": {"replicas": 2, "selector": chosen, "template": template, "updateStrategy": on_delete},
        "DaemonSet": {"selector": chosen, "template": template, "updateStrategy": {"type": "RollingUpdate"}},
        "ReplicaSet": {"replicas": 1, "selector": chosen, "template": template},
        "Job": {"completions": 2, "parallelism": 1, "backoffLimit": 1, "template": once},
        "CronJob": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": once}}},
        "Pod": pod,
        "Service": {"ports": [{"port": 80, "targetPort": "http"}], "selector": labels},
        "PodDisruptionBudget": {"minAvailable": 1, "selector": chosen},
        "HorizontalPodAutoscaler": {"minReplicas": 1, "maxReplicas": 3, "scaleTargetRef": {"kind": "Pod", "name": "x"}},
        "Node": {"unschedulable": False, "taints": [{"key": "a", "effect": "NoSchedule"}]},
        "Namespace": {"finalizers": ["kubernetes"]},
        "Event": None,
    }  # fmt: skip
    meta = {"name": "thing", "labels": labels, "annotations": {"a": "b"}}
    made = {kind: {"metadata": meta, "spec": spec} for kind, spec in specs.items()}
    involved = {"kind": "Pod", "name": "x", "namespace": "shop"}
    made["Event"] = {"metadata": meta, "involvedObject": involved, "reason": "R", "message": "m"}
    return made


def _cluster() -> tuple[Cluster, list[float]]:
    clock = [1_790_000_000.0]
    cluster = Cluster(lambda: clock[0], seed=1)
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}})
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    return cluster, clock


def _told(api: Api, call: Call) -> int:
    """Return the answer's code; the one 500 the real server gives too is for a list's element without its key."""
    try:
        return api.answer(call, ADMIN).status  # type: ignore[union-attr]
    except Refusal as refused:
        return 400 if "merge key" in refused.message else refused.code


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_junk_anywhere_in_a_body_or_a_patch_is_kept_or_refused(kind, a_deployment, data):
    cluster, clock = _cluster()
    api, path = Api(cluster), KINDS[kind]
    whole = _manifests(a_deployment())[kind]
    broken = _with(whole, data.draw(st.sampled_from(sorted(_spots(whole), key=str))), data.draw(junk))
    codes = [
        _told(api, Call("POST", path, {}, json.dumps(body).encode(), "application/json")) for body in (broken, whole)
    ]
    again = _with(whole, data.draw(st.sampled_from(sorted(_spots(whole), key=str))), data.draw(junk))
    media = data.draw(st.sampled_from(MEDIA))
    query = {"dryRun": ["All"]} if data.draw(st.booleans()) else {}
    codes.append(_told(api, Call("PATCH", f"{path}/thing", query, json.dumps(again).encode(), media)))
    for _ in range(6):
        clock[0] += 1
        cluster.tick()

    assert max(codes) < 500
    assert _told(api, Call("GET", path)) == 200


def test_of_many_patches_of_one_version_exactly_one_is_kept(world):
    world.deploy()
    version = world.apps().read_namespaced_deployment("web", "shop").metadata.resource_version
    outcomes: list[int] = []

    def race(number: int) -> None:
        patch = {"metadata": {"resourceVersion": version, "annotations": {"winner": str(number)}}}
        try:
            world.apps().patch_namespaced_deployment("web", "shop", patch)
            outcomes.append(200)
        except ApiException as refused:
            outcomes.append(refused.status)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [200] + [409] * 11
    assert len(world.cluster.writes) == 1
