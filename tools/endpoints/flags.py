"""The documented shape of a feature flag (README, “Feature flags”), as both kinds of tools read it."""

from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.errors import LookFailed
from tools.endpoints.json_api import JsonApi


class Flag(BaseModel):
    """``changed_by`` is the execution that changed it last, "" where somebody else did; None: it is not said."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    key: str
    enabled: bool
    version: int = Field(ge=0, le=2**53)
    namespace: str | None = None
    description: str = Field(default="", max_length=1000)
    changed_by: str | None = None


def path_of(key: str) -> str:
    return f"/flags/{quote(key, safe='')}"


def read_flag(api: JsonApi, key: str) -> Flag | None:
    """None where there is none. Raises `LookFailed`, `Denied`, `TimedOut`."""
    found: Any = api.get(path_of(key))
    if found is None:
        return None
    try:
        flag = Flag.model_validate(found)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, one["loc"])) for one in error.errors()) or "all of it"
        raise LookFailed(f"The flag endpoint answered in a shape that is not its own: {wrong[:200]}") from error
    if flag.key != key:
        raise LookFailed(f"The flag endpoint was asked for {key} and told of another")
    return flag
