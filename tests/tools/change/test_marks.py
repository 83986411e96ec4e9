"""An object that its owner marked is left to people: the mark reaches the policy from the live object, by each tool."""

from typing import Any

import pytest

from bot.core.catalogue import Catalogue, Service
from bot.core.hands import HANDS_ONLY, why_by_hand
from bot.core.weighing import services_of
from tests.tools.change.protocol import ALL, Told, prepared
from tests.tools.change.rerunning import prepared as rerun
from tests.tools.change.rerunning import with_books
from tests.tools.change.stage import WEB, Stage
from tools.change import evict_pod
from tools.change.kube.marks import marks_of


@pytest.mark.parametrize(
    ("labels", "annotations", "marks"),
    [
        (None, None, ()),
        ({HANDS_ONLY: "payment"}, None, ("payment",)),
        (None, {HANDS_ONLY: "true"}, ("true",)),
        ({HANDS_ONLY: "false"}, {HANDS_ONLY: "False"}, ()),
        ({HANDS_ONLY: ""}, None, ("true",)),
        ({HANDS_ONLY: "payment"}, {HANDS_ONLY: "false"}, ("payment",)),
    ],
)
def test_a_label_or_an_annotation_marks_it_and_only_false_does_not(
    labels: Any, annotations: Any, marks: tuple[str, ...]
) -> None:
    assert marks_of({"metadata": {"labels": labels, "annotations": annotations}}) == marks


@pytest.mark.parametrize("told", ALL.values(), ids=list(ALL))
def test_every_tool_brings_the_mark_of_what_it_would_change(stage: Stage, told: Told) -> None:
    told.before(stage)
    assert why_by_hand(prepared(stage, told.tool, told.arguments)) is None
    stage.cluster.patch(told.kind, WEB, told.name, {"metadata": {"labels": {HANDS_ONLY: "payment"}}})
    found = why_by_hand(prepared(stage, told.tool, told.arguments))
    assert found is not None
    assert "payment pipeline" in found.says


def test_a_cron_job_that_is_marked_is_not_run_again(stage: Stage) -> None:
    with_books(stage)
    stage.cluster.patch("CronJob", WEB, "books", {"metadata": {"annotations": {HANDS_ONLY: "true"}}})
    found = why_by_hand(rerun(stage))
    assert found is not None
    assert HANDS_ONLY in found.says


def test_a_pod_is_marked_by_its_deployment_and_an_autoscaler_by_what_it_scales(stage: Stage) -> None:
    stage.cluster.patch("Deployment", WEB, "shop", {"metadata": {"labels": {HANDS_ONLY: "payment"}}})
    pod = stage.cluster.list("Pod", WEB)[0]["metadata"]["name"]
    scaler = ALL["set_autoscaler_bounds"]
    scaler.before(stage)
    plans = (prepared(stage, evict_pod.TOOL, {"name": pod}), prepared(stage, scaler.tool, scaler.arguments))
    for plan in plans:
        found = why_by_hand(plan)
        assert found is not None
        assert "payment pipeline" in found.says


def test_a_catalogue_knows_a_pod_and_an_autoscaler_by_their_deployment(stage: Stage) -> None:
    pod = stage.cluster.list("Pod", WEB)[0]["metadata"]["name"]
    scaler = ALL["set_autoscaler_bounds"]
    scaler.before(stage)
    catalogue = Catalogue((Service(name="shop", namespace=WEB, hands_only=("payment",)),))
    for plan in (prepared(stage, evict_pod.TOOL, {"name": pod}), prepared(stage, scaler.tool, scaler.arguments)):
        assert [one.name for one in services_of(catalogue, plan)] == ["shop"]
