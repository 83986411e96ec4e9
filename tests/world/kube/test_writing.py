"""Writes: dry run, conflicts, the three kinds of patch, what is refused and with which words."""

from typing import Any

import pytest
import requests
from kubernetes.client import ApiException

DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
OTHER_UID = "00000000-0000-4000-8000-000000000000"


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


def _everything(world: Any) -> list[Any]:
    kinds = ("Deployment", "ReplicaSet", "Pod", "Event", "Service", "ConfigMap")
    return [world.cluster.list(kind) for kind in kinds]


def test_a_dry_run_patch_returns_what_would_be_and_changes_nothing(world):
    world.deploy()
    before, revision = _everything(world), world.cluster.state.store.revision
    would = world.apps().patch_namespaced_deployment("web", "shop", _image(), dry_run="All")
    world.wait(5)
    live = world.apps().read_namespaced_deployment("web", "shop")

    assert would.spec.template.spec.containers[0].image == "registry.example/web:2.0"
    assert would.metadata.generation == 2
    assert would.metadata.resource_version == live.metadata.resource_version
    assert live.spec.template.spec.containers[0].image == "registry.example/web:1.0"
    assert _everything(world) == before
    assert world.cluster.state.store.revision == revision
    assert world.cluster.writes == []


def test_a_dry_run_of_every_other_write_changes_nothing(world, a_deployment):
    world.deploy()
    pod = world.pods()[0]["metadata"]["name"]
    before = _everything(world)
    made = world.apps().create_namespaced_deployment("shop", a_deployment("other"), dry_run="All")
    live = world.apps().read_namespaced_deployment("web", "shop")
    live.spec.replicas = 9
    replaced = world.apps().replace_namespaced_deployment("web", "shop", live, dry_run="All")
    scaled = world.apps().patch_namespaced_deployment_scale("web", "shop", {"spec": {"replicas": 8}}, dry_run="All")
    world.apps().delete_namespaced_deployment("web", "shop", dry_run="All")
    gone = world.core().delete_namespaced_pod(pod, "shop", dry_run="All")
    eviction = {"metadata": {"name": pod}, "deleteOptions": {"dryRun": ["All"]}}
    world.core().create_namespaced_pod_eviction(pod, "shop", eviction)
    world.wait(3)

    assert made.metadata.uid
    assert made.metadata.resource_version is None
    assert (replaced.spec.replicas, scaled.spec.replicas) == (9, 8)
    assert gone.metadata.deletion_timestamp is not None
    assert _everything(world) == before
    assert world.cluster.writes == []


@pytest.mark.parametrize("value", ["true", "all", "Server"])
def test_a_dry_run_of_another_value_is_refused(world, value):
    world.deploy()
    body = _refused(world.apps().patch_namespaced_deployment, "web", "shop", _image(), dry_run=value)

    assert body["code"] == 422
    assert "dryRun" in body["message"]


@pytest.mark.parametrize("field", ["uid", "resourceVersion"])
def test_a_patch_that_names_another_uid_or_an_old_version_conflicts(world, field):
    world.deploy()
    head = {"uid": OTHER_UID} if field == "uid" else {"resourceVersion": "3"}
    body = _refused(world.apps().patch_namespaced_deployment, "web", "shop", {"metadata": head, **_image()})

    assert (body["code"], body["reason"]) == (409, "Conflict")
    assert body["details"] == {"name": "web", "group": "apps", "kind": "deployments"}
    assert world.apps().read_namespaced_deployment("web", "shop").metadata.generation == 1


def test_a_conflict_is_found_in_a_dry_run_too(world):
    world.deploy()
    patch = {"metadata": {"resourceVersion": "3"}, **_image()}
    body = _refused(world.apps().patch_namespaced_deployment, "web", "shop", patch, dry_run="All")

    assert body["reason"] == "Conflict"
    assert "please apply your changes to the latest version" in body["message"]


def test_a_stale_replace_conflicts_and_the_live_object_stays(world):
    world.deploy()
    mine = world.apps().read_namespaced_deployment("web", "shop")
    world.apps().patch_namespaced_deployment("web", "shop", {"spec": {"replicas": 2}})
    mine.spec.replicas = 7
    body = _refused(world.apps().replace_namespaced_deployment, "web", "shop", mine)

    assert body["code"] == 409
    assert world.apps().read_namespaced_deployment("web", "shop").spec.replicas == 2


def test_a_replace_without_a_version_is_unconditional(world, a_deployment):
    world.deploy()
    replaced = world.apps().replace_namespaced_deployment("web", "shop", a_deployment(replicas=5))

    assert replaced.spec.replicas == 5
    assert replaced.metadata.generation == 2


def test_a_strategic_patch_merges_containers_and_variables_by_name(world):
    world.deploy()
    env = [{"name": "MODE", "value": "fancy"}, {"name": "SIZE", "$patch": "delete"}, {"name": "NEW", "value": "1"}]
    containers = [{"name": "app", "env": env}]
    patched = world.apps().patch_namespaced_deployment(
        "web", "shop", {"spec": {"template": {"spec": {"containers": containers}}}}
    )
    container = patched.spec.template.spec.containers[0]

    assert {one.name: one.value for one in container.env} == {"MODE": "fancy", "NEW": "1"}
    assert container.image == "registry.example/web:1.0"
    assert container.ports[0].container_port == 8080


