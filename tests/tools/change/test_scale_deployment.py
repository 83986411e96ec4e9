"""Scaling: what it takes or starts, and where a count set by hand would not hold."""

from typing import Any

import pytest

from bot.core.subjects import SUBJECTS
from bot.core.tool import BlastRadius, NotReversible, Plan, Starts
from tests.tools.change import protocol
from tests.tools.change.protocol import X, autoscaler, refused, tools
from tests.tools.change.stage import ACCESS, ACT, WEB, Stage, playing
from tools.change.scale_deployment import TOOL

WORKLOAD = next(one for one in SUBJECTS if one.key == "workload")


def prepared(stage: Stage, replicas: int) -> Plan:
    return protocol.prepared(stage, TOOL, {"name": "shop", "replicas": replicas})


def budget(stage: Stage, least: int) -> None:
    stage.cluster.create(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "shop", "namespace": WEB},
            "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "shop"}}},
        }
    )
    stage.cluster.tick()


def test_scaling_up_starts_pods_and_takes_none(stage: Stage) -> None:
    plan = prepared(stage, 7)

    assert plan.title == "Scale Deployment shop in web, 4 to 7"
    assert plan.blast == Starts(pods=3, running=4)
    assert plan.expects["workload"]["replicas"] == plan.expects["workload"]["ready_replicas"] == 7
    tools(stage, TOOL).execute(plan, X)
    stage.settle(lambda: stage.deployment()["status"].get("readyReplicas") == 7)


def test_scaling_down_takes_the_ready_pods_above_the_count(stage: Stage) -> None:
    plan = prepared(stage, 1)

    assert plan.blast == BlastRadius(pods=4, ready=4, unavailable_at_most=3, share_percent=75)
    tools(stage, TOOL).execute(plan, X)
    stage.settle(lambda: stage.deployment()["status"].get("readyReplicas") == 1)


def test_pods_that_are_not_ready_go_first(stage: Stage) -> None:
    for pod in stage.cluster.list("Pod", WEB)[:2]:
        stage.cluster.set_pod_health(WEB, pod["metadata"]["name"], ready=False, reason="CrashLoopBackOff")
    stage.settle(lambda: stage.deployment()["status"].get("readyReplicas") == 2)

    assert prepared(stage, 2).blast == BlastRadius(pods=4, ready=2, unavailable_at_most=0, share_percent=0)


def test_the_disruption_budget_is_asked_before_scaling_down(stage: Stage) -> None:
    budget(stage, 3)
    plan = prepared(stage, 2)

    assert isinstance(plan.blast, BlastRadius)
    assert plan.blast.budget_room == 1
    assert (
        "The disruption budget lets 1 pods go, and this may take 2; scaling down does not ask the budget."
        in plan.cautions
    )
    assert prepared(stage, 5).cautions == ()


def test_an_autoscaler_is_not_worked_against(stage: Stage) -> None:
    autoscaler(stage)
    refusal = refused(stage, TOOL, {"name": "shop", "replicas": 6})

    assert refusal.why == "autoscaled"
    assert "change the autoscaler's bounds instead" in str(refusal)


def test_an_autoscaler_that_comes_in_between_is_noticed_when_it_is_planned_again(stage: Stage) -> None:
    prepared(stage, 6)
    autoscaler(stage)

    assert refused(stage, TOOL, {"name": "shop", "replicas": 6}).why == "autoscaled"


def test_autoscalers_that_may_not_be_read_are_said(tmp_path: Any) -> None:
    rules = [
        {"namespaces": ["*"], "apiGroups": ["", "apps", "policy"], "resources": ["*"], "verbs": ["get", "list"]},
        {"namespaces": [WEB], "apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]},
    ]
    access = {"tokens": {**ACCESS["tokens"], ACT: {"user": "act", "rules": rules}}}
    with playing(tmp_path, access=access) as stage:
        assert any("The autoscalers could not be read" in one for one in prepared(stage, 6).cautions)


def test_a_paused_rollout_is_scaled_all_the_same(stage: Stage) -> None:
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"paused": True}})

    tools(stage, TOOL).execute(prepared(stage, 5), X)
    assert stage.deployment()["spec"]["replicas"] == 5


def test_from_zero_there_is_no_way_back_that_may_be_asked_for(stage: Stage) -> None:
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"replicas": 0}})
    stage.settle(lambda: not stage.cluster.list("Pod", WEB))
    plan = prepared(stage, 2)

    assert plan.blast == Starts(pods=2, running=0)
    assert isinstance(plan.inverse, NotReversible)


def test_who_keeps_the_manifests_is_named(stage: Stage) -> None:
    mark = {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "shop"}}}
    stage.cluster.patch("Deployment", WEB, "shop", mark)

    wanted = "Argo CD manages this Deployment and may put the count of 4 back; change it there too."
    assert wanted in prepared(stage, 5).cautions


FINE = {"desired": 5, "ready": 5, "updated": 2, "generation": 3, "observed_generation": 3, "healthy": False, "why": "x"}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({}, []),
        ({"ready": 4}, ["4 pods are ready, and 5 are wanted"]),
        ({"ready": 6}, ["6 pods are ready, and 5 are wanted"]),
        ({"desired": 6, "ready": 6}, ["it was scaled again: 6 pods are wanted, and not 5"]),
        ({"observed_generation": 2}, ["the cluster has not followed the change yet"]),
    ],
)
def test_it_has_come_to_it_when_so_many_are_wanted_and_ready(found: dict[str, Any], says: list[str]) -> None:
    expected = {"namespace": WEB, "name": "shop", "ready_replicas": 5, "replicas": 5}

    assert list(WORKLOAD.unwanted(expected, {**FINE, **found})) == says
