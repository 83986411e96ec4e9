"""Deployments roll out, roll back, scale, pause and restart as the real controllers have them."""

from typing import Any

REVISION = "deployment.kubernetes.io/revision"
IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/web:2.0"}]}}}}


def _condition(deployment: Any, kind: str) -> Any:
    return next(one for one in deployment.status.conditions if one.type == kind)


def _sets(world: Any) -> dict[str, dict[str, Any]]:
    """ReplicaSets by revision."""
    return {one["metadata"]["annotations"][REVISION]: one for one in world.cluster.list("ReplicaSet", "shop")}


def _images(world: Any) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in world.pods()}


def test_a_new_deployment_makes_one_replicaset_and_its_pods_get_ready(world):
    world.cluster.create(_manifest(world))
    world.cluster.tick()
    starting = world.apps().read_namespaced_deployment("web", "shop")
    world.wait(2)
    standing = world.apps().read_namespaced_deployment("web", "shop")

    assert _condition(starting, "Available").reason == "MinimumReplicasUnavailable"
    assert starting.status.ready_replicas is None
    assert starting.status.unavailable_replicas == 3
    assert standing.status.available_replicas == 3
    assert standing.metadata.annotations[REVISION] == "1"
    assert standing.status.observed_generation == standing.metadata.generation == 1
    assert _condition(standing, "Available").reason == "MinimumReplicasAvailable"
    assert _condition(standing, "Progressing").reason == "NewReplicaSetAvailable"


def _manifest(world: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    container = {"name": "app", "image": "registry.example/web:1.0"}
    spec = {
        "replicas": 3,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    meta = {"name": "web", "namespace": "shop"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def test_a_rollout_never_leaves_its_bounds_and_ends_with_the_new_image(world):
    world.deploy(replicas=8, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}})
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    seen = []
    for _ in range(150):
        world.wait(0.1)
        live = [pod for pod in world.pods() if "deletionTimestamp" not in pod["metadata"]]
        ready = [pod for pod in live if pod["status"].get("containerStatuses", [{}])[0].get("ready")]
        new = [pod for pod in live if pod["spec"]["containers"][0]["image"].endswith(":2.0")]
        seen.append((len(live), len(ready), len(new)))

    assert max(total for total, _, _ in seen) <= 10
    assert min(ready for _, ready, _ in seen) >= 7
    assert sorted({new for _, _, new in seen}) == [3, 6, 8], "it went in batches of surge and unavailable"
    assert _images(world) == {"registry.example/web:2.0"}
    assert world.apps().read_namespaced_deployment("web", "shop").metadata.annotations[REVISION] == "2"


def test_a_rollback_by_the_older_template_reuses_its_replicaset_as_the_newest_revision(world):
    world.deploy()
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    world.wait(15)
    first = _sets(world)["1"]
    before = {pod["metadata"]["name"] for pod in world.pods()}

    template = {**first["spec"]["template"], "$patch": "replace"}
    live = world.apps().read_namespaced_deployment("web", "shop")
    head = {"uid": live.metadata.uid, "resourceVersion": live.metadata.resource_version}
    world.apps().patch_namespaced_deployment("web", "shop", {"metadata": head, "spec": {"template": template}})
    world.wait(15)

    sets = _sets(world)
    rolled = world.apps().read_namespaced_deployment("web", "shop")
    assert set(sets) == {"2", "3"}
    assert sets["3"]["metadata"]["uid"] == first["metadata"]["uid"]
    assert sets["3"]["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
    assert (sets["3"]["spec"]["replicas"], sets["2"]["spec"]["replicas"]) == (3, 0)
    assert rolled.metadata.annotations[REVISION] == "3"
    assert rolled.status.updated_replicas == rolled.status.available_replicas == 3
    assert _images(world) == {"registry.example/web:1.0"}
    assert not before & {pod["metadata"]["name"] for pod in world.pods()}


def test_a_json_patch_of_the_template_rolls_back_too(world):
    world.deploy()
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    world.wait(15)
    old = _sets(world)["1"]["spec"]["template"]
    del old["metadata"]["labels"]["pod-template-hash"]

    world.apps().patch_namespaced_deployment("web", "shop", [{"op": "replace", "path": "/spec/template", "value": old}])
    world.wait(15)

    assert set(_sets(world)) == {"2", "3"}
    assert _images(world) == {"registry.example/web:1.0"}


def test_a_restart_annotation_replaces_every_pod_with_the_same_image(world):
    world.deploy()
    before = {pod["metadata"]["uid"] for pod in world.pods()}
    stamp = {"kubectl.kubernetes.io/restartedAt": "2026-09-21T10:00:00Z"}
    world.apps().patch_namespaced_deployment(
        "web", "shop", {"spec": {"template": {"metadata": {"annotations": stamp}}}}
    )
    world.wait(15)

    assert not before & {pod["metadata"]["uid"] for pod in world.pods()}
    assert _images(world) == {"registry.example/web:1.0"}
    assert all(pod["metadata"]["annotations"] == stamp for pod in world.pods())


def test_the_same_restart_twice_changes_nothing(world):
    world.deploy()
    patch = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "x"}}}}}
    first = world.apps().patch_namespaced_deployment("web", "shop", patch)
    second = world.apps().patch_namespaced_deployment("web", "shop", patch)

    assert second.metadata.resource_version == first.metadata.resource_version
    assert second.metadata.generation == first.metadata.generation == 2