def test_a_merge_patch_replaces_lists_whole(world):
    world.deploy()
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "x:1"}]}}}}
    patched = world.apps().patch_namespaced_deployment(
        "web", "shop", patch, _content_type="application/merge-patch+json"
    )

    assert patched.spec.template.spec.containers[0].env is None


def test_a_json_patch_changes_nothing_when_its_test_fails(world):
    world.deploy()
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 99},
        {"op": "replace", "path": "/spec/replicas", "value": 1},
    ]
    body = _refused(world.apps().patch_namespaced_deployment, "web", "shop", operations)
    operations[0]["value"] = 3
    patched = world.apps().patch_namespaced_deployment("web", "shop", operations)

    assert (body["code"], body["reason"]) == (422, "Invalid")
    assert patched.spec.replicas == 1


@pytest.mark.parametrize(
    ("content_type", "patch"),
    [("application/apply-patch+yaml", {"spec": {}}), ("text/plain", {"spec": {}})],
)
def test_a_patch_of_another_media_type_is_415(world, content_type, patch):
    world.deploy()
    url = f"{world.url}/apis/apps/v1/namespaces/shop/deployments/web"
    headers = {"Authorization": "Bearer admin", "Content-Type": content_type}
    answer = requests.patch(url, json=patch, headers=headers, timeout=5)

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
    answer = requests.post(url, data=b'{"kind": ', headers={"Authorization": "Bearer admin"}, timeout=5)

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


def test_a_write_to_the_status_leaves_the_spec_and_the_other_way_round(world):
    world.deploy()
    told = {"spec": {"replicas": 9}, "status": {"replicas": 42}}
    by_status = world.apps().patch_namespaced_deployment_status("web", "shop", told)
    by_spec = world.apps().patch_namespaced_deployment("web", "shop", {"status": {"replicas": 77}})

    assert (by_status.spec.replicas, by_status.status.replicas) == (3, 42)
    assert by_spec.status.replicas == 42
    world.wait(1)
    assert world.apps().read_namespaced_deployment("web", "shop").status.replicas == 3


def test_uid_and_creation_stay_whatever_a_patch_says(world):
    world.deploy()
    before = world.apps().read_namespaced_deployment("web", "shop").metadata
    patch = {"metadata": {"creationTimestamp": "2001-01-01T00:00:00Z", "generation": 77, "labels": {"a": "b"}}}
    after = world.apps().patch_namespaced_deployment("web", "shop", patch).metadata

    assert (after.uid, after.creation_timestamp, after.generation) == (before.uid, before.creation_timestamp, 1)


def test_a_pods_spec_cannot_be_changed_but_for_its_image(world):
    world.deploy()
    name = world.pods()[0]["metadata"]["name"]
    body = _refused(world.core().patch_namespaced_pod, name, "shop", {"spec": {"nodeName": "node-x"}})
    image = {"spec": {"containers": [{"name": "app", "image": "registry.example/web:1.1"}]}}
    patched = world.core().patch_namespaced_pod(name, "shop", image)

    assert body["code"] == 422
    assert "pod updates may not change fields" in body["message"]
    assert patched.spec.containers[0].image == "registry.example/web:1.1"


@pytest.mark.parametrize("wrong", [{"uid": OTHER_UID}, {"resourceVersion": "1"}])
def test_a_delete_with_a_precondition_that_does_not_hold_conflicts(world, wrong):
    world.deploy()
    body = _refused(world.apps().delete_namespaced_deployment, "web", "shop", body={"preconditions": wrong})

    assert body["code"] == 409
    assert "Precondition failed" in body["message"]
    assert world.apps().read_namespaced_deployment("web", "shop")


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


def test_every_accepted_write_is_recorded_with_its_execution(world):
    world.deploy()
    patch = {"metadata": {"annotations": {"midwatch.dev/execution": "exe-1"}}, **_image()}
    world.apps("writer").patch_namespaced_deployment("web", "shop", patch)
    _refused(world.apps("writer").patch_namespaced_deployment, "web", "shop", {"spec": {"replicas": -1}})
    world.core().delete_namespaced_pod(world.pods()[0]["metadata"]["name"], "shop")
    first, second = world.cluster.writes

    assert (first.user, first.verb, first.kind) == (
        "system:serviceaccount:midwatch:midwatch-act",
        "patch",
        "Deployment",
    )
    assert (first.namespace, first.name, first.execution, first.body) == ("shop", "web", "exe-1", patch)
    assert (first.at, second.verb, second.kind) == (world.clock[0], "delete", "Pod")


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
    answer = requests.post(url, json=budget, headers={"Authorization": "Bearer admin"}, timeout=5)

    assert answer.status_code == 422
    assert "cannot be both set" in answer.json()["message"]
