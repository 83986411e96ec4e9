"""What every changing tool that patches an object must keep, told once for each: how it is asked, and what changes.

`test_protocol.py` plays each of them; what only one tool does is in that tool's own test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.changes import ChangeTools
from bot.core.errors import Refused
from bot.core.tool import ChangingTool, Plan, Preparing
from tests.tools.change.rerunning import with_books
from tests.tools.change.stage import ACT, NODES, WEB, Stage
from tools.change import (
    cordon_node,
    resume_cronjob,
    scale_deployment,
    set_autoscaler_bounds,
    set_resources,
    suspend_cronjob,
    uncordon_node,
)
from tools.change.node.settings import NodeSettings

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
X, Y = "x-a-1", "x-a-2"


def nothing(_: Stage) -> None:
    """The stage has what is needed already."""


@dataclass(frozen=True)
class Told:
    """``before`` sets the stage, ``kind`` and ``name`` are of what is changed, ``meddling`` is somebody's own patch of
    it; ``shown`` are words the dry run's diff must have."""

    tool: ChangingTool
    arguments: dict[str, Any]
    kind: str
    name: str
    meddling: dict[str, Any]
    shown: tuple[str, ...]
    before: Callable[[Stage], object] = nothing
    line: str = ""
    wrong: tuple[tuple[dict[str, Any], str], ...] = field(default=())

    @property
    def place(self) -> str:
        return WEB if self.tool.spec.scope == "namespace" else ""

    def spec(self, stage: Stage) -> dict[str, Any]:
        found = [one for one in stage.cluster.list(self.kind, self.place) if one["metadata"]["name"] == self.name]
        spec = dict(found[0].get("spec") or {})
        # the real server leaves this field out where it is false
        return {key: value for key, value in spec.items() if key != "unschedulable" or value}


def tools(stage: Stage, tool: ChangingTool, token: str = ACT) -> ChangeTools:
    wide = tool.spec.scope == "cluster"
    settings = stage.settings(NODES if wide and token == ACT else token)
    return ChangeTools([(tool, NodeSettings(MIDWATCH_NODES_KUBECONFIG=settings.kubeconfig) if wide else settings)])


def prepared(stage: Stage, tool: ChangingTool, arguments: dict[str, Any], token: str = ACT) -> Plan:
    context = Preparing(now=NOW, runs_as="", expression="errors > 1")
    place = {"namespace": WEB} if tool.spec.scope == "namespace" else {}
    return tools(stage, tool, token).prepare(tool.spec.name, {**place, **arguments}, context)


def refused(stage: Stage, tool: ChangingTool, arguments: dict[str, Any], token: str = ACT) -> Refused:
    with pytest.raises(Refused) as refusal:
        prepared(stage, tool, arguments, token)
    assert stage.written() == []
    return refusal.value


def autoscaler(stage: Stage, **spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
    return stage.cluster.create(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "shop-hpa", "namespace": WEB},
            "spec": {"minReplicas": 2, "maxReplicas": 8, "scaleTargetRef": target, **spec},
        }
    )


def cordoned(stage: Stage) -> None:
    stage.cluster.patch("Node", "", "node-0", {"spec": {"unschedulable": True}})


