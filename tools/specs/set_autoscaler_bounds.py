"""Set an autoscaler's bounds: what may be asked for. How it is done is `tools/change/set_autoscaler_bounds.py`."""

import json
import shlex
from typing import Self

from pydantic import Field, model_validator

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName, Replicas


class SetAutoscalerBounds(Arguments):
    namespace: Namespace = Field(description="Namespace of the HorizontalPodAutoscaler")
    name: ObjectName = Field(description="Name of the HorizontalPodAutoscaler")
    min_replicas: Replicas | None = Field(
        default=None, description="Fewest pods it may keep, 1 to 100; unchanged if left out"
    )
    max_replicas: Replicas | None = Field(
        default=None, description="Most pods it may keep, 1 to 100; unchanged if left out"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.min_replicas is None and self.max_replicas is None:
            raise ValueError("say min_replicas or max_replicas, or both")
        if self.min_replicas is not None and self.max_replicas is not None and self.min_replicas > self.max_replicas:
            raise ValueError(f"min_replicas ({self.min_replicas}) is more than max_replicas ({self.max_replicas})")
        return self


def by_hand(asked: SetAutoscalerBounds) -> str:
    bounds = {"minReplicas": asked.min_replicas, "maxReplicas": asked.max_replicas}
    patch = json.dumps({"spec": {name: count for name, count in bounds.items() if count is not None}})
    return f"kubectl --namespace {asked.namespace} patch hpa/{asked.name} --patch={shlex.quote(patch)}"


SPEC = Spec(
    name="set_autoscaler_bounds",
    effect=Effect.CHANGE,
    arguments=SetAutoscalerBounds,
    says="Set how few and how many pods a HorizontalPodAutoscaler may keep.",
    button="Set Bounds",
    by_hand=by_hand,
    asked=Asked(
        verbs=("set autoscaler", "set autoscaler bounds", "set bounds", "set hpa"),
        kind="HorizontalPodAutoscaler",
        options={
            "min": "min_replicas",
            "max": "max_replicas",
            "min replicas": "min_replicas",
            "max replicas": "max_replicas",
        },
        look="list_autoscalers",
        rows="autoscalers",
    ),
)
