"""Rolling back: exactly what the plan says happens, once, or nothing does."""

import threading
from typing import Any

import pytest

from bot.core.errors import Refused, Unreachable
from bot.core.tool import Inverse, Plan
from tests.tools.change.rolling_back import X, prepared, template, tools
from tests.tools.change.stage import WEB, Stage
from tools.change.kube.templates import same_template


def run(stage: Stage, plan: Plan, execution: str = X, seconds: float = 5.0) -> Any:
    return tools(stage, seconds=seconds).execute(plan, execution)


def test_the_template_becomes_exactly_the_old_one(stage: Stage) -> None:
    plan, wanted = prepared(stage), template(stage, 1)

    done = run(stage, plan)

    assert same_template(stage.deployment()["spec"]["template"], wanted)
    assert not done.already
    assert stage.written() == [X]
    assert stage.deployment()["metadata"]["annotations"]["midwatch.dev/execution"] == X
    assert "kubernetes.io/change-cause" not in stage.deployment()["metadata"]["annotations"]
    stage.settle(lambda: stage.deployment()["status"].get("updatedReplicas") == 4)


def test_a_second_run_finds_the_effect_and_writes_nothing(stage: Stage) -> None:
    plan = prepared(stage)
    run(stage, plan)

    assert run(stage, plan).already
    assert stage.written() == [X]
    assert tools(stage).carries(plan, X)
    assert not tools(stage).carries(plan, "x-a-2")


def test_the_way_back_leads_back(stage: Stage) -> None:
    plan, wanted = prepared(stage), template(stage, 2)
    run(stage, plan)
    stage.settle(lambda: stage.deployment()["status"].get("observedGeneration") == 3)
    assert isinstance(plan.inverse, Inverse)

    back = prepared(stage, **plan.inverse.arguments)
    run(stage, back, "x-a-2")

    assert same_template(stage.deployment()["spec"]["template"], wanted)
    assert stage.deployment()["metadata"]["annotations"]["kubernetes.io/change-cause"] == "bring 1.5.0"


CHANGED: dict[str, dict[str, Any]] = {
    "a newer rollout": {"spec": {"template": {"spec": {"containers": [{"name": "shop", "image": "registry/shop:9"}]}}}},
    "another environment": {"spec": {"template": {"metadata": {"annotations": {"by": "hand"}}}}},
    "another size": {"spec": {"replicas": 6}},
    "a pause": {"spec": {"paused": True}},
}


@pytest.mark.parametrize("what", sorted(CHANGED))
def test_an_object_that_changed_meanwhile_is_left_alone(stage: Stage, what: str) -> None:
    plan = prepared(stage)
    stage.cluster.patch("Deployment", WEB, "shop", CHANGED[what])
    before = stage.deployment()["spec"]

    with pytest.raises(Refused) as refusal:
        run(stage, plan)

    assert refusal.value.why in {"changed", "paused"}
    assert stage.deployment()["spec"] == before
    assert stage.written() == []


def test_an_object_of_the_same_name_made_anew_is_left_alone(stage: Stage) -> None:
    plan = prepared(stage)
    forged = plan.model_copy(update={"target": plan.target.model_copy(update={"uid": "another"})})
    changed = tuple(
        condition.model_copy(update={"expected": "another"}) if condition.what == "uid" else condition
        for condition in plan.preconditions
    )

    with pytest.raises(Refused, match="deleted and made again"):
        run(stage, forged.model_copy(update={"preconditions": changed}))
    assert stage.written() == []


def test_a_plan_whose_write_would_not_be_the_approved_one_is_refused(stage: Stage) -> None:
    plan = prepared(stage)

    with pytest.raises(Refused, match="not be the one that was approved"):
        run(stage, plan.model_copy(update={"request": {**plan.request, "sha256": "0" * 64}}))
    with pytest.raises(Refused):
        run(stage, plan.model_copy(update={"request": {**plan.request, "path": f"{plan.request['path']}/scale"}}))
    assert stage.written() == []


def test_a_status_that_keeps_moving_does_not_stop_it(stage: Stage) -> None:
    plan = prepared(stage)
    touched: list[int] = []

    def touch_first(verb: str, path: str, query: str) -> bool:
        if verb == "PATCH" and "dryRun" not in query and len(touched) < 2:
            touched.append(1)
            stage.cluster.patch(
                "Deployment", WEB, "shop", {"metadata": {"annotations": {"touched": str(len(touched))}}}
            )
        return False

    stage.faulty.picks = touch_first
    run(stage, plan)

    assert stage.written() == [X]


def test_a_lost_answer_is_looked_after_and_the_effect_is_found(stage: Stage) -> None:
    plan = prepared(stage)
    stage.faulty.picks, stage.faulty.how = _write, "lose_answer"

    done = run(stage, plan)

    assert done.facts["execution"] == X
    assert stage.written() == [X]


def test_a_server_that_fails_leaves_the_outcome_open(stage: Stage) -> None:
    plan = prepared(stage)
    stage.faulty.picks, stage.faulty.how = _write, "500"

    with pytest.raises(Unreachable):
        run(stage, plan)


def test_a_server_that_is_gone_before_the_write_is_certain_to_have_changed_nothing(stage: Stage) -> None:
    plan = prepared(stage)
    stage.faulty.picks, stage.faulty.how = lambda verb, *_: verb == "GET", "500"

    with pytest.raises(Refused) as refusal:
        run(stage, plan)

    assert refusal.value.why == "unreachable"


def _write(verb: str, _: str, query: str) -> bool:
    return verb == "PATCH" and "dryRun" not in query


def test_twenty_runs_at_once_make_one_write(stage: Stage) -> None:
    plan = prepared(stage)
    came: list[Any] = []
    offered = tools(stage, seconds=20)

    def once() -> None:
        try:
            came.append(offered.execute(plan, X))
        except Refused as refusal:
            came.append(refusal.why)

    threads = [threading.Thread(target=once) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(came) == 20
    assert stage.written() == [X]
    assert sum(1 for one in came if not isinstance(one, str) and not one.already) == 1
