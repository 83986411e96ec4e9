"""The past a scenario begins with: backdated objects and rollouts look as if they had happened then."""

from datetime import datetime
from typing import Any

import pytest

from bot.playground.world.kube.cluster import Cluster

NOW = 1_790_000_000.0
BORN = NOW - 9 * 86_400
REVISION = "deployment.kubernetes.io/revision"


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture
def cluster(a_deployment: Any) -> Cluster:
    clock = [NOW]
    made = Cluster(lambda: clock[0], seed=3)
    for name in ("node-a", "node-b"):
        made.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}, at=BORN)
    made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, at=BORN)
    made.create(a_deployment(replicas=6), at=BORN)
    return made


def _deployment(cluster: Cluster) -> dict[str, Any]:
    return cluster.list("Deployment", "shop")[0]


def _condition(deployment: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one for one in deployment["status"]["conditions"] if one["type"] == kind)


def test_a_backdated_deployment_has_stood_since_then(cluster):
    pods = cluster.list("Pod", "shop")
    born = [_at(pod["metadata"]["creationTimestamp"]) for pod in pods]
    before = cluster.state.store.revision
    cluster.tick()

    assert _deployment(cluster)["status"]["availableReplicas"] == 6
    assert all(abs(at - BORN) < 5 for at in born)
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    assert _at(_deployment(cluster)["metadata"]["creationTimestamp"]) == BORN
    assert len(cluster.list("Pod", "shop")) == 6
    assert cluster.state.store.revision >= before


def test_a_past_rollout_is_finished_and_dated(cluster):
    at = NOW - 480
    patch = {"spec": {"containers": [{"name": "app", "image": "registry.example/web:2.0"}]}}
    cluster.roll_out("shop", "web", patch, at, cause="release 2.0")
    sets = {one["metadata"]["annotations"][REVISION]: one for one in cluster.list("ReplicaSet", "shop")}
    pods, live = cluster.list("Pod", "shop"), _deployment(cluster)

    assert (sets["1"]["spec"]["replicas"], sets["2"]["spec"]["replicas"]) == (0, 6)
    assert abs(_at(sets["2"]["metadata"]["creationTimestamp"]) - at) < 2
    assert sets["2"]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "release 2.0"
    assert "kubernetes.io/change-cause" not in sets["1"]["metadata"]["annotations"]
    assert {pod["spec"]["containers"][0]["image"] for pod in pods} == {"registry.example/web:2.0"}
    assert all(0 <= _at(pod["metadata"]["creationTimestamp"]) - at < 30 for pod in pods)
    assert all(0 <= _at(pod["status"]["startTime"]) - at < 30 for pod in pods)
    assert live["metadata"]["annotations"][REVISION] == "2"
    assert live["status"]["observedGeneration"] == live["metadata"]["generation"] == 2
    assert _condition(live, "Progressing")["reason"] == "NewReplicaSetAvailable"
    assert 0 <= _at(_condition(live, "Progressing")["lastUpdateTime"]) - at < 30


def test_the_events_of_a_past_rollout_are_dated_too(cluster):
    at = NOW - 480
    cluster.roll_out("shop", "web", {"metadata": {"annotations": {"restart": "1"}}}, at)
    cluster.tick()
    scaling = [one for one in cluster.list("Event", "shop") if one["reason"] == "ScalingReplicaSet"]

    assert scaling
    assert all(0 <= _at(one["lastTimestamp"]) - at < 30 for one in scaling), "the first rollout's are long forgotten"


def test_several_rollouts_of_the_past_make_several_revisions(cluster):
    for number, ago in enumerate((3000, 2000, 1000), start=2):
        image = {"name": "app", "image": f"registry.example/web:{number}.0"}
        cluster.roll_out("shop", "web", {"spec": {"containers": [image]}}, NOW - ago)
    revisions = {one["metadata"]["annotations"][REVISION] for one in cluster.list("ReplicaSet", "shop")}

    assert revisions == {"1", "2", "3", "4"}
    assert len(cluster.list("Pod", "shop")) == 6


def test_a_rollout_of_a_moment_ago_is_still_going_on(cluster):
    image = {"name": "app", "image": "registry.example/web:2.0"}
    cluster.roll_out("shop", "web", {"spec": {"containers": [image]}}, NOW - 1)
    images = {pod["spec"]["containers"][0]["image"] for pod in cluster.list("Pod", "shop")}

    assert images == {"registry.example/web:1.0", "registry.example/web:2.0"}
    assert all(_at(pod["metadata"]["creationTimestamp"]) <= NOW for pod in cluster.list("Pod", "shop"))


def test_the_same_seed_makes_the_same_cluster(a_deployment):
    def build() -> list[dict[str, Any]]:
        made = Cluster(lambda: NOW, seed=11)
        made.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}, at=BORN)
        made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, at=BORN)
        made.create(a_deployment(), at=BORN)
        return [*made.list("Pod"), *made.list("ReplicaSet"), *made.list("Event")]

    assert build() == build()


def test_what_is_listed_is_a_copy(cluster):
    cluster.list("Pod", "shop")[0]["status"]["phase"] = "Broken"
    cluster.list("Deployment", "shop")[0]["spec"]["replicas"] = 99
    cluster.tick()

    assert _deployment(cluster)["spec"]["replicas"] == 6
    assert {pod["status"]["phase"] for pod in cluster.list("Pod", "shop")} == {"Running"}


def test_an_event_said_again_is_counted(cluster):
    pod = cluster.list("Pod", "shop")[0]["metadata"]
    involved = {"kind": "Pod", "apiVersion": "v1", "namespace": "shop", "name": pod["name"], "uid": pod["uid"]}
    for ago in (30, 20, 10):
        cluster.event("shop", involved, "Unhealthy", "Readiness probe failed", at=NOW - ago, count=2)
    event = next(one for one in cluster.list("Event", "shop") if one["reason"] == "Unhealthy")

    assert (event["count"], event["type"]) == (6, "Warning")
    assert (_at(event["firstTimestamp"]), _at(event["lastTimestamp"])) == (NOW - 30, NOW - 10)


def test_a_pod_that_is_not_there_cannot_be_held(cluster):
    with pytest.raises(KeyError, match="no pod shop/ghost"):
        cluster.set_pod_health("shop", "ghost", False)


def test_the_playwrights_writes_are_not_in_the_record(cluster):
    cluster.patch("Deployment", "shop", "web", {"spec": {"replicas": 2}})

    assert cluster.writes == []


def test_a_restart_told_late_is_dated_by_the_end_of_the_life_before(cluster):
    name = cluster.list("Pod", "shop")[0]["metadata"]["name"]
    last = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-09-21T14:00:00Z"}}
    cluster.set_pod_health("shop", name, True, restarts=2, last_state=last)
    pod = next(one for one in cluster.list("Pod", "shop") if one["metadata"]["name"] == name)
    status = pod["status"]["containerStatuses"][0]

    assert status["state"] == {"running": {"startedAt": "2026-09-21T14:00:00Z"}}
    assert (status["restartCount"], status["lastState"]["terminated"]["reason"]) == (2, "OOMKilled")