ALL: dict[str, Told] = {
    "cordon_node": Told(
        cordon_node.TOOL,
        {"name": "node-0"},
        "Node",
        "node-0",
        meddling={"spec": {"unschedulable": True}},
        shown=("+  unschedulable: true",),
        line="kubectl cordon node-0",
        wrong=(({"name": "node; rm"}, "name"), ({"namespace": "web"}, "namespace: Extra inputs")),
    ),
    "uncordon_node": Told(
        uncordon_node.TOOL,
        {"name": "node-0"},
        "Node",
        "node-0",
        meddling={"spec": {"unschedulable": False}},
        shown=("-  unschedulable: true",),
        before=cordoned,
        line="kubectl uncordon node-0",
        wrong=(({"name": "node; rm"}, "name"), ({"namespace": ""}, "namespace: Extra inputs")),
    ),
    "scale_deployment": Told(
        scale_deployment.TOOL,
        {"name": "shop", "replicas": 6},
        "Deployment",
        "shop",
        meddling={"spec": {"replicas": 5}},
        shown=("-  replicas: 4", "+  replicas: 6"),
        line="kubectl --namespace web scale deployment/shop --replicas=6",
        wrong=(
            ({"replicas": 0}, "scaling to zero would end every pod"),
            ({"replicas": 101}, "less than or equal to 100"),
            ({"replicas": -1}, "greater than or equal to 1"),
            ({"replicas": "6"}, "valid integer"),
            ({"replicas": True}, "valid integer"),
            ({"name": "shop; rm"}, "name"),
            ({"force": True}, "force"),
        ),
    ),
    "set_autoscaler_bounds": Told(
        set_autoscaler_bounds.TOOL,
        {"name": "shop-hpa", "min_replicas": 3, "max_replicas": 10},
        "HorizontalPodAutoscaler",
        "shop-hpa",
        meddling={"spec": {"maxReplicas": 9}},
        shown=("-  maxReplicas: 8", "+  maxReplicas: 10", "-  minReplicas: 2", "+  minReplicas: 3"),
        before=autoscaler,
        line="""kubectl --namespace web patch hpa/shop-hpa --patch='{"spec": {"minReplicas": 3, "maxReplicas": 10}}'""",
        wrong=(
            ({"min_replicas": 0}, "min_replicas: scaling to zero would end every pod"),
            ({"max_replicas": 101}, "max_replicas: Input should be less than or equal to 100"),
            ({"min_replicas": 11}, r"arguments: min_replicas \(11\) is more than max_replicas \(10\)"),
            ({"min_replicas": None, "max_replicas": None}, "arguments: say min_replicas or max_replicas"),
            ({"min_replicas": "3"}, "min_replicas: Input should be a valid integer"),
        ),
    ),
    "set_resources": Told(
        set_resources.TOOL,
        {"name": "shop", "container": "shop", "memory_limit": "1Gi", "cpu_request": "500m"},
        "Deployment",
        "shop",
        meddling={"spec": {"template": {"metadata": {"annotations": {"by": "hand"}}}}},
        shown=("-        resources: {}", "+            memory: 1Gi", "+            cpu: 500m"),
        line="kubectl --namespace web set resources deployment/shop --containers=shop --requests=cpu=500m "
        "--limits=memory=1Gi",
        wrong=(
            ({"memory_limit": "1 Gi"}, "memory_limit: String should match pattern"),
            ({"memory_limit": "500m"}, "memory_limit: String should match pattern"),
            ({"memory_limit": "1Gi; rm"}, "memory_limit: String should match pattern"),
            ({"cpu_request": "1Gi"}, "cpu_request: String should match pattern"),
            ({"cpu_request": "-1"}, "cpu_request: String should match pattern"),
            ({"memory_limit": None, "cpu_request": None}, "arguments: say at least one of cpu_request"),
            ({"container": "Shop"}, "container: String should match pattern"),
        ),
    ),
    "suspend_cronjob": Told(
        suspend_cronjob.TOOL,
        {"name": "books"},
        "CronJob",
        "books",
        meddling={"spec": {"schedule": "0 3 1 1 *"}},
        shown=("-  suspend: false", "+  suspend: true"),
        before=with_books,
        line="""kubectl --namespace web patch cronjob/books --type=merge --patch='{"spec": {"suspend": true}}'""",
        wrong=(({"name": "books; rm"}, "name"), ({"until": "noon"}, "until: Extra inputs")),
    ),
    "resume_cronjob": Told(
        resume_cronjob.TOOL,
        {"name": "books"},
        "CronJob",
        "books",
        meddling={"spec": {"schedule": "0 3 1 1 *"}},
        shown=("-  suspend: true", "+  suspend: false"),
        before=lambda stage: with_books(stage, suspend=True),
        line="""kubectl --namespace web patch cronjob/books --type=merge --patch='{"spec": {"suspend": false}}'""",
        wrong=(({"name": "books; rm"}, "name"), ({"name": None}, "name")),
    ),
}
