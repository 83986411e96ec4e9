"""Names of Kubernetes objects as arguments: what the API server itself would accept, and nothing a shell could read."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Namespace = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
# shorter than the 253 Kubernetes allows, so that kind, namespace and name make an id a ledger can hold
ObjectName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=120, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    ),
]


class Arguments(BaseModel):
    """Typed arguments of a changing tool: no extra fields, no conversions, never altered."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
