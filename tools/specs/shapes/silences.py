"""What asking for a silence, and for its end, have in common: an alert's name, its namespace, further labels.

Equality only, and never of nothing: a silence by expression mutes what nobody thought of.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from tools.specs.shapes.kubernetes import Arguments, Namespace

MOST_MINUTES = 480
SPOKEN = re.compile(r"(\d{1,4}) ?(m|min|minutes?|h|hours?)?", re.IGNORECASE)

AlertName = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]*$")]
Label = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
LabelValue = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{1,120}$")]  # visible, no quote, no backslash


def spoken_minutes(told: Any) -> Any:
    """30, “30m” and “2h” as minutes; anything else as it is, for the type to refuse."""
    found = SPOKEN.fullmatch(told.strip()) if isinstance(told, str) else None
    if found is None:
        return told
    return int(found[1]) * (60 if (found[2] or "m").lower().startswith("h") else 1)


Minutes = Annotated[int, Field(ge=1, le=MOST_MINUTES), BeforeValidator(spoken_minutes)]


class OfAlert(Arguments):
    namespace: Namespace = Field(description="Namespace of the alerts: their label of this name")
    alertname: AlertName = Field(description="Name of the alert")
    matchers: dict[Label, LabelValue] = Field(
        default_factory=dict, max_length=8, description="Further labels the alerts must have, with exactly these values"
    )

    @field_validator("matchers")
    @classmethod
    def _further(cls, told: dict[str, str]) -> dict[str, str]:
        if said := sorted({"alertname", "namespace"} & set(told)):
            raise ValueError(f"{said[0]} is said by itself, not as a matcher")
        return told

    def every(self) -> dict[str, str]:
        """All the matchers, in one order."""
        return {"alertname": self.alertname, "namespace": self.namespace, **dict(sorted(self.matchers.items()))}
