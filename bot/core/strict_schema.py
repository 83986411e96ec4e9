"""JSON Schemas as a model's strict mode takes them: every object closed, and no bounds it cannot promise to keep. Pure.

The bounds are not lost: what comes back is validated by the tool's own arguments.
"""

from collections.abc import Mapping
from typing import Any

from bot.core.canonical import Json

BOUNDS = {
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
}
DROPPED = BOUNDS | {
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "default",
    "title",
    "examples",
}


def strict(schema: Mapping[str, Any]) -> Json:
    """The schema without what strict mode refuses; the names of properties are left alone."""
    kept = {key: value for key, value in schema.items() if key not in DROPPED}
    made: Json = {key: _inner(key, value) for key, value in kept.items()}
    if made.get("type") == "object" or "properties" in made:
        made["additionalProperties"] = False
        made.setdefault("properties", {})
        made.setdefault("required", [])
    return made


def _inner(key: str, value: Any) -> Any:
    if key in ("properties", "$defs") and isinstance(value, Mapping):
        return {name: strict(inner) for name, inner in value.items()}
    if isinstance(value, Mapping):
        return strict(value)
    return [strict(one) if isinstance(one, Mapping) else one for one in value] if isinstance(value, list) else value
