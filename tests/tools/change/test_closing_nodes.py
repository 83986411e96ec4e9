"""Closing and opening a node: what goes on, who is asked, by which identity, and where the tools are not offered."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.adapters.changes import ChangeTools
from bot.core.errors import Refused
from bot.core.subjects import SUBJECTS
from bot.core.tool import Arranges, Inverse, Plan
from tests.tools.change.protocol import X, cordoned, prepared, refused, tools
from tests.tools.change.stage import WEB, Stage
from tools.change import cordon_node, uncordon_node
from tools.change.node.settings import NodeSettings

CORDON, UNCORDON = cordon_node.TOOL, uncordon_node.TOOL
NODE = next(one for one in SUBJECTS if one.key == "node")


def pods_on(stage: Stage, node: str) -> list[str]:
    return sorted(
        one["metadata"]["name"] for one in stage.cluster.list("Pod", WEB) if one["spec"].get("nodeName") == node
    )


def plan_of(stage: Stage) -> Plan:
    return prepared(stage, CORDON, {"name": "node-0"})


def test_closing_a_node_leaves_what_runs_on_it(stage: Stage) -> None:
    stage.settle(lambda: stage.deployment()["status"].get("readyReplicas") == 4)
    before = pods_on(stage, "node-0")
    plan = plan_of(stage)

    assert plan.title == "Cordon node node-0"
    assert plan.target.id == "Node//node-0"
    assert plan.target.said == "node-0"
    assert plan.blast == Arranges(running=len(before), later=("no new pod is placed on it any more",))
    assert plan.inverse == Inverse(
        tool="uncordon_node", arguments={"name": "node-0"}, says="Let it take new pods again"
    )
    tools(stage, CORDON).execute(plan, X)
    assert pods_on(stage, "node-0") == before


def test_the_last_node_that_takes_pods_is_told(stage: Stage) -> None:
    assert plan_of(stage).cautions == ()
    for node in ("node-1", "node-2"):
        stage.cluster.patch("Node", "", node, {"spec": {"unschedulable": True}})

    assert "No other node takes new pods" in plan_of(stage).cautions[0]


def test_what_is_so_already_is_said(stage: Stage) -> None:
    assert "open for new pods already" in str(refused(stage, UNCORDON, {"name": "node-0"}))
    cordoned(stage)
    assert "closed for new pods already" in str(refused(stage, CORDON, {"name": "node-0"}))


def test_the_identity_of_namespaces_cannot_do_it(stage: Stage) -> None:
    act = NodeSettings(MIDWATCH_NODES_KUBECONFIG=stage.settings().kubeconfig)
    plan = plan_of(stage)

    with pytest.raises(Refused) as refusal:
        ChangeTools([(CORDON, act)]).execute(plan, X)
    assert refusal.value.why == "not_permitted"
    assert stage.written() == []


def test_no_other_setting_makes_up_for_the_third_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither KUBECONFIG nor the pod's own account."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "act"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.delenv("MIDWATCH_NODES_KUBECONFIG", raising=False)

    with pytest.raises(ValidationError, match="MIDWATCH_NODES_KUBECONFIG is not set"):
        NodeSettings()
    found = ChangeTools.discover()
    assert not found.names() & {"cordon_node", "uncordon_node"}
    assert "MIDWATCH_NODES_KUBECONFIG" in found.why_not_offered("cordon_node")


def test_a_node_made_anew_is_not_the_one_that_was_closed() -> None:
    expected = {"name": "node-0", "uid": "u-1", "unschedulable": True}
    assert list(NODE.unwanted(expected, {"name": "node-0", "uid": "u-1", "unschedulable": True})) == []
    assert list(NODE.unwanted(expected, {"name": "node-0", "uid": "u-2", "unschedulable": False})) == [
        "it was deleted and made again",
        "it takes new pods",
    ]
