"""Autoscalers as an API server gives them, and what the tools make of them, failures included."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.tool import Observation
from tests.tools.read.answering import Reply, a_look, answering
from tests.tools.read.test_cluster import FORBIDDEN, Kubeconfig, listing, status
from tools.read.sources.cluster import ClusterSettings

SCALERS = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
Ask = Callable[..., Observation]


@pytest.fixture
def look(kubeconfig: Kubeconfig) -> Ask:
    def ask(routes: dict[str, Any], tool: str, **arguments: Any) -> Observation:
        with answering(routes) as server:
            looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "t0k"))])
            return looks.look(tool, {"namespace": "shop", **arguments}, a_look())

    return ask


def scaler(name: str = "till", target: str = "till", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"u-{name}",
            "annotations": {"midwatch.dev/execution": "x"},
        },
        "spec": {"minReplicas": 2, "maxReplicas": 8, "scaleTargetRef": {"kind": "Deployment", "name": target}},
        "status": {"currentReplicas": 8, "desiredReplicas": 8, "conditions": None, **status},
    }


def condition(kind: str, value: str, reason: str) -> dict[str, Any]:
    return {"type": kind, "status": value, "reason": reason, "message": "token=hunter2hunter2hunter2 is wrong"}


def test_its_bounds_and_what_holds_it_back_are_told(look: Ask) -> None:
    held = [condition("ScalingLimited", "True", "TooManyReplicas")]
    seen = look({f"{SCALERS}/till": Reply(scaler(conditions=held))}, "read_autoscaler", name="till")

    assert seen.outcome is Outcome.OK
    assert seen.facts["autoscaler"] == {
        "kind": "HorizontalPodAutoscaler", "namespace": "shop", "name": "till", "uid": "u-till",
        "target_kind": "Deployment", "target": "till", "min_replicas": 2, "max_replicas": 8, "current": 8,
        "desired": 8, "limited": True, "scales": True, "why": "", "execution": "x",
    }  # fmt: skip
    assert "till of Deployment till: 8 now, scales between 2 and 8 pods, held back by its bounds" in seen.digest


def test_one_that_cannot_scale_says_why_and_shows_no_secret(look: Ask) -> None:
    broken = [condition("ScalingActive", "False", "FailedGetResourceMetric")]
    made = scaler(conditions=broken, currentReplicas=None, desiredReplicas=4)
    made["spec"].pop("minReplicas")
    seen = look({f"{SCALERS}/till": Reply(made)}, "read_autoscaler", name="till")

    assert "an unknown number now, 4 wanted" in seen.digest
    assert "between 1 and 8" in seen.digest
    assert "it CANNOT scale: FailedGetResourceMetric" in seen.digest
    assert "hunter2" not in seen.digest


def test_one_that_is_not_there_is_said(look: Ask) -> None:
    seen = look({f"{SCALERS}/till": status(404, "NotFound", "not found", name="till")}, "read_autoscaler", name="till")

    assert (seen.outcome, seen.facts) == (Outcome.NO_DATA, {"autoscaler": None})


def test_those_of_a_service_are_found_by_what_they_scale(look: Ask) -> None:
    broken = [condition("AbleToScale", "False", "FailedGetScale")]
    every = listing(scaler("a", "till"), scaler("b", "other"), scaler("till", "x", conditions=broken))
    seen = look({SCALERS: every}, "list_autoscalers", service="till")

    assert [one["name"] for one in seen.facts["autoscalers"]] == ["till", "a"]
    assert "2 HorizontalPodAutoscalers of till in shop, 1 of them cannot scale" in seen.digest
    assert look({SCALERS: every}, "list_autoscalers").facts["total"] == 3


def test_none_and_not_allowed_to_look_are_two_answers(look: Ask) -> None:
    assert look({SCALERS: listing()}, "list_autoscalers", service="till").outcome is Outcome.NO_DATA
    denied: Reply = FORBIDDEN
    assert look({SCALERS: denied}, "list_autoscalers").outcome is Outcome.DENIED
    assert look({f"{SCALERS}/till": denied}, "read_autoscaler", name="till").outcome is Outcome.DENIED
