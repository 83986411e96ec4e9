"""What the page is told when it starts, as a JSON file: its key, who the people are, which commands there are."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(_Strict):
    """One of the people somebody at the page may be."""

    user: str
    role: str
    about: str = ""


class Command(_Strict):
    command: str
    description: str = ""
    usage_hint: str = ""


class PageSettings(_Strict):
    key: str = Field(min_length=16, description="Whoever has it may act as anybody in this workspace")
    home: str = Field(description="The channel shown first")
    title: str = ""
    people: tuple[Role, ...]
    commands: tuple[Command, ...] = ()
    world: str = Field(default="", description="Where the world's side door is; empty without a world")

    def shown(self) -> dict[str, object]:
        """What the page itself may know: everything but the key and addresses."""
        return self.model_dump(exclude={"key", "world"}) | {"has_world": bool(self.world)}


def read_settings(path: Path) -> PageSettings:
    return PageSettings.model_validate_json(path.read_text(encoding="utf-8"))
