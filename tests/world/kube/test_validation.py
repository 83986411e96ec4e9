"""What a write is refused for, and with which words; what it leaves alone, and what ends an object."""

from typing import Any

import pytest
import requests
from kubernetes.client import ApiException

DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"


def _refused(call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    with pytest.raises(ApiException) as caught:
        call(*args, **kwargs)
    body = requests.models.complexjson.loads(caught.value.body)
    assert body["kind"] == "Status"
    assert body["status"] == "Failure"
    assert body["code"] == caught.value.status
    return dict(body)


def _image(name: str = "registry.example/web:2.0") -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": name}]}}}}


@pytest.mark.parametrize("value", ["true", "all", "Server"])
def test_a_dry_run_of_another_value_is_refused(world, value):
    world.deploy()
    body = _refused(world.apps().patch_namespaced_deployment, "web", "shop", _image(), dry_run=value)

    assert body["code"] == 422
    assert "dryRun" in body["message"]


@pytest.mark.parametrize(
    ("content_type", "patch"),
    [("application/apply-patch+yaml", {"spec": {}}), ("text/plain", {"spec": {}})],
)
def test_a_patch_of_another_media_type_is_415(world, content_type, patch):
    world.deploy()
    url = f"{world.url}/apis/apps/v1/namespaces/shop/deployments/web"
    headers = {"Authorization": "Bearer admin", "Content-Type": content_type}
    answer = requests.patch(url, json=patch, headers=headers, timeout=30)

    assert (answer.status_code, answer.json()["reason"]) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"replicas": -4}, "spec.replicas"),
        ({"selector": {"matchLabels": {"app": "other"}}}, "spec.template.metadata.labels"),
        ({"selector": {"matchLabels": {}}}, "spec.selector"),
        ({"template": {"metadata": {"labels": {"app": "new"}}, "spec": {"containers": []}}}, "spec.containers"),
        ({"strategy": {"type": "Sideways"}}, "spec.strategy.type"),
        ({"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}, "maxUnavailable"),
        ({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "some"}}}, "maxSurge"),
        ({"minReadySeconds": 700}, "spec.progressDeadlineSeconds"),
    ],
)  # fmt: skip
def test_an_invalid_deployment_is_422_and_names_the_field(world, a_deployment, change, field):
    manifest = a_deployment("new")
    manifest["spec"].update(change)
    body = _refused(world.apps().create_namespaced_deployment, "shop", manifest)

    assert (body["code"], body["reason"]) == (422, "Invalid")
    assert any(field in cause["field"] for cause in body["details"]["causes"])
    assert body["message"].startswith('Deployment.apps "new" is invalid: ')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": None}, "spec.template.spec.containers[0].image: Required value"),
        ({"name": "Not_A_Label"}, "spec.template.spec.containers[0].name: Invalid value"),
        ({"ports": [{"containerPort": 70000}]}, "must be between 1 and 65535"),
        ({"env": [{"value": "x"}]}, "spec.template.spec.containers[0].env[0].name: Required value"),
        ({"imagePullPolicy": "Sometimes"}, 'Unsupported value: "Sometimes"'),
        ({"volumeMounts": [{"name": "nowhere", "mountPath": "/x"}]}, 'Not found: "nowhere"'),
        ({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "500m"}}}, "less than or equal to cpu limit"),
    ],
)
def test_an_invalid_container_is_422(world, a_deployment, change, message):
    manifest = a_deployment("new")
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container.update({name: value for name, value in change.items() if value is not None})
    for name, value in change.items():
        if value is None:
            del container[name]
    body = world.send("POST", DEPLOYMENTS, manifest).json()

    assert body["code"] == 422
    assert message in body["message"]


def test_a_selector_can_never_change(world):
    world.deploy()
    patch = {
        "spec": {
            "selector": {"matchLabels": {"app": "web", "tier": "x"}},
            "template": {"metadata": {"labels": {"tier": "x"}}},
        }
    }
    body = _refused(world.apps().patch_namespaced_deployment, "web", "shop", patch)

    assert body["code"] == 422
    assert "field is immutable" in body["message"]


def test_an_unknown_field_is_refused_dropped_or_warned_of_as_asked(world, a_deployment):
    manifest = a_deployment("new")
    manifest["spec"]["replicsa"] = 3
    strict = world.send("POST", DEPLOYMENTS, manifest, fieldValidation="Strict", dryRun="All").json()
    warned = world.send("POST", DEPLOYMENTS, manifest)
    patched = _refused(
        world.apps().patch_namespaced_deployment, "new", "shop", {"spec": {"replicsa": 1}}, field_validation="Strict"
    )

    assert strict["code"] == 400
    assert 'strict decoding error: unknown field "spec.replicsa"' in strict["message"]
    assert warned.status_code == 201
    assert warned.headers["Warning"] == '299 - "unknown field \\"spec.replicsa\\""'
    assert "replicsa" not in warned.json()["spec"]
    assert patched["code"] == 422
    assert 'unknown field "spec.replicsa"' in patched["message"]


