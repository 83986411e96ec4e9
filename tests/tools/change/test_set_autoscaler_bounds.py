"""An autoscaler's bounds: the most that may come of other ones, and what is not changed here."""

from typing import Any

import pytest

from bot.core.subjects import SUBJECTS
from bot.core.tool import Arranges, BlastRadius, NotReversible, Plan, Starts
from tests.tools.change import protocol
from tests.tools.change.protocol import autoscaler, refused
from tests.tools.change.stage import WEB, Stage
from tools.change.set_autoscaler_bounds import FOR_ITS_METRICS, TOOL

AUTOSCALER = next(one for one in SUBJECTS if one.key == "autoscaler")


def prepared(stage: Stage, **bounds: int) -> Plan:
    return protocol.prepared(stage, TOOL, {"name": "shop-hpa", **bounds})


def test_one_bound_leaves_the_other_as_it_is(stage: Stage) -> None:
    autoscaler(stage)
    plan = prepared(stage, max_replicas=12)

    assert plan.title == "Set the bounds of HorizontalPodAutoscaler shop-hpa in web, 2 to 8 to 2 to 12"
    assert plan.request["body"] == {"spec": {"maxReplicas": 12}}
    assert plan.expects["autoscaler"] == {
        "namespace": WEB, "name": "shop-hpa", "min_replicas": 2, "max_replicas": 12, "replicas": 4,
        "deployment": "shop",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "bounds", "blast"),
    [
        ((2, 8), {"max_replicas": 12}, Arranges(running=4, later=("the autoscaler keeps 2 to 12 pods",))),
        ((2, 8), {"min_replicas": 4}, Arranges(running=4, later=("the autoscaler keeps 4 to 8 pods",))),
        ((2, 8), {"min_replicas": 7}, Starts(pods=3, running=4)),
        ((2, 4), {"max_replicas": 10}, Starts(pods=6, running=4)),
        ((2, 8), {"max_replicas": 3}, BlastRadius(pods=4, ready=4, unavailable_at_most=1, share_percent=25)),
        ((4, 8), {"min_replicas": 1}, BlastRadius(pods=4, ready=4, unavailable_at_most=3, share_percent=75)),
        ((2, 8), {"min_replicas": 1}, BlastRadius(pods=4, ready=4, unavailable_at_most=3, share_percent=75)),
    ],
)
def test_the_most_that_may_come_of_it_is_shown(
    stage: Stage, now: tuple[int, int], bounds: dict[str, int], blast: object
) -> None:
    autoscaler(stage, minReplicas=now[0], maxReplicas=now[1])
    plan = prepared(stage, **bounds)

    assert plan.blast == blast
    assert (FOR_ITS_METRICS in plan.cautions) is not isinstance(blast, Arranges)


def test_bounds_that_cross_are_refused(stage: Stage) -> None:
    autoscaler(stage)
    refusal = refused(stage, TOOL, {"name": "shop-hpa", "min_replicas": 9})

    assert (refusal.why, str(refusal)) == ("senseless", "it would keep at least 9 pods and at most 8")


def test_only_autoscalers_of_deployments_are_changed(stage: Stage) -> None:
    autoscaler(stage, scaleTargetRef={"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"})

    assert refused(stage, TOOL, {"name": "shop-hpa", "min_replicas": 3}).why == "not_a_deployment"


def test_former_bounds_nobody_may_ask_for_leave_no_way_back(stage: Stage) -> None:
    autoscaler(stage, maxReplicas=300)

    assert isinstance(prepared(stage, max_replicas=50).inverse, NotReversible)


def test_what_is_scaled_to_zero_is_not_started_by_bounds(stage: Stage) -> None:
    autoscaler(stage)
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"replicas": 0}})
    stage.settle(lambda: not stage.cluster.list("Pod", WEB))
    blast = prepared(stage, min_replicas=3).blast

    assert isinstance(blast, Arranges)
    assert "scaled to zero now" in blast.later[0]


def test_who_keeps_it_and_what_keeps_it_from_scaling_is_said(stage: Stage) -> None:
    made = autoscaler(stage)
    mark = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}}
    stage.cluster.patch("HorizontalPodAutoscaler", WEB, made["metadata"]["name"], mark)
    stage.cluster.create(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "shop", "namespace": WEB},
            "spec": {"minAvailable": 4, "selector": {"matchLabels": {"app": "shop"}}},
        }
    )
    stage.cluster.tick()
    cautions = prepared(stage, max_replicas=3).cautions

    assert "It is managed by Helm; its next release brings the bounds of 2 to 8 back." in cautions
    assert any("an autoscaler does not ask the budget" in one for one in cautions)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"min_replicas": 3, "max_replicas": 9}, []),
        ({"min_replicas": 2, "max_replicas": 9}, ["it keeps 2 to 9 pods, and not 3 to 9"]),
        ({"min_replicas": 3, "max_replicas": 8}, ["it keeps 3 to 8 pods, and not 3 to 9"]),
    ],
)
def test_it_has_come_to_it_when_its_bounds_are_as_wanted(found: dict[str, Any], says: list[str]) -> None:
    assert list(AUTOSCALER.unwanted({"min_replicas": 3, "max_replicas": 9}, found)) == says
