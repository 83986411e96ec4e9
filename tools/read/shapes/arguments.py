"""What every reading tool's arguments have in common: frozen, and a field they do not know is refused."""

from pydantic import BaseModel, ConfigDict


class Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
