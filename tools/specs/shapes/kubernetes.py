"""Names and counts as arguments: what the API server itself would accept, and nothing a shell could read."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST_REPLICAS = 100

Namespace = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
# shorter than the 253 Kubernetes allows, so that kind, namespace and name make an id a ledger can hold
ObjectName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=120, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    ),
]


def _not_none(count: Any) -> Any:
    """Zero gets its own words: whoever asks for it means to switch something off, which is another decision."""
    if count == 0 and not isinstance(count, bool):
        raise ValueError("scaling to zero would end every pod of it, and that is not offered here")
    return count


Replicas = Annotated[int, Field(ge=1, le=MOST_REPLICAS), BeforeValidator(_not_none)]


class Arguments(BaseModel):
    """Typed arguments of a changing tool: no extra fields, no conversions, never altered."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
