"""Pods and what makes them besides a rollout: scaling, deleting, readiness, nodes, Jobs, StatefulSets, DaemonSets."""

from typing import Any

import pytest
from kubernetes import client

REVISION = "deployment.kubernetes.io/revision"
IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "registry.example/web:2.0"}]}}}}


def _sets(world: Any) -> dict[str, dict[str, Any]]:
    """ReplicaSets by revision."""
    return {one["metadata"]["annotations"][REVISION]: one for one in world.cluster.list("ReplicaSet", "shop")}


def _images(world: Any) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in world.pods()}


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


def test_pods_are_pending_then_running_then_ready_on_nodes_in_turn(world):
    world.cluster.create(_manifest(world))
    world.cluster.tick()
    phases = {pod["status"]["phase"] for pod in world.pods()}
    world.wait(0.8)
    half = [(pod["status"]["phase"], pod["status"]["containerStatuses"][0]["ready"]) for pod in world.pods()]
    world.wait(1)

    assert phases == {"Pending"}
    assert half == [("Running", False)] * 3
    assert all(pod["status"]["containerStatuses"][0]["ready"] for pod in world.pods())
    assert {pod["spec"]["nodeName"] for pod in world.pods()} == {"node-a", "node-b", "node-c"}


def test_scaling_keeps_pods_and_tells_the_scale(world):
    world.deploy()
    before = {pod["metadata"]["uid"] for pod in world.pods()}
    scale = world.apps().read_namespaced_deployment_scale("web", "shop")
    scale.spec.replicas = 5
    world.apps().replace_namespaced_deployment_scale("web", "shop", scale)
    world.wait(4)
    after = world.apps().read_namespaced_deployment_scale("web", "shop")

    assert (after.spec.replicas, after.status.replicas, after.status.selector) == (5, 5, "app=web")
    assert before < {pod["metadata"]["uid"] for pod in world.pods()}


def test_scaling_in_the_middle_of_a_rollout_keeps_the_proportions(world):
    world.deploy(replicas=10, strategy={"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}})
    world.apps().patch_namespaced_deployment("web", "shop", IMAGE)
    world.wait(0.3)
    sizes = {revision: one["spec"]["replicas"] for revision, one in _sets(world).items()}
    world.apps().patch_namespaced_deployment_scale("web", "shop", {"spec": {"replicas": 15}})
    world.cluster.tick()
    grown = {revision: one["spec"]["replicas"] for revision, one in _sets(world).items()}
    world.wait(20)

    assert sizes == {"1": 8, "2": 5}
    assert sum(grown.values()) == 18
    assert grown["1"] > grown["2"] > 5
    assert len(world.pods()) == 15


def test_deleting_a_deployment_takes_its_replicasets_and_pods_along(world):
    world.deploy()
    answer = world.apps().delete_namespaced_deployment("web", "shop")
    world.wait(3)

    assert answer["status"] == "Success"
    assert world.pods() == []
    assert world.cluster.list("ReplicaSet", "shop") == []


def test_orphaning_leaves_the_pods(world):
    world.deploy()
    world.apps().delete_namespaced_deployment("web", "shop", propagation_policy="Orphan")
    world.wait(3)

    assert len(world.pods()) == 3
    assert "ownerReferences" not in world.cluster.list("ReplicaSet", "shop")[0]["metadata"] or (
        world.cluster.list("ReplicaSet", "shop")[0]["metadata"]["ownerReferences"] == []
    )


def test_a_deleted_pod_is_killed_after_a_grace_and_replaced(world):
    world.deploy()
    victim = world.pods()[0]["metadata"]["name"]
    answer = world.core().delete_namespaced_pod(victim, "shop")
    world.cluster.tick()
    terminating = world.core().read_namespaced_pod(victim, "shop")
    world.wait(4)

    assert answer.metadata.deletion_timestamp is not None
    assert terminating.metadata.deletion_grace_period_seconds == 30
    assert victim not in {pod["metadata"]["name"] for pod in world.pods()}
    assert len(world.pods()) == 3


def test_events_are_forgotten_after_an_hour(world):
    world.deploy()
    world.wait(3700, step=100)

    assert world.core().list_namespaced_event("shop").items == []


def test_a_min_ready_time_delays_availability(world):
    world.deploy(minReadySeconds=10)
    early = world.apps().read_namespaced_deployment("web", "shop").status
    world.wait(12)
    late = world.apps().read_namespaced_deployment("web", "shop").status

    assert (early.ready_replicas, early.available_replicas) == (3, None)
    assert late.available_replicas == 3


def test_no_pod_goes_to_a_cordoned_node(world):
    world.core().patch_node("node-a", {"spec": {"unschedulable": True}})
    world.deploy(replicas=6)

    assert {pod["spec"]["nodeName"] for pod in world.pods()} == {"node-b", "node-c"}


def test_without_a_node_pods_wait_and_say_why(world):
    for name in ("node-a", "node-b", "node-c"):
        world.core().patch_node(name, {"spec": {"unschedulable": True}})
    world.deploy(replicas=1)
    pod = world.core().list_namespaced_pod("shop").items[0]

    assert pod.status.phase == "Pending"
    assert pod.status.conditions[0].reason == "Unschedulable"
    world.core().patch_node("node-a", {"spec": {"unschedulable": None}})
    world.wait(10)
    assert world.pods()[0]["status"]["phase"] == "Running"


@pytest.mark.parametrize("restarts", [1, 4])
def test_a_pod_held_unready_shows_why_and_how_often_it_restarted(world, restarts):
    world.deploy()
    name = world.pods()[0]["metadata"]["name"]
    last = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-09-21T10:00:00Z"}
    world.cluster.set_pod_health("shop", name, False, "CrashLoopBackOff", restarts, last)
    world.cluster.tick()
    held = world.core().read_namespaced_pod(name, "shop").status
    ready = world.apps().read_namespaced_deployment("web", "shop").status.ready_replicas
    world.cluster.set_pod_health("shop", name, True)
    world.cluster.tick()
    healed = world.core().read_namespaced_pod(name, "shop").status

    assert held.container_statuses[0].state.waiting.reason == "CrashLoopBackOff"
    assert held.container_statuses[0].last_state.terminated.exit_code == 137
    assert (held.container_statuses[0].restart_count, ready) == (restarts, 2)
    assert healed.container_statuses[0].ready
    assert healed.container_statuses[0].restart_count == restarts


def test_a_job_runs_to_completion(world):
    batch = client.BatchV1Api(world.api())
    pod = {"restartPolicy": "Never", "containers": [{"name": "once", "image": "registry.example/once:1"}]}
    manifest = {"metadata": {"name": "cleanup"}, "spec": {"template": {"spec": pod}}}
    batch.create_namespaced_job("shop", manifest)
    world.wait(1)
    running = batch.read_namespaced_job("cleanup", "shop").status
    world.wait(6)
    done = batch.read_namespaced_job("cleanup", "shop").status
    pods = world.core().list_namespaced_pod("shop", label_selector="job-name=cleanup").items

    assert (running.active, running.succeeded) == (1, None)
    assert (done.active, done.succeeded) == (None, 1)
    assert {one.type for one in done.conditions} == {"SuccessCriteriaMet", "Complete"}
    assert done.completion_time is not None
    assert pods[0].status.phase == "Succeeded"
    assert pods[0].status.container_statuses[0].state.terminated.exit_code == 0


def test_a_job_whose_pods_fail_gives_up_at_its_limit(world):
    pod = {"restartPolicy": "Never", "containers": [{"name": "once", "image": "registry.example/once:1"}]}
    spec = {"backoffLimit": 1, "template": {"spec": pod}}
    world.cluster.create(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "bad", "namespace": "shop"}, "spec": spec}
    )
    for _ in range(30):
        world.wait(0.5)
        for one in world.cluster.list("Pod", "shop"):
            if one["status"]["phase"] == "Running":
                world.cluster.set_pod_health("shop", one["metadata"]["name"], False, "Error")
    job = client.BatchV1Api(world.api()).read_namespaced_job("bad", "shop").status

    assert job.failed == 2
    assert [one.reason for one in job.conditions if one.type == "Failed"] == ["BackoffLimitExceeded"]


