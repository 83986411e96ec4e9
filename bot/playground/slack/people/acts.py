"""What a person asks to do, as it arrives: one model each, checked."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: str


class Command(_Act):
    channel: str
    text: str = Field(description="As typed, with the command: '/ops status checkout'")
    thread_ts: str | None = None


class Click(_Act):
    channel: str
    message_ts: str
    action_id: str
    block_id: str | None = None
    value: Any = Field(default=None, description="The option chosen, or what is sent instead of the button's own value")
    confirm: bool = Field(default=False, description="Say yes to the element's confirm dialog, if it has one")
    stale: list[dict[str, Any]] | None = Field(default=None, description="Blocks of an outdated rendering to click in")
    delay_ms: int = Field(default=0, ge=0, description="How long the click is on its way after it was made")


class Say(_Act):
    channel: str
    text: str
    thread_ts: str | None = None


class EditOwn(_Act):
    channel: str
    ts: str
    text: str


class DeleteOwn(_Act):
    channel: str
    ts: str


class React(_Act):
    channel: str
    ts: str
    name: str


class Join(_Act):
    channel: str


class OpenHome(_Act):
    app_id: str | None = None
    tab: str = "home"


class Submit(_Act):
    view_id: str | None = Field(default=None, description="The top of the person's stack when absent")
    values: dict[str, Any] = Field(default_factory=dict, description="By block id or action id")


class Close(_Act):
    view_id: str | None = None
    values: dict[str, Any] = Field(default_factory=dict, description="What stood filled in, by block id or action id")


class ViewClick(_Act):
    view_id: str | None = None
    action_id: str
    block_id: str | None = None
    value: Any = None
    values: dict[str, Any] = Field(default_factory=dict, description="What else stands filled in")
    confirm: bool = False


class SocketOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    app_id: str | None = None
    order: str = Field(pattern="^(drop|refresh_requested|warning|link_disabled)$")


class Redeliver(BaseModel):
    model_config = ConfigDict(extra="forbid")

    delivery: str | None = Field(default=None, description="The last one of its kind when absent")
    kind: str | None = None


class ConfigureApp(BaseModel):
    """What an administrator may change on the app's own page; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    app_id: str | None = None
    mode: Literal["socket", "http"] | None = None
    request_url: str | None = None
    scopes: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    commands: tuple[str, ...] | None = None


class AppChoice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    app_id: str | None = None
