"""What a person would type instead of an approval: shown where no act process is there to plan and dry-run. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.core.canonical import Json
from bot.core.case import Seen
from bot.core.tool import Foreseen, Spec


class ByHand(BaseModel):
    """``command`` is one kubectl line, "" where a tool has no such line. Nobody tried it on the server.

    The others are computed from what was read, the look ``evidence``; empty where that does not tell.
    """

    title: str
    command: str
    changes: tuple[str, ...] = ()
    touches: str = ""
    way_back: str = ""
    evidence: str = ""


def by_hand(spec: Spec, arguments: Mapping[str, Any], looks: Sequence[Seen] = ()) -> Json | None:
    """The change in words and as a line, with what ``looks`` tell of it; None where the arguments do not fit."""
    try:
        asked = spec.arguments.model_validate(dict(arguments))
    except ValidationError:
        return None
    named = spec.asked.named if spec.asked is not None else "name"
    name, namespace = getattr(asked, named, ""), getattr(asked, "namespace", "")
    where = f" in {namespace}" if namespace else ""
    line = spec.by_hand(asked) if spec.by_hand is not None else ""
    known = (spec.foresee(asked, looks) if spec.foresee is not None else None) or Foreseen()
    told = ByHand(title=f"{spec.button}: {name}{where}", command=line, **asdict(known))
    return told.model_dump(mode="json", exclude_defaults=True)
