"""Restarting: every pod anew by the same template, once, and never on top of another rollout."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.changes import ChangeTools
from bot.core.errors import Refused
from bot.core.tool import NotReversible, Plan, Preparing
from tests.tools.change.stage import WEB, Stage
from tools.change import restart_deployment

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
RESTARTED = "kubectl.kubernetes.io/restartedAt"


def tools(stage: Stage) -> ChangeTools:
    return ChangeTools([(restart_deployment.TOOL, stage.settings())])


def prepared(stage: Stage, now: datetime = NOW) -> Plan:
    arguments = {"namespace": WEB, "name": "shop"}
    return tools(stage).prepare("restart_deployment", arguments, Preparing(now=now, runs_as="act"))


def marks(stage: Stage) -> dict[str, str]:
    return dict(stage.deployment()["spec"]["template"]["metadata"].get("annotations") or {})


def pods(stage: Stage) -> set[str]:
    return {pod["metadata"]["uid"] for pod in stage.cluster.list("Pod", WEB)}


def test_a_plan_changes_one_annotation_and_says_that_there_is_no_way_back(stage: Stage) -> None:
    plan = prepared(stage)

    assert [change.what for change in plan.changes] == [f"annotation {RESTARTED}"]
    assert isinstance(plan.inverse, NotReversible)
    assert plan.command == "kubectl --namespace web rollout restart deployment/shop"
    assert plan.expects["workload"]["revision_template_hash"] is None
    assert plan.runs_as == "act"
    assert stage.written() == []


def test_every_pod_is_replaced_and_the_template_stays(stage: Stage) -> None:
    before, image = pods(stage), stage.image()
    plan = prepared(stage)

    tools(stage).execute(plan, "x-a-1")

    assert stage.written() == ["x-a-1"]
    stage.settle(lambda: len(pods(stage)) == 4 and not pods(stage) & before)
    assert stage.image() == image


def test_its_time_is_the_plans_and_not_the_moment_it_runs(stage: Stage) -> None:
    tools(stage).execute(prepared(stage), "x-a-1")

    assert marks(stage)[RESTARTED] == "2026-03-01T02:00:00.000Z"


def test_a_second_run_restarts_nothing_again(stage: Stage) -> None:
    plan = prepared(stage)
    tools(stage).execute(plan, "x-a-1")

    assert tools(stage).execute(plan, "x-a-1").already
    assert stage.written() == ["x-a-1"]


def test_another_restart_is_refused_while_one_is_under_way(stage: Stage) -> None:
    later = prepared(stage, NOW + timedelta(minutes=1))
    tools(stage).execute(prepared(stage), "x-a-1")

    with pytest.raises(Refused) as executing:
        tools(stage).execute(later, "x-a-2")
    with pytest.raises(Refused) as preparing:
        prepared(stage)

    assert executing.value.why == "changed"
    assert preparing.value.why == "rolling_out"
    assert stage.written() == ["x-a-1"]


def test_pods_that_fail_are_a_reason_to_restart_not_against_it(stage: Stage) -> None:
    for pod in stage.cluster.list("Pod", WEB):
        stage.cluster.set_pod_health(WEB, pod["metadata"]["name"], ready=False, reason="CrashLoopBackOff")
    stage.settle(lambda: not stage.deployment()["status"].get("readyReplicas"))

    assert prepared(stage).blast.unavailable_at_most == 0


def test_a_paused_deployment_is_refused(stage: Stage) -> None:
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"paused": True}})

    with pytest.raises(Refused) as refusal:
        prepared(stage)

    assert refusal.value.why == "paused"


def test_a_plan_from_before_a_rollout_is_refused(stage: Stage) -> None:
    plan = prepared(stage)
    image: dict[str, Any] = {"spec": {"containers": [{"name": "shop", "image": "registry.example/shop:2"}]}}
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"template": image}})

    with pytest.raises(Refused, match=r"newer rollout|now has image"):
        tools(stage).execute(plan, "x-a-1")
    assert stage.written() == []
