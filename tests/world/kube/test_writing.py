"""Writes: dry run, conflicts, the three kinds of patch, what is refused and with which words."""

from typing import Any

import pytest
import requests
from kubernetes.client import ApiException

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


@pytest.mark.parametrize("wrong", [{"uid": OTHER_UID}, {"resourceVersion": "1"}])
def test_a_delete_with_a_precondition_that_does_not_hold_conflicts(world, wrong):
    world.deploy()
    body = _refused(world.apps().delete_namespaced_deployment, "web", "shop", body={"preconditions": wrong})

    assert body["code"] == 409
    assert "Precondition failed" in body["message"]
    assert world.apps().read_namespaced_deployment("web", "shop")


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
