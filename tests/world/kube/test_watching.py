"""Watches through the real client: what changed, as the watcher's selectors see it; 410 when it is too long ago."""

import json
import threading
from typing import Any

import pytest
import requests
from kubernetes import watch
from kubernetes.client import ApiException

ADMIN = {"Authorization": "Bearer admin"}


def _lines(world: Any, path: str, **query: str) -> list[dict[str, Any]]:
    """Return the events of a watch that ends at once by its own timeout."""
    with requests.get(
        world.url + path, params={"watch": "true", **query}, headers=ADMIN, stream=True, timeout=5
    ) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        threading.Timer(0.2, lambda: world.clock.__setitem__(0, world.clock[0] + 4000)).start()
        return [json.loads(line) for line in lines]


def test_a_rollback_is_watched_until_the_pods_have_turned_over(world):
    world.deploy()
    image = {"name": "app", "image": "registry.example/web:2.0"}
    world.apps().patch_namespaced_deployment("web", "shop", {"spec": {"template": {"spec": {"containers": [image]}}}})
    world.wait(15)
    old = next(one for one in world.cluster.list("ReplicaSet", "shop") if one["spec"]["replicas"] == 0)
    since = world.core().list_namespaced_pod("shop").metadata.resource_version
    template = {**old["spec"]["template"], "$patch": "replace"}
    world.apps().patch_namespaced_deployment("web", "shop", {"spec": {"template": template}})
    turning = threading.Thread(target=lambda: world.wait(10))
    turning.start()
    gone, fresh, stream = set(), set(), watch.Watch()
    for event in stream.stream(world.core().list_namespaced_pod, "shop", resource_version=since, timeout_seconds=60):
        pod = event["object"]
        if event["type"] == "DELETED":
            gone.add(pod.metadata.name)
        elif pod.status.container_statuses and pod.status.container_statuses[0].ready:
            fresh.add(pod.metadata.name)
        if len(gone) == 3:
            stream.stop()
    turning.join()

    assert {pod["metadata"]["name"] for pod in world.pods()} <= fresh
    assert all(pod["spec"]["containers"][0]["image"].endswith(":1.0") for pod in world.pods())


def test_without_a_version_a_watch_begins_with_everything(world):
    world.deploy()
    events = _lines(world, "/api/v1/namespaces/shop/pods")

    assert [event["type"] for event in events] == ["ADDED"] * 3
    assert events[0]["object"]["kind"] == "Pod"


def test_a_selector_sees_objects_come_and_go_that_only_changed(world):
    core = world.core()
    core.create_namespaced_config_map("shop", {"metadata": {"name": "note", "labels": {"seen": "no"}}})
    since = str(world.cluster.state.store.revision)
    for seen in ("yes", "yes", "no"):
        patch = {"metadata": {"labels": {"seen": seen}}, "data": {"at": str(world.cluster.state.store.revision)}}
        core.patch_namespaced_config_map("note", "shop", patch)
    core.delete_namespaced_config_map("note", "shop")
    path = "/api/v1/namespaces/shop/configmaps"
    events = _lines(world, path, resourceVersion=since, labelSelector="seen=yes")

    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    assert events[-1]["object"]["metadata"]["labels"] == {"seen": "yes"}


def test_one_object_can_be_watched_by_its_field(world):
    world.deploy()
    name = world.pods()[1]["metadata"]["name"]
    events = _lines(world, "/api/v1/namespaces/shop/pods", fieldSelector=f"metadata.name={name}")

    assert [event["object"]["metadata"]["name"] for event in events] == [name]


def test_a_watch_from_too_long_ago_says_410(world):
    core = world.core()
    core.create_namespaced_config_map("shop", {"metadata": {"name": "note"}})
    since = world.cluster.state.store.revision
    for number in range(410):
        world.cluster.patch("ConfigMap", "shop", "note", {"data": {"n": str(number)}})
    events = _lines(world, "/api/v1/namespaces/shop/configmaps", resourceVersion=str(since))
    with pytest.raises(ApiException) as caught:
        list(
            watch.Watch().stream(
                core.list_namespaced_config_map, "shop", resource_version=str(since), timeout_seconds=5
            )
        )

    assert [event["type"] for event in events] == ["ERROR"]
    assert (events[0]["object"]["code"], events[0]["object"]["reason"]) == (410, "Expired")
    assert caught.value.status == 410


def test_bookmarks_and_the_end_of_the_beginning_are_marked_when_asked_for(world):
    world.deploy()
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    events = _lines(world, "/api/v1/namespaces/shop/pods", **query)

    assert [event["type"] for event in events][:4] == ["ADDED", "ADDED", "ADDED", "BOOKMARK"]
    assert events[3]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_ends_at_its_own_timeout(world):
    events = _lines(world, "/api/v1/nodes", timeoutSeconds="1", resourceVersion=str(world.cluster.state.store.revision))

    assert events == []


def test_a_watch_of_a_version_nobody_can_read_is_400(world):
    answer = world.send("GET", "/api/v1/pods", watch="true", resourceVersion="new")

    assert answer.status_code == 400
