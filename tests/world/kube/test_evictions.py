"""Evictions ask the disruption budgets; a full one says 429."""

import json
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client import ApiException


def _budget(world: Any, name: str = "web", **spec: Any) -> None:
    selector = {"matchLabels": {"app": "web"}}
    meta = {"name": name, "namespace": "shop"}
    body = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta}
    world.cluster.create({**body, "spec": {"selector": selector, **spec}})
    world.cluster.tick()


def _evict(world: Any, pod: str, **options: Any) -> int:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}, "deleteOptions": options}
    return world.send("POST", f"/api/v1/namespaces/shop/pods/{pod}/eviction", body).status_code


def _status(world: Any) -> Any:
    return client.PolicyV1Api(world.api()).read_namespaced_pod_disruption_budget("web", "shop").status


def _names(world: Any) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in world.pods() if "deletionTimestamp" not in pod["metadata"])


@pytest.mark.parametrize(
    ("spec", "wanted", "allowed"),
    [
        ({"minAvailable": 3}, 3, 1),
        ({"minAvailable": "50%"}, 2, 2),
        ({"minAvailable": "100%"}, 4, 0),
        ({"maxUnavailable": 1}, 3, 1),
        ({"maxUnavailable": "25%"}, 3, 1),
        ({"maxUnavailable": 0}, 4, 0),
    ],
)
def test_a_budget_counts_what_may_go(world, spec, wanted, allowed):
    world.deploy(replicas=4)
    _budget(world, **spec)
    status = _status(world)

    assert (status.current_healthy, status.expected_pods) == (4, 4)
    assert (status.desired_healthy, status.disruptions_allowed) == (wanted, allowed)
    assert status.conditions[0].reason == ("SufficientPods" if allowed else "InsufficientPods")


def test_an_eviction_within_the_budget_takes_the_pod_and_the_next_must_wait(world):
    world.deploy(replicas=4)
    _budget(world, maxUnavailable=1)
    first, second, *_ = _names(world)
    taken = _evict(world, first)
    refused = _evict(world, second)
    world.wait(4)
    later = _evict(world, second)

    assert (taken, refused, later) == (201, 429, 201)
    assert first not in _names(world)


def test_the_real_client_is_told_429_in_the_real_words(world):
    world.deploy(replicas=2)
    _budget(world, minAvailable=2)
    pod = _names(world)[0]
    with pytest.raises(ApiException) as caught:
        world.core().create_namespaced_pod_eviction(pod, "shop", client.V1Eviction(metadata={"name": pod}))
    body = json.loads(caught.value.body)

    assert (caught.value.status, body["reason"]) == (429, "TooManyRequests")
    assert body["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert body["details"]["causes"][0]["message"] == (
        "The disruption budget web needs 2 healthy pods and has 2 currently"
    )


def test_an_eviction_of_another_pod_of_that_name_conflicts(world):
    world.deploy()
    pod = _names(world)[0]

    assert _evict(world, pod, preconditions={"uid": "00000000-0000-4000-8000-000000000000"}) == 409
    assert _evict(world, pod, preconditions={"uid": world.pods()[0]["metadata"]["uid"]}) == 201


def test_an_eviction_of_nobody_is_404(world):
    assert _evict(world, "ghost") == 404


def test_a_dry_eviction_against_a_full_budget_is_429_too(world):
    world.deploy(replicas=2)
    _budget(world, minAvailable=2)

    assert _evict(world, _names(world)[0], dryRun=["All"]) == 429


def test_two_budgets_over_one_pod_are_an_error(world):
    world.deploy()
    _budget(world, minAvailable=1)
    _budget(world, "second", minAvailable=1)

    assert _evict(world, _names(world)[0]) == 500


def test_a_pod_that_is_not_ready_may_go_while_the_others_suffice(world):
    world.deploy(replicas=3)
    _budget(world, minAvailable=2)
    sick, well, _ = _names(world)
    world.cluster.set_pod_health("shop", sick, False)
    world.cluster.tick()

    assert _status(world).disruptions_allowed == 0
    assert (_evict(world, well), _evict(world, sick)) == (429, 201)
