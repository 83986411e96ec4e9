"""What a person would type instead of an approval: shown where no act process is there to plan and dry-run. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.core.canonical import Json
from bot.core.tool import Spec


class ByHand(BaseModel):
    """``command`` is one kubectl line, "" where a tool has no such line. Nobody tried it on the server."""

    title: str
    command: str


def by_hand(spec: Spec, arguments: Mapping[str, Any]) -> Json | None:
    """The change in words and as a line; None where the arguments are not the tool's."""
    try:
        asked = spec.arguments.model_validate(dict(arguments))
    except ValidationError:
        return None
    named = spec.asked.named if spec.asked is not None else "name"
    name, namespace = getattr(asked, named, ""), getattr(asked, "namespace", "")
    line = spec.by_hand(asked) if spec.by_hand is not None else ""
    return ByHand(title=f"{spec.button}: {name} in {namespace}", command=line).model_dump(mode="json")
