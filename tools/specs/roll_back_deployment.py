"""Roll a Deployment back: what may be asked for. How it is done is `tools/change/roll_back_deployment.py`."""

from collections.abc import Sequence

from pydantic import Field

from bot.core.case import Seen
from bot.core.tool import Asked, Effect, Foreseen, Spec
from tools.specs.shapes.foreseeing import rolled_back
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName


class RollBackDeployment(Arguments):
    namespace: Namespace = Field(description="Namespace of the Deployment")
    name: ObjectName = Field(description="Name of the Deployment")
    to_revision: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Revision to go back to; the one before the current when left out"
    )


def by_hand(asked: RollBackDeployment) -> str:
    wanted = f" --to-revision={asked.to_revision}" if asked.to_revision is not None else ""
    return f"kubectl --namespace {asked.namespace} rollout undo deployment/{asked.name}{wanted}"


def foresee(asked: RollBackDeployment, looks: Sequence[Seen]) -> Foreseen | None:
    return rolled_back(asked.namespace, asked.name, asked.to_revision, looks)


SPEC = Spec(
    name="roll_back_deployment",
    effect=Effect.CHANGE,
    arguments=RollBackDeployment,
    says="Give a Deployment back the pod template of an earlier revision.",
    button="Roll Back",
    by_hand=by_hand,
    foresee=foresee,
    asked=Asked(
        verbs=("roll back", "rollback", "revert", "undo", "rollout undo"),
        options={"to revision": "to_revision", "revision": "to_revision", "to": "to_revision"},
    ),
)
