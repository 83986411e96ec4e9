"""Rolling back: the plan says exactly what will happen, from the live state, and changes nothing."""

import time
from typing import Any

import pytest

from bot.core.errors import BadInput, Refused
from bot.core.tool import Inverse, NotReversible
from tests.tools.change.rolling_back import WHERE, prepared, why
from tests.tools.change.stage import BAD, NEW, OLD, READ, WEB, Stage, playing, shop
from tools.change import roll_back_deployment
from tools.change.kube.live import Live, Revision


def test_a_plan_says_what_will_change_from_what_to_what(stage: Stage) -> None:
    plan = prepared(stage)

    assert plan.title == "Roll back Deployment shop in web, revision 2 to 1"
    assert plan.command == "kubectl --namespace web rollout undo deployment/shop --to-revision=1"
    assert plan.target.id == "Deployment/web/shop"
    assert plan.target.uid == stage.deployment()["metadata"]["uid"]
    told = {change.what: (change.before, change.after) for change in plan.changes}
    assert told["image shop"] == (NEW, OLD)
    assert told["env MODE of shop"] == ("fancy", "plain")
    assert told["env EXTRA of shop"] == ("on", "not set")
    assert next(iter(told)) == "image shop"
    assert {f"-        image: {NEW}", f"+        image: {OLD}", "+          value: plain"} <= set(
        plan.diff.splitlines()
    )
    assert plan.dry_run == "server"


def test_a_plan_carries_no_secret_but_says_that_it_changes(stage: Stage) -> None:
    plan = prepared(stage)

    assert "hunter2" not in plan.model_dump_json()
    told = {change.what: (change.before, change.after) for change in plan.changes}
    assert told["env DB_PASSWORD of shop"] == ("value hidden", "changed, value hidden")


def test_a_plan_is_measured_from_the_live_state(stage: Stage) -> None:
    blast = prepared(stage).blast

    assert (blast.pods, blast.ready, blast.unavailable_at_most, blast.share_percent) == (4, 4, 1, 25)
    assert blast.budget_room is None


def test_a_plan_names_the_way_back_and_what_it_expects(stage: Stage) -> None:
    plan = prepared(stage)

    assert plan.inverse == Inverse(
        tool="roll_back_deployment", arguments={**WHERE, "to_revision": 2}, says="Roll forward to revision 2"
    )
    workload = plan.expects["workload"]
    assert plan.expects["expression"] == "errors > 1"
    assert workload["ready_replicas"] == 4
    assert workload["revision_template_hash"] in {
        item["metadata"]["labels"]["pod-template-hash"] for item in stage.cluster.list("ReplicaSet", WEB)
    }
    assert plan.runs_as == "system:serviceaccount:midwatch:midwatch-act"


def test_without_history_there_is_no_way_back(stage: Stage) -> None:
    live = stage.deployment()
    live["spec"]["revisionHistoryLimit"] = 0

    inverse = roll_back_deployment.way_back(Live(live, ()), Revision(2, "shop-1", "u", {}, "h", None))

    assert isinstance(inverse, NotReversible)


def test_preparing_changes_nothing_and_twice_gives_the_same_plan(stage: Stage) -> None:
    before = stage.snapshot()

    assert prepared(stage).digest() == prepared(stage).digest()
    assert stage.snapshot() == before
    assert stage.written() == []


def test_another_revision_may_be_named(stage: Stage) -> None:
    stage.cluster.roll_out(WEB, "shop", {"metadata": {"annotations": {"third": "1"}}}, time.time() - 30)

    assert prepared(stage).title.endswith("revision 3 to 2")
    assert prepared(stage, to_revision=1).title.endswith("revision 3 to 1")


@pytest.mark.parametrize(("revision", "reason"), [(2, "nothing_to_do"), (9, "no_such_revision")])
def test_a_revision_that_is_there_already_or_not_at_all_is_refused(stage: Stage, revision: int, reason: str) -> None:
    assert why(stage, to_revision=revision) == reason


def test_something_that_is_not_there_or_not_ours_to_touch_is_refused_in_the_servers_words(stage: Stage) -> None:
    assert why(stage, name="missing") == "not_found"
    with pytest.raises(Refused, match="cannot patch resource") as refusal:
        prepared(stage, READ)
    assert refusal.value.why == "not_permitted"


def test_a_paused_deployment_is_left_alone(stage: Stage) -> None:
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"paused": True}})

    assert why(stage) == "paused"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"namespace": "web; rm"}, "namespace"),
        ({"name": "../secrets/x"}, "name"),
        ({"name": "shop\n"}, "name"),
        ({"name": ""}, "name"),
        ({"to_revision": "1"}, "to_revision"),
        ({"to_revision": 0}, "to_revision"),
        ({"to_revision": True}, "to_revision"),
        ({"force": True}, "force"),
    ],
)
def test_arguments_that_are_not_exactly_right_are_named(stage: Stage, arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=field):
        prepared(stage, **arguments)


