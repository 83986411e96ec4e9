"""Set a container's requests and limits: what may be asked for. How it is done is `tools/change/set_resources.py`.

“none” takes a value away; it is how the way back says that there was none.
"""

import json
import shlex
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName

NONE = "none"
# Kubernetes' own quantities, as it writes them back; a memory in thousandths of a byte is always a slip
CPU = r"^(none|[0-9]{1,9}m|[0-9]{1,6}(\.[0-9]{1,3})?)$"
MEMORY = r"^(none|[0-9]{1,15}(\.[0-9]{1,3})?([kMGTPE]|[KMGTPE]i)?)$"
Cpu = Annotated[str, StringConstraints(pattern=CPU, max_length=20)]
Memory = Annotated[str, StringConstraints(pattern=MEMORY, max_length=20)]
Container = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
PLACES = {  # argument -> where it stands in a container's resources
    "cpu_request": ("requests", "cpu"),
    "cpu_limit": ("limits", "cpu"),
    "memory_request": ("requests", "memory"),
    "memory_limit": ("limits", "memory"),
}


class SetResources(Arguments):
    namespace: Namespace = Field(description="Namespace of the Deployment")
    name: ObjectName = Field(description="Name of the Deployment")
    container: Container | None = Field(
        default=None, description="Name of the container; may be left out where there is only one"
    )
    cpu_request: Cpu | None = Field(default=None, description="As 500m or 2; none takes it away; unchanged if left out")
    cpu_limit: Cpu | None = Field(default=None, description="As 500m or 2; none takes it away; unchanged if left out")
    memory_request: Memory | None = Field(
        default=None, description="As 512Mi or 1Gi; none takes it away; unchanged if left out"
    )
    memory_limit: Memory | None = Field(
        default=None, description="As 512Mi or 1Gi; none takes it away; unchanged if left out"
    )

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if not self.asked():
            raise ValueError(f"say at least one of {', '.join(PLACES)}")
        return self

    def asked(self) -> dict[str, str]:
        """The arguments that are to be set, as they were said."""
        return {name: value for name in PLACES if (value := getattr(self, name)) is not None}


def by_hand(asked: SetResources) -> str:
    """`kubectl set resources` can take nothing away: then it is a patch, which needs the container's name."""
    here = f"kubectl --namespace {asked.namespace}"
    if NONE in asked.asked().values():
        return f"{here} patch deployment/{asked.name} --patch={shlex.quote(json.dumps(_patch(asked)))}"
    given: dict[str, list[str]] = {}
    for name, value in asked.asked().items():
        side, what = PLACES[name]
        given.setdefault(side, []).append(f"{what}={value}")
    which = [f"--containers={asked.container}"] if asked.container else []
    sides = [f"--{side}={shlex.quote(','.join(values))}" for side, values in given.items()]
    return " ".join([f"{here} set resources deployment/{asked.name}", *which, *sides])


def _patch(asked: SetResources) -> dict[str, object]:
    resources: dict[str, dict[str, str | None]] = {}
    for name, value in asked.asked().items():
        side, what = PLACES[name]
        resources.setdefault(side, {})[what] = None if value == NONE else value
    container = {"name": asked.container or "NAME-OF-THE-CONTAINER", "resources": resources}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


SPEC = Spec(
    name="set_resources",
    effect=Effect.CHANGE,
    arguments=SetResources,
    says="Set a container's requests and limits of CPU and memory in a Deployment, which replaces its pods.",
    button="Set Resources",
    by_hand=by_hand,
    asked=Asked(
        verbs=("set resources", "set resources of"),
        options={
            "memory limit": "memory_limit",
            "memory request": "memory_request",
            "cpu limit": "cpu_limit",
            "cpu request": "cpu_request",
            "container": "container",
        },
    ),
)