def test_recreate_stops_every_old_pod_before_the_first_new_one(world):
    world.deploy(strategy={"type": "Recreate"})
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    mixed = False
    for _ in range(60):
        world.wait(0.1)
        mixed = mixed or len(_images(world)) > 1

    assert not mixed
    assert _images(world) == {"registry.example/web:2.0"}


def test_a_paused_deployment_scales_but_does_not_roll(world):
    world.deploy(replicas=2)
    world.apps().patch_namespaced_deployment("web", "shop", {"spec": {"paused": True, **IMAGE["spec"]}})
    world.apps().patch_namespaced_deployment_scale("web", "shop", {"spec": {"replicas": 4}})
    world.wait(5)
    paused = world.apps().read_namespaced_deployment("web", "shop")
    images = _images(world)
    world.apps().patch_namespaced_deployment("web", "shop", {"spec": {"paused": False}})
    world.wait(15)

    assert _condition(paused, "Progressing").reason == "DeploymentPaused"
    assert (paused.status.replicas, paused.status.updated_replicas) == (4, None)
    assert images == {"registry.example/web:1.0"}
    assert _images(world) == {"registry.example/web:2.0"}
    assert len(world.pods()) == 4


def test_a_rollout_whose_pods_never_get_ready_misses_its_deadline(world):
    world.deploy(replicas=4, progressDeadlineSeconds=30)
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    for _ in range(40):
        world.wait(1, step=0.2)
        for pod in world.pods():
            if pod["spec"]["containers"][0]["image"].endswith("2.0"):
                world.cluster.set_pod_health("shop", pod["metadata"]["name"], False, "CrashLoopBackOff", 3)
    stuck = world.apps().read_namespaced_deployment("web", "shop")

    assert _condition(stuck, "Progressing").reason == "ProgressDeadlineExceeded"
    assert _condition(stuck, "Progressing").status == "False"
    assert stuck.status.available_replicas == 3, "the old pods that may not be missed still serve"
    assert _condition(stuck, "Available").status == "True"


def test_old_replicasets_beyond_the_history_limit_are_removed(world):
    world.deploy(revisionHistoryLimit=2)
    for number in range(5):
        image = {"name": "app", "image": f"registry.example/web:{number}"}
        world.apps().patch_namespaced_deployment(
            "web", "shop", {"spec": {"template": {"spec": {"containers": [image]}}}}
        )
        world.wait(12)

    assert sorted(_sets(world)) == ["4", "5", "6"]


def test_annotations_reach_the_replicaset_and_count_as_a_generation_as_the_real_one_has_it(world):
    world.deploy()
    patched = world.apps().patch_namespaced_deployment(
        "web", "shop", {"metadata": {"annotations": {"kubernetes.io/change-cause": "release 1.0"}}}
    )
    world.wait(1)

    assert patched.metadata.generation == 2
    assert _sets(world)["1"]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "release 1.0"
    assert world.apps().read_namespaced_deployment("web", "shop").status.observed_generation == 2


def test_labels_alone_are_no_new_generation(world):
    world.deploy()
    patched = world.apps().patch_namespaced_deployment("web", "shop", {"metadata": {"labels": {"team": "a"}}})

    assert patched.metadata.generation == 1


def test_the_rollout_is_told_in_events(world):
    world.deploy()
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    world.wait(15)
    events = world.core().list_namespaced_event("shop").items
    told = {event.reason for event in events}
    scaled = [event.message for event in events if event.reason == "ScalingReplicaSet"]

    assert {"ScalingReplicaSet", "SuccessfulCreate", "SuccessfulDelete", "Scheduled", "Pulled", "Started"} <= told
    assert "Killing" in told
    assert any("from 0 to 3" in message for message in scaled)
    assert any("Scaled down replica set web-" in message and "from 1 to 0" in message for message in scaled)
