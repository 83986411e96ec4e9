"""A roll back of the stage's Deployment, prepared and run as the act identity."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.changes import ChangeTools
from bot.core.errors import Refused
from bot.core.tool import Plan, Preparing
from tests.tools.change.stage import ACT, WEB, Stage
from tools.change import roll_back_deployment
from tools.change.kube.templates import plain_template

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
X = "x-a-1"
WHERE = {"namespace": WEB, "name": "shop"}


def tools(stage: Stage, token: str = ACT, seconds: float = 5.0) -> ChangeTools:
    return ChangeTools([(roll_back_deployment.TOOL, stage.settings(token, seconds))])


def prepared(stage: Stage, token: str = ACT, **arguments: Any) -> Plan:
    context = Preparing(now=NOW, runs_as="", expression="errors > 1")
    return tools(stage, token).prepare("roll_back_deployment", {**WHERE, **arguments}, context)


def why(stage: Stage, token: str = ACT, **arguments: Any) -> str:
    with pytest.raises(Refused) as refusal:
        prepared(stage, token, **arguments)
    return refusal.value.why


def template(stage: Stage, revision: int) -> dict[str, Any]:
    for item in stage.cluster.list("ReplicaSet", WEB):
        if item["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == str(revision):
            return plain_template(item["spec"]["template"])
    raise AssertionError(f"no revision {revision}")
