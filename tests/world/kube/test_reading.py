"""Reads: selectors, pages that keep to one moment, resource versions, discovery, and what is not there."""

import json
from typing import Any

import pytest
import requests
from kubernetes import client, dynamic
from kubernetes.client import ApiException

ADMIN = {"Authorization": "Bearer admin"}


def _config_maps(world: Any, count: int) -> None:
    for number in range(count):
        labels = {"app": "web" if number % 2 else "api", "number": str(number)}
        meta = {"name": f"note-{number:02}", "namespace": "shop", "labels": labels}
        world.cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})


def _refused(call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    with pytest.raises(ApiException) as caught:
        call(*args, **kwargs)
    return dict(json.loads(caught.value.body))


@pytest.mark.parametrize(
    ("selector", "numbers"),
    [
        ("app=web", [1, 3, 5]),
        ("app==web,number=3", [3]),
        ("app!=web", [0, 2, 4]),
        ("number in (1, 2)", [1, 2]),
        ("number notin (1,2),app", [0, 3, 4, 5]),
        ("!app", []),
        ("absent notin (x)", [0, 1, 2, 3, 4, 5]),
        ("number>3", [4, 5]),
        ("number in (1),app in (web,api)", [1]),
        ("", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_labels_select(world, selector, numbers):
    _config_maps(world, 6)
    found = world.core().list_namespaced_config_map("shop", label_selector=selector).items

    assert [int(one.metadata.labels["number"]) for one in found] == numbers


@pytest.mark.parametrize("selector", ["app in web", "a b", "=x", "app in (a", "app=a b", "app=web,", ","])
def test_a_selector_nobody_can_read_is_400(world, selector):
    body = _refused(world.core().list_namespaced_config_map, "shop", label_selector=selector)

    assert (body["code"], body["reason"]) == (400, "BadRequest")


def test_fields_select(world):
    world.deploy()
    pod = world.pods()[0]
    name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
    core = world.core()

    def names(selector: str) -> list[str]:
        return [one.metadata.name for one in core.list_pod_for_all_namespaces(field_selector=selector).items]

    assert names(f"metadata.name={name},metadata.namespace=shop") == [name]
    assert names(f"spec.nodeName={node}") == [name]
    assert len(names("status.phase=Running")) == 3
    assert names("status.phase!=Running") == []
    events = core.list_namespaced_event("shop", field_selector=f"involvedObject.name={name},reason=Started").items
    assert [event.involved_object.name for event in events] == [name]
    assert _refused(core.list_namespaced_pod, "shop", field_selector="spec.image=x")["message"] == (
        'Unable to find "v1, Resource=pods" that match label selector "", field selector "spec.image=x": '
        "field label not supported: spec.image"
    )


def test_pages_show_one_moment_although_things_change_between_them(world):
    _config_maps(world, 7)
    core = world.core()
    first = core.list_namespaced_config_map("shop", limit=3)
    core.delete_namespaced_config_map("note-05", "shop")
    core.create_namespaced_config_map("shop", {"metadata": {"name": "note-04b"}})
    second = core.list_namespaced_config_map("shop", limit=3, _continue=first.metadata._continue)
    third = core.list_namespaced_config_map("shop", limit=3, _continue=second.metadata._continue)
    names = [one.metadata.name for page in (first, second, third) for one in page.items]

    assert names == [f"note-{number:02}" for number in range(7)]
    assert (first.metadata.remaining_item_count, third.metadata._continue) == (4, None)
    assert second.metadata.resource_version == first.metadata.resource_version


def test_a_page_asked_for_too_late_is_410(world):
    _config_maps(world, 4)
    first = world.core().list_namespaced_config_map("shop", limit=1)
    for number in range(410):
        data = {"data": {"n": str(number)}}
        world.cluster.patch("ConfigMap", "shop", "note-00", data)
    body = _refused(world.core().list_namespaced_config_map, "shop", limit=1, _continue=first.metadata._continue)

    assert (body["code"], body["reason"]) == (410, "Expired")


@pytest.mark.parametrize("token", ["nonsense", "e30", "bnVsbA"])
def test_a_made_up_continue_token_is_400(world, token):
    assert _refused(world.core().list_namespaced_config_map, "shop", _continue=token)["code"] == 400


def test_a_list_as_of_an_exact_version_shows_what_was(world):
    _config_maps(world, 2)
    core = world.core()
    then = core.list_namespaced_config_map("shop").metadata.resource_version
    core.delete_namespaced_config_map("note-00", "shop")
    past = core.list_namespaced_config_map("shop", resource_version=then, resource_version_match="Exact")
    fresh = core.list_namespaced_config_map("shop", resource_version="0")

    assert [one.metadata.name for one in past.items] == ["note-00", "note-01"]
    assert [one.metadata.name for one in fresh.items] == ["note-01"]


def test_a_version_still_to_come_is_504(world):
    assert _refused(world.core().list_namespaced_pod, "shop", resource_version="999999")["reason"] == "Timeout"


def test_what_is_not_there_is_404_with_its_name(world):
    body = _refused(world.apps().read_namespaced_deployment, "ghost", "shop")

    assert body["message"] == 'deployments.apps "ghost" not found'
    assert body["details"] == {"name": "ghost", "group": "apps", "kind": "deployments"}
    assert (body["code"], body["reason"]) == (404, "NotFound")


@pytest.mark.parametrize("path", ["/api/v1/gadgets", "/apis/apps/v1/gadgets/x", "/apis/none.example/v1/things"])
def test_a_resource_nobody_serves_is_404(world, path):
    answer = requests.get(world.url + path, headers=ADMIN, timeout=30)

    assert answer.status_code == 404
    assert answer.json()["message"] == "the server could not find the requested resource"


def test_an_unknown_path_is_a_plain_404(world):
    answer = requests.get(f"{world.url}/metrics-of-mine", headers=ADMIN, timeout=30)

    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/namespaces/shop/pods/x"),
        ("PUT", "/api/v1/namespaces/shop/pods"),
        ("DELETE", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        ("POST", "/apis/events.k8s.io/v1/namespaces/shop/events"),
        ("GET", "/api/v1/namespaces/shop/pods/x/eviction"),
        ("POST", "/version"),
    ],
)
def test_a_method_that_does_not_fit_is_405(world, method, path):
    answer = requests.request(method, world.url + path, headers=ADMIN, json={}, timeout=30)

    assert (answer.status_code, answer.json()["reason"]) == (405, "MethodNotAllowed")


def test_discovery_is_enough_for_the_dynamic_client(world, tmp_path):
    world.deploy()
    found = dynamic.DynamicClient(world.api(), cache_file=str(tmp_path / "cache"))
    deployments = found.resources.get(api_version="apps/v1", kind="Deployment")

    assert deployments.get(name="web", namespace="shop").status.readyReplicas == 3
    assert client.VersionApi(world.api()).get_code().major == "1"
    groups = {group.name for group in client.ApisApi(world.api()).get_api_versions().groups}
    assert {"apps", "batch", "autoscaling", "policy", "events.k8s.io", "authorization.k8s.io"} <= groups
    pods = {row.name: row for row in client.CoreV1Api(world.api()).get_api_resources().resources}
    assert {"pods/log", "pods/eviction", "pods/status"} <= set(pods)
    assert pods["pods"].verbs == ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/readyz/ping"])
def test_health_is_told_to_anybody(world, path):
    answer = requests.get(world.url + path, timeout=30)

    assert (answer.status_code, answer.text) == (200, "ok")


def test_items_of_a_list_do_not_repeat_their_kind(world):
    world.deploy()
    answer = requests.get(f"{world.url}/apis/apps/v1/deployments", headers=ADMIN, timeout=30).json()

    assert (answer["kind"], answer["apiVersion"]) == ("DeploymentList", "apps/v1")
    assert not {"kind", "apiVersion"} & set(answer["items"][0])


def test_a_table_alone_is_not_acceptable_but_json_beside_it_is(world):
    table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    url = f"{world.url}/api/v1/nodes"
    alone = requests.get(url, headers={**ADMIN, "Accept": table}, timeout=30)
    beside = requests.get(url, headers={**ADMIN, "Accept": f"{table},application/json"}, timeout=30)

    assert (alone.status_code, beside.json()["kind"]) == (406, "NodeList")


def test_events_are_one_thing_under_two_groups(world):
    world.deploy()
    answer = requests.get(f"{world.url}/apis/events.k8s.io/v1/namespaces/shop/events", headers=ADMIN, timeout=30).json()
    core = requests.get(f"{world.url}/api/v1/namespaces/shop/events", headers=ADMIN, timeout=30).json()
    new, old = answer["items"][0], core["items"][0]

    assert (new["note"], new["regarding"], new["deprecatedCount"]) == (
        old["message"],
        old["involvedObject"],
        old["count"],
    )
    assert len(answer["items"]) == len(core["items"])


def test_every_object_is_one_the_strict_client_models_accept(world, a_deployment):
    world.deploy()
    world.cluster.create({**a_deployment("agent"), "kind": "DaemonSet", "spec": _of_a_set(a_deployment("agent"))})
    world.cluster.create({**a_deployment("store"), "kind": "StatefulSet", "spec": _of_a_set(a_deployment("store"))})
    for manifest in _others():
        world.cluster.create(manifest)
    world.wait(6)
    models = {
        "Namespace": client.V1Namespace, "Node": client.V1Node, "Pod": client.V1Pod, "Service": client.V1Service,
        "Event": client.CoreV1Event, "ConfigMap": client.V1ConfigMap, "ServiceAccount": client.V1ServiceAccount,
        "PersistentVolumeClaim": client.V1PersistentVolumeClaim, "Deployment": client.V1Deployment,
        "ReplicaSet": client.V1ReplicaSet, "StatefulSet": client.V1StatefulSet, "DaemonSet": client.V1DaemonSet,
        "Job": client.V1Job, "CronJob": client.V1CronJob, "Lease": client.V1Lease,
        "HorizontalPodAutoscaler": client.V2HorizontalPodAutoscaler,
        "PodDisruptionBudget": client.V1PodDisruptionBudget,
    }  # fmt: skip
    for kind, model in models.items():
        objects = world.cluster.list(kind)
        assert objects, kind
        for thing in objects:
            model.model_validate(thing)


def _of_a_set(deployment: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in deployment["spec"].items() if name in ("selector", "template")}


def _others() -> list[dict[str, Any]]:
    def thing(api: str, kind: str, name: str, **parts: Any) -> dict[str, Any]:
        return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **parts}

    once = {"restartPolicy": "Never", "containers": [{"name": "once", "image": "registry.example/once:1"}]}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    chosen = {"matchLabels": {"app": "web"}}
    job = {"template": {"spec": once}}
    return [
        thing("v1", "Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}),
        thing("v1", "ConfigMap", "settings", data={"a": "b"}),
        thing("v1", "PersistentVolumeClaim", "disk", spec=claim),
        thing("batch/v1", "Job", "once", spec=job),
        thing("batch/v1", "CronJob", "often", spec={"schedule": "*/5 * * * *", "jobTemplate": {"spec": job}}),
        thing("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec={"maxReplicas": 5, "scaleTargetRef": scaled}),
        thing("policy/v1", "PodDisruptionBudget", "web", spec={"minAvailable": 1, "selector": chosen}),
        thing("coordination.k8s.io/v1", "Lease", "leader", spec={"holderIdentity": "me"}),
    ]  # fmt: skip
