"""Scale a Deployment: what may be asked for. How it is done is `tools/change/scale_deployment.py`."""

from pydantic import Field

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName, Replicas


class ScaleDeployment(Arguments):
    namespace: Namespace = Field(description="Namespace of the Deployment")
    name: ObjectName = Field(description="Name of the Deployment")
    replicas: Replicas = Field(description="How many pods it shall have, 1 to 100")


def by_hand(asked: ScaleDeployment) -> str:
    return f"kubectl --namespace {asked.namespace} scale deployment/{asked.name} --replicas={asked.replicas}"


SPEC = Spec(
    name="scale_deployment",
    effect=Effect.CHANGE,
    arguments=ScaleDeployment,
    says="Give a Deployment another number of pods, where no autoscaler decides it.",
    button="Scale",
    by_hand=by_hand,
    asked=Asked(verbs=("scale", "scale deployment"), options={"to": "replicas"}),
)