def test_a_value_of_the_wrong_type_is_400_in_a_body_and_422_in_a_patch(world, a_deployment):
    world.deploy()
    manifest = a_deployment("new")
    manifest["spec"]["replicas"] = "three"
    made = world.send("POST", DEPLOYMENTS, manifest).json()
    patched = _refused(world.apps().patch_namespaced_deployment, "web", "shop", {"spec": {"replicas": "three"}})

    assert (made["code"], made["reason"]) == (400, "BadRequest")
    assert "cannot unmarshal string into Go struct field spec.replicas" in made["message"]
    assert (patched["code"], patched["reason"]) == (422, "Invalid")


def test_malformed_json_is_400(world):
    url = f"{world.url}/apis/apps/v1/namespaces/shop/deployments"
    answer = requests.post(url, data=b'{"kind": ', headers={"Authorization": "Bearer admin"}, timeout=30)

    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")


def test_the_second_of_the_same_name_already_exists(world, a_deployment):
    world.deploy()
    body = _refused(world.apps().create_namespaced_deployment, "shop", a_deployment())

    assert (body["code"], body["reason"]) == (409, "AlreadyExists")
    assert body["message"] == 'deployments.apps "web" already exists'


def test_a_namespace_that_does_not_exist_is_404(world, a_deployment):
    manifest = a_deployment()
    del manifest["metadata"]["namespace"]
    body = _refused(world.apps().create_namespaced_deployment, "nowhere", manifest)

    assert body["message"] == 'namespaces "nowhere" not found'


def test_a_manifest_for_another_namespace_is_400(world, a_deployment):
    body = _refused(world.apps().create_namespaced_deployment, "backoffice", a_deployment())

    assert body["code"] == 400


def test_a_pods_spec_cannot_be_changed_but_for_its_image(world):
    world.deploy()
    name = world.pods()[0]["metadata"]["name"]
    body = _refused(world.core().patch_namespaced_pod, name, "shop", {"spec": {"nodeName": "node-x"}})
    image = {"spec": {"containers": [{"name": "app", "image": "registry.example/web:1.1"}]}}
    patched = world.core().patch_namespaced_pod(name, "shop", image)

    assert body["code"] == 422
    assert "pod updates may not change fields" in body["message"]
    assert patched.spec.containers[0].image == "registry.example/web:1.1"


def test_an_object_with_a_finalizer_ends_only_when_it_is_taken_off(world):
    core = world.core()
    core.create_namespaced_config_map("shop", {"metadata": {"name": "kept", "finalizers": ["example.org/hold"]}})
    core.delete_namespaced_config_map("kept", "shop")
    held = core.read_namespaced_config_map("kept", "shop")
    core.patch_namespaced_config_map("kept", "shop", [{"op": "remove", "path": "/metadata/finalizers"}])
    world.wait(1)

    assert held.metadata.deletion_timestamp is not None
    assert world.cluster.list("ConfigMap", "shop") == []


def test_foreground_deletion_waits_for_the_dependents(world):
    world.deploy()
    world.apps().delete_namespaced_deployment("web", "shop", propagation_policy="Foreground")
    world.cluster.tick()
    waiting = world.apps().read_namespaced_deployment("web", "shop").metadata
    world.wait(5)

    assert waiting.finalizers == ["foregroundDeletion"]
    assert world.cluster.list("Deployment", "shop") == []
    assert world.pods() == []


def test_a_deleted_namespace_empties_itself(world):
    world.deploy()
    world.core().delete_namespace("shop")
    ending = world.core().read_namespace("shop").status.phase
    body = _refused(world.core().create_namespaced_config_map, "shop", {"metadata": {"name": "late"}})
    world.wait(6)

    assert (ending, body["code"]) == ("Terminating", 403)
    assert "shop" not in {one["metadata"]["name"] for one in world.cluster.list("Namespace")}
    assert world.pods() == []


def test_a_generated_name_ends_in_five_letters(world):
    made = world.core().create_namespaced_config_map("shop", {"metadata": {"generateName": "note-"}})

    assert made.metadata.name.startswith("note-")
    assert len(made.metadata.name) == 10


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a" * 254])
def test_a_name_that_is_none_is_422(world, name):
    body = _refused(world.core().create_namespaced_config_map, "shop", {"metadata": {"name": name}})

    assert body["details"]["causes"][0]["field"] == "metadata.name"


def test_a_budget_may_not_say_both(world):
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "maxUnavailable": 1}}
    url = f"{world.url}/apis/policy/v1/namespaces/shop/poddisruptionbudgets"
    answer = requests.post(url, json=budget, headers={"Authorization": "Bearer admin"}, timeout=30)

    assert answer.status_code == 422
    assert "cannot be both set" in answer.json()["message"]