def _set(kind: str, **spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "app", "image": "registry.example/web:1.0"}]}
    body = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": body}


def test_a_statefulset_starts_its_pods_one_after_the_other_and_updates_them_from_the_end(world):
    world.cluster.create(_set("StatefulSet", replicas=3, serviceName="web"))
    world.wait(1)
    early = sorted(pod["metadata"]["name"] for pod in world.pods())
    world.wait(6)
    standing = world.apps().read_namespaced_stateful_set("web", "shop").status
    world.apps().patch_namespaced_stateful_set("web", "shop", IMAGE)
    first_new = ""
    for _ in range(150):
        world.wait(0.1)
        new = [pod["metadata"]["name"] for pod in world.pods() if pod["spec"]["containers"][0]["image"].endswith("2.0")]
        first_new = first_new or "".join(new)
    status = world.apps().read_namespaced_stateful_set("web", "shop").status

    assert (early, first_new) == (["web-0"], "web-2")
    assert (standing.ready_replicas, standing.updated_replicas) == (3, 3)
    assert _images(world) == {"registry.example/web:2.0"}
    assert status.current_revision == status.update_revision != standing.update_revision
    assert {pod["metadata"]["name"] for pod in world.pods()} == {"web-0", "web-1", "web-2"}


def test_a_daemonset_has_a_pod_on_every_node_also_on_one_that_joins(world):
    world.cluster.create(_set("DaemonSet"))
    world.wait(3)
    before = {pod["spec"]["nodeName"] for pod in world.pods()}
    world.cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-d"}})
    world.wait(3)
    status = world.apps().read_namespaced_daemon_set("web", "shop").status
    world.apps().patch_namespaced_daemon_set("web", "shop", IMAGE)
    world.wait(20)

    assert before == {"node-a", "node-b", "node-c"}
    assert (status.desired_number_scheduled, status.number_ready) == (4, 4)
    assert _images(world) == {"registry.example/web:2.0"}
    assert len(world.pods()) == 4


def test_a_new_namespace_gets_its_default_account(world):
    world.core().create_namespace({"metadata": {"name": "fresh"}})
    world.cluster.tick()

    assert world.core().read_namespaced_service_account("default", "fresh")
