"""The gate: nothing that is no dry run leaves this machine, whatever verb, way or trick it comes by."""

from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client
from kubernetes.stream import stream as exec_stream

from bot.core.errors import Refused, Unreachable
from tests.tools.change.stage import WEB, Stage
from tools.change.kube.cluster import Cluster
from tools.change.kube.gate import Gate, Permit, subresource_of

SHOP = f"/apis/apps/v1/namespaces/{WEB}/deployments/shop"
CONFIG = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="note"), data={"a": "b"})
MERGE = {"Content-Type": "application/merge-patch+json"}
Attempt = Callable[[Any, str], object]


def apps(api: Any) -> Any:
    return client.AppsV1Api(api)


def core(api: Any) -> Any:
    return client.CoreV1Api(api)


def eviction(pod: str) -> Any:
    return client.V1Eviction(metadata=client.V1ObjectMeta(name=pod, namespace=WEB))


WRITES: dict[str, Attempt] = {
    "create": lambda api, _: core(api).create_namespaced_config_map(WEB, CONFIG),
    "create a job": lambda api, _: client.BatchV1Api(api).create_namespaced_job(WEB, {"metadata": {"name": "x"}}),
    "patch": lambda api, _: apps(api).patch_namespaced_deployment("shop", WEB, {"spec": {"replicas": 1}}),
    "patch by merge": lambda api, _: apps(api).patch_namespaced_deployment(
        "shop", WEB, {"spec": {"replicas": 1}}, _content_type="application/merge-patch+json"
    ),
    "patch by operations": lambda api, _: apps(api).patch_namespaced_deployment(
        "shop", WEB, [{"op": "replace", "path": "/spec/replicas", "value": 1}]
    ),
    "apply": lambda api, _: apps(api).patch_namespaced_deployment(
        "shop", WEB, {"spec": {"replicas": 1}}, field_manager="x", _content_type="application/apply-patch+yaml"
    ),
    "replace": lambda api, _: apps(api).replace_namespaced_deployment(
        "shop", WEB, apps(api).read_namespaced_deployment("shop", WEB)
    ),
    "scale": lambda api, _: apps(api).patch_namespaced_deployment_scale("shop", WEB, {"spec": {"replicas": 1}}),
    "status": lambda api, _: apps(api).patch_namespaced_deployment_status("shop", WEB, {"status": {"replicas": 1}}),
    "delete": lambda api, _: apps(api).delete_namespaced_deployment("shop", WEB),
    "delete with options": lambda api, _: apps(api).delete_namespaced_deployment(
        "shop", WEB, body=client.V1DeleteOptions()
    ),
    "delete all": lambda api, _: apps(api).delete_collection_namespaced_deployment(WEB),
    "delete a namespace": lambda api, _: core(api).delete_namespace(WEB),
    "evict": lambda api, pod: core(api).create_namespaced_pod_eviction(pod, WEB, eviction(pod)),
    "delete a pod": lambda api, pod: core(api).delete_namespaced_pod(pod, WEB),
    "by raw path": lambda api, _: api.call_api(
        "PATCH", f"{api.configuration.host}{SHOP}", {**MERGE, **api.default_headers}, {"spec": {"replicas": 1}}
    ),
    "by the pool itself": lambda api, _: api.rest_client.pool_manager.request(
        "PATCH", f"{api.configuration.host}{SHOP}", body=b'{"spec":{"replicas":1}}'
    ),
}

TRICKS: dict[str, Attempt] = {
    "an empty dryRun": lambda api, _: apps(api).patch_namespaced_deployment("shop", WEB, {}, dry_run=""),
    "another dryRun": lambda api, _: apps(api).patch_namespaced_deployment("shop", WEB, {}, dry_run="None"),
    "dryRun in the body only": lambda api, _: apps(api).delete_namespaced_deployment(
        "shop", WEB, body=client.V1DeleteOptions(dry_run=["All"])
    ),
    "a delete whose body outweighs the query": lambda api, _: apps(api).delete_namespaced_deployment(
        "shop", WEB, dry_run="All", body=client.V1DeleteOptions()
    ),
    "a command in a container": lambda api, pod: core(api).connect_post_namespaced_pod_exec(
        pod, WEB, command=["reboot"], container="shop"
    ),
    "a command by GET": lambda api, pod: core(api).connect_get_namespaced_pod_exec(pod, WEB, command=["reboot"]),
    "a command by websocket": lambda api, pod: exec_stream(
        core(api).connect_get_namespaced_pod_exec, pod, WEB, command=["reboot"], stdout=True
    ),
    "through the proxy": lambda api, pod: core(api).connect_get_namespaced_pod_proxy_with_path(pod, WEB, "admin/reset"),
    "through a node's proxy": lambda api, _: core(api).connect_get_node_proxy_with_path("node-0", "run"),
    "a fragment after dryRun": lambda api, _: api.rest_client.pool_manager.request(
        "PATCH", f"{api.configuration.host}{SHOP}?x=1#dryRun=All", body=b"{}"
    ),
    "a dryRun twice": lambda api, _: api.rest_client.pool_manager.request(
        "PATCH", f"{api.configuration.host}{SHOP}?dryRun=None&dryRun=All", body=b"{}"
    ),
}


