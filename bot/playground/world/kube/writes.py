"""The world's own record of who changed what through the API; a scenario's verdict is read from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_EXECUTION = "/execution"


@dataclass(frozen=True)
class Write:
    """One accepted write that was no dry run. `execution` is the annotation by which a client marks its doing."""

    at: float
    user: str
    verb: str
    kind: str
    namespace: str
    name: str
    execution: str
    body: Any
    subresource: str = ""


def execution_in(body: Any) -> str:
    """Return the value of an annotation whose name ends in `/execution`, wherever the body carries it."""
    if isinstance(body, Mapping):
        own = (body.get("metadata") or {}).get("annotations") if isinstance(body.get("metadata"), Mapping) else None
        if own and own is not body and (found := execution_in(own)):
            return found
        for name, value in body.items():
            if isinstance(value, str) and str(name).endswith(_EXECUTION):
                return value
            if found := execution_in(value):
                return found
    if isinstance(body, list):
        return next((found for one in body if (found := _of_operation(one))), "")
    return ""


def _of_operation(operation: Any) -> str:
    """A JSON patch may name the annotation in its path, `/` written `~1`."""
    if not isinstance(operation, Mapping):
        return ""
    path, value = str(operation.get("path", "")), operation.get("value")
    if path.endswith("~1execution") and isinstance(value, str):
        return value
    return execution_in(value)
