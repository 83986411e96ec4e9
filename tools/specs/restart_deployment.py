"""Restart a Deployment: what may be asked for. How it is done is `tools/change/restart_deployment.py`."""

from pydantic import Field

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName


class RestartDeployment(Arguments):
    namespace: Namespace = Field(description="Namespace of the Deployment")
    name: ObjectName = Field(description="Name of the Deployment")


def by_hand(asked: RestartDeployment) -> str:
    return f"kubectl --namespace {asked.namespace} rollout restart deployment/{asked.name}"


SPEC = Spec(
    name="restart_deployment",
    effect=Effect.CHANGE,
    arguments=RestartDeployment,
    says="Replace every pod of a Deployment by a new one with the same template, one batch after the other.",
    button="Restart",
    by_hand=by_hand,
    asked=Asked(verbs=("restart", "bounce", "rollout restart")),
)