@pytest.mark.parametrize("name", [*WRITES, *TRICKS])
def test_no_write_passes_during_preparation(stage: Stage, name: str) -> None:
    pod = stage.cluster.list("Pod", WEB)[0]["metadata"]["name"]
    before = stage.snapshot()

    with Cluster(stage.settings("root-token")) as guarded, pytest.raises(Refused) as refusal:
        {**WRITES, **TRICKS}[name](guarded.client, pod)

    assert refusal.value.why == "guarded"
    assert stage.cluster.writes == []
    assert stage.snapshot() == before


@pytest.mark.parametrize("name", sorted(WRITES))
def test_the_same_write_gets_through_without_the_gate(stage: Stage, name: str) -> None:
    pod = stage.cluster.list("Pod", WEB)[0]["metadata"]["name"]
    with Cluster(stage.settings("root-token")) as guarded:
        bare = client.ApiClient(guarded.client.configuration)
        bare.default_headers["authorization"] = "Bearer root-token"
        if name.startswith("by "):
            bare.rest_client.pool_manager.headers = {**MERGE, "authorization": "Bearer root-token"}
        reached = _tried(lambda: WRITES[name](bare, pod))
        bare.rest_client.close()

    assert reached or stage.cluster.writes != []


def _tried(write: Callable[[], object]) -> bool:
    """Whether the API server was reached and judged the call itself, as it does a malformed one."""
    try:
        write()
    except client.ApiException as error:
        return error.status in (400, 409, 415, 422)
    return False


def test_reading_and_dry_runs_pass(stage: Stage) -> None:
    with Cluster(stage.settings()) as guarded:
        assert guarded.get(SHOP)["metadata"]["name"] == "shop"
        assert guarded.dry_run(SHOP, {"spec": {"replicas": 1}})["spec"]["replicas"] == 1
        assert guarded.whoami() == "system:serviceaccount:midwatch:midwatch-act"

    assert stage.cluster.writes == []
    assert guarded.gate.refused == []


def test_a_permit_is_for_one_call_only(stage: Stage) -> None:
    other = SHOP.replace("/shop", "/other")
    with Cluster(stage.settings("root-token"), Permit("PATCH", SHOP)) as permitted:
        for verb, path in (("PATCH", other), ("PUT", SHOP), ("DELETE", SHOP), ("PATCH", f"{SHOP}/scale")):
            with pytest.raises(Refused):
                permitted.gate.check(verb, path)
        permitted.patch(SHOP, {"metadata": {"annotations": {"once": "1"}}})
        with pytest.raises(Refused):
            permitted.patch(SHOP, {"metadata": {"annotations": {"twice": "2"}}})

    assert len(stage.cluster.writes) == 1


@pytest.mark.parametrize("answer", ["503", "307"])
def test_a_write_is_sent_once_and_never_to_another_place(stage: Stage, answer: str) -> None:
    seen: list[str] = []
    stage.faulty.picks = lambda verb, path, _: verb == "PATCH" and not seen.append(path)  # type: ignore[func-returns-value]
    stage.faulty.how = answer

    with Cluster(stage.settings(), Permit("PATCH", SHOP)) as permitted, pytest.raises(Unreachable):
        permitted.patch(SHOP, {"metadata": {"annotations": {"once": "1"}}})

    assert seen == [SHOP]


def test_a_server_behind_a_path_is_guarded_alike() -> None:
    gate = Gate(base="/clusters/one", permit=Permit("PATCH", SHOP))
    gate.check("GET", f"/clusters/one{SHOP}")
    gate.check("PATCH", f"/clusters/one{SHOP}?fieldManager=midwatch")

    with pytest.raises(Refused):
        gate.check("PATCH", f"/clusters/one{SHOP}?fieldManager=midwatch")
    with pytest.raises(Refused):
        Gate(base="/clusters/one").check("POST", f"/clusters/two{SHOP}?dryRun=All")


@pytest.mark.parametrize(
    ("path", "subresource"),
    [
        ("/api/v1/namespaces/web/pods/p", ""),
        ("/api/v1/namespaces/web/pods", ""),
        ("/api/v1/namespaces/web/pods/exec", ""),
        ("/api/v1/namespaces/web/pods/p/exec", "exec"),
        ("/api/v1/namespaces/web/pods/p/proxy/admin", "proxy"),
        ("/api/v1/nodes/n/proxy", "proxy"),
        ("/apis/apps/v1/namespaces/web/deployments/d/scale", "scale"),
        ("/api/v1/namespaces/web", ""),
        ("/api/v1/namespaces/web/finalize", "finalize"),
        ("/version", None),
        ("/api/v1/namespaces/web/pods/../secrets", None),
    ],
)
def test_the_subresource_of_a_path_is_told(path: str, subresource: str | None) -> None:
    assert subresource_of(path) == subresource