def test_pods_that_fail_already_cost_nothing(stage: Stage) -> None:
    for pod in stage.cluster.list("Pod", WEB):
        stage.cluster.set_pod_health(WEB, pod["metadata"]["name"], ready=False, reason="CrashLoopBackOff")
    stage.settle(lambda: not prepared(stage).blast.ready)
    plan = prepared(stage)

    assert (plan.blast.ready, plan.blast.unavailable_at_most) == (0, 0)
    assert "Only 0 of 4 pods are ready now." in plan.cautions


def test_a_keeper_that_would_undo_it_is_named(stage: Stage) -> None:
    mark = {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "shop"}}}
    stage.cluster.patch("Deployment", WEB, "shop", mark)

    assert any("Argo CD" in caution for caution in prepared(stage).cautions)


def test_budgets_and_autoscalers_are_said(stage: Stage) -> None:
    stage.cluster.create(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "shop", "namespace": WEB},
            "spec": {"minAvailable": 4, "selector": {"matchLabels": {"app": "shop"}}},
        }
    )
    stage.cluster.create(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "shop-hpa", "namespace": WEB},
            "spec": {
                "maxReplicas": 9,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            },
        }
    )
    stage.cluster.tick()
    plan = prepared(stage)

    assert plan.blast.budget_room == 0
    assert any("a rollout does not ask the budget" in caution for caution in plan.cautions)
    assert any("shop-hpa" in caution for caution in plan.cautions)
    assert "replicas_at_least" in {condition.what for condition in plan.preconditions}


def test_a_deployment_that_stops_everything_at_once_says_so(tmp_path: Any) -> None:
    with playing(tmp_path, shop(strategy={"type": "Recreate"})) as stage:
        plan = prepared(stage)

    assert plan.blast.unavailable_at_most == plan.blast.ready == 4
    assert any("No pod is ready while it happens" in caution for caution in plan.cautions)


def test_a_first_revision_has_nothing_before_it(tmp_path: Any) -> None:
    with playing(tmp_path) as stage:
        alone = shop()
        alone["metadata"]["name"] = alone["spec"]["selector"]["matchLabels"]["app"] = "alone"
        alone["spec"]["template"]["metadata"]["labels"]["app"] = "alone"
        stage.cluster.create(alone, at=time.time() - 600)

        assert why(stage, name="alone") == "no_such_revision"


def test_a_template_that_came_back_counts_by_its_newest_number(stage: Stage) -> None:
    stage.cluster.roll_out(WEB, "shop", {"metadata": {"annotations": {"x": "1"}}}, time.time() - 60)
    stage.cluster.roll_out(WEB, "shop", {**BAD, "metadata": {"annotations": {"x": None}}}, time.time() - 30)

    # revision 2's template came back as revision 4, so that going back by one leads to 3
    assert prepared(stage).title.endswith("revision 4 to 3")


def test_a_rollout_that_comes_between_reading_and_the_dry_run_is_noticed(stage: Stage) -> None:
    rolled: list[int] = []

    def roll_out_first(verb: str, _: str, query: str) -> bool:
        if verb == "PATCH" and not rolled:
            rolled.append(1)
            newer = {"spec": {"template": {"metadata": {"annotations": {"by": "hand"}}}}}
            stage.cluster.patch("Deployment", WEB, "shop", newer)
        return False

    stage.faulty.picks = roll_out_first

    assert why(stage) == "changed"


def test_a_status_that_moves_between_reading_and_the_dry_run_does_not_matter(stage: Stage) -> None:
    touched: list[int] = []

    def touch_first(verb: str, _: str, query: str) -> bool:
        if verb == "PATCH" and len(touched) < 2:
            touched.append(1)
            stage.cluster.patch("Deployment", WEB, "shop", {"metadata": {"labels": {"touched": str(len(touched))}}})
        return False

    stage.faulty.picks = touch_first

    assert prepared(stage).title.startswith("Roll back")


def test_a_cluster_that_alters_what_would_be_written_is_not_trusted_to_give_the_old_revision_back() -> None:
    old = Revision(1, "shop-1", "u", {"spec": {"containers": [{"name": "shop", "image": "shop:1"}]}}, "h", None)
    injected = {"containers": [{"name": "shop", "image": "shop:1"}, {"name": "sidecar", "image": "mesh:1"}]}
    roll_back_deployment.why_inexact({"spec": {"template": dict(old.template)}}, old)

    with pytest.raises(Refused) as refusal:
        roll_back_deployment.why_inexact({"spec": {"template": {"spec": injected}}}, old)
    assert refusal.value.why == "dry_run_differs"
