"""Requests and limits: what a rollout of them is, what makes no sense, and the exact way back."""

from decimal import Decimal
from typing import Any

import pytest

from bot.core.errors import BadInput, Refused
from bot.core.tool import BlastRadius, Inverse, NotReversible, Plan
from tests.tools.change import protocol
from tests.tools.change.protocol import X, Y, refused, tools
from tests.tools.change.stage import NEW, WEB, Stage, playing, shop
from tools.change.kube.resources import Resized, resized, same, size
from tools.change.set_resources import TOOL, way_back, why_inexact


def prepared(stage: Stage, **asked: Any) -> Plan:
    return protocol.prepared(stage, TOOL, {"name": "shop", **asked})


def resources(stage: Stage) -> dict[str, Any]:
    return dict(stage.deployment()["spec"]["template"]["spec"]["containers"][0]["resources"])


def given(stage: Stage, **sides: Any) -> None:
    container = {"name": "shop", "resources": sides}
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"template": {"spec": {"containers": [container]}}}})
    stage.settle(lambda: stage.deployment()["status"].get("updatedReplicas") == 4)


def test_it_is_a_rollout_and_measured_as_one(stage: Stage) -> None:
    plan = prepared(stage, memory_limit="1Gi")

    assert plan.title == "Set memory limit 1Gi of container shop of Deployment shop in web"
    assert isinstance(plan.blast, BlastRadius)
    assert plan.blast.unavailable_at_most == 1
    assert [(one.what, one.before, one.after) for one in plan.changes][-1][0] == "resources.limits.memory of shop"
    tools(stage, TOOL).execute(plan, X)
    assert resources(stage) == {"limits": {"memory": "1Gi"}}
    assert stage.image() == NEW
    stage.settle(lambda: stage.deployment()["status"].get("updatedReplicas") == 4)


def test_what_was_not_set_is_not_set_again_on_the_way_back(stage: Stage) -> None:
    given(stage, limits={"memory": "256Mi"}, requests={"cpu": "100m"})
    before = stage.deployment()["spec"]
    plan = prepared(stage, memory_limit="1Gi", memory_request="512Mi", cpu_request="100m")

    assert isinstance(plan.inverse, Inverse)
    assert plan.inverse.arguments == {
        "namespace": WEB,
        "name": "shop",
        "container": "shop",
        "memory_request": "none",
        "memory_limit": "256Mi",
    }
    assert plan.inverse.says == "Set back memory request none, memory limit 256Mi"
    tools(stage, TOOL).execute(plan, X)
    stage.settle(lambda: stage.deployment()["status"].get("observedGeneration", 0) > 2)
    back = protocol.prepared(stage, TOOL, {k: v for k, v in plan.inverse.arguments.items() if k != "namespace"})
    assert back.command.startswith("kubectl --namespace web patch deployment/shop --patch='{")
    assert '"memory": null' in back.command
    tools(stage, TOOL).execute(back, Y)

    assert stage.deployment()["spec"] == before


def test_the_last_value_of_a_side_leaves_no_empty_side_behind(stage: Stage) -> None:
    given(stage, limits={"memory": "256Mi"})
    tools(stage, TOOL).execute(prepared(stage, memory_limit="none"), X)

    assert resources(stage) == {}


@pytest.mark.parametrize(
    ("asked", "why", "words"),
    [
        ({"memory_limit": "128Mi"}, "senseless", "memory limit would be 128Mi, which is below its request of 256Mi"),
        ({"cpu_request": "2"}, "senseless", "cpu limit would be 500m, which is below its request of 2"),
        ({"memory_request": "none", "memory_limit": "512"}, "senseless", "a unit may be missing"),
        ({"memory_limit": "512Mi"}, "nothing_to_do", "has these resources already"),
        ({"memory_limit": "0.5Gi"}, "nothing_to_do", "has these resources already"),
        ({"cpu_request": "none"}, "nothing_to_do", "has these resources already"),
        ({"container": "sidecar", "cpu_limit": "1"}, "no_such_container", "it has no container sidecar; there is shop"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(stage: Stage, asked: dict[str, Any], why: str, words: str) -> None:
    given(stage, limits={"memory": "512Mi", "cpu": "500m"}, requests={"memory": "256Mi"})
    refusal = refused(stage, TOOL, {"name": "shop", **asked})

    assert (refusal.why, words in str(refusal)) == (why, True), str(refusal)


def test_of_several_containers_one_must_be_named(tmp_path: Any) -> None:
    manifest = shop()
    manifest["spec"]["template"]["spec"]["containers"].append({"name": "mesh", "image": "mesh:1"})
    with playing(tmp_path, manifest) as stage:
        assert refused(stage, TOOL, {"name": "shop", "cpu_limit": "1"}).why == "which_container"
        assert prepared(stage, container="mesh", cpu_limit="1").arguments["container"] == "mesh"


def test_a_paused_rollout_is_refused(stage: Stage) -> None:
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"paused": True}})

    assert refused(stage, TOOL, {"name": "shop", "cpu_limit": "1"}).why == "paused"


def test_at_least_one_value_is_said(stage: Stage) -> None:
    with pytest.raises(BadInput, match="say at least one of cpu_request, cpu_limit, memory_request, memory_limit"):
        prepared(stage)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("1Gi", "1024Mi", True), ("500m", "0.5", True), ("1G", "1Gi", False), ("1e3", "1e3", True), ("1e3", "1k", False)],
)
def test_what_is_the_same_amount_counts_as_the_same(one: str, other: str, alike: bool) -> None:
    assert same(one, other) is alike
    assert not same(one, None)
    assert same(None, None)


def test_amounts_are_exact() -> None:
    assert size("0.1") == Decimal("0.1")
    assert size("2Ei") == 2 * 2**60
    assert size("3u") is None


def test_a_former_value_that_cannot_be_asked_for_leaves_no_way_back() -> None:
    odd = {"spec": {"containers": [{"name": "shop", "resources": {"limits": {"cpu": "100u"}}}]}}

    assert isinstance(way_back(WEB, "shop", resized(odd, None, {"cpu_limit": "1"})), NotReversible)


BEFORE: dict[str, Any] = {"spec": {"containers": [{"name": "shop", "image": "shop:1"}]}}


@pytest.mark.parametrize(
    "after",
    [
        {"name": "shop", "image": "shop:1", "resources": {"limits": {"memory": "2Gi"}}},
        {"name": "shop", "image": "shop:2", "resources": {"limits": {"memory": "1Gi"}}},
        {"name": "shop", "image": "shop:1", "resources": {"limits": {"memory": "1Gi", "cpu": "1"}}},
    ],
)
def test_a_cluster_that_alters_what_would_be_written_is_noticed(after: dict[str, Any]) -> None:
    made: Resized = resized(BEFORE, None, {"memory_limit": "1Gi"})
    exact = {"name": "shop", "image": "shop:1", "resources": {"limits": {"memory": "1024Mi"}}}
    why_inexact(BEFORE, {"spec": {"containers": [exact]}}, made)

    with pytest.raises(Refused) as refusal:
        why_inexact(BEFORE, {"spec": {"containers": [after]}}, made)
    assert refusal.value.why == "dry_run_differs"
