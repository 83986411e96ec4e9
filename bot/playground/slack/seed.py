"""The workspace file: who and what exists when the stand-in starts. Checked on the way in, errors name the field.

It decides defaults of the file's format only; what the workspace becomes afterwards is `Workspace`'s business.
"""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.playground.slack.model import SlackApp, User, Usergroup
from bot.playground.slack.settings import Settings


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TeamSeed(_Strict):
    id: str
    name: str
    domain: str
    enterprise_id: str | None = None


class UserSeed(_Strict):
    id: str
    name: str
    real_name: str = ""
    tz: str = "UTC"
    email: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    team_id: str | None = Field(default=None, description="Set for a person of another workspace (Slack Connect)")

    def user(self, team_id: str) -> User:
        fields = self.model_dump(exclude={"team_id", "real_name"})
        return User(team_id=self.team_id or team_id, real_name=self.real_name or self.name, **fields)


class UsergroupSeed(_Strict):
    id: str
    handle: str
    users: tuple[str, ...] = ()

    def usergroup(self, team_id: str) -> Usergroup:
        return Usergroup(self.id, team_id, self.handle, self.users)


class ChannelSeed(_Strict):
    id: str
    name: str
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    is_general: bool = False
    members: tuple[str, ...] = ()
    topic: str = ""


class AppSeed(_Strict):
    bot_token: str
    app_token: str = ""
    signing_secret: str = ""
    bot_user_id: str
    bot_id: str
    app_id: str
    scopes: tuple[str, ...]
    commands: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    mode: Literal["socket", "http"] = "socket"
    request_url: str = ""

    def app(self) -> SlackApp:
        return SlackApp(**self.model_dump())


class Seed(_Strict):
    team: TeamSeed
    users: tuple[UserSeed, ...] = ()
    usergroups: tuple[UsergroupSeed, ...] = ()
    channels: tuple[ChannelSeed, ...] = ()
    apps: tuple[AppSeed, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _everybody_exists(self) -> Self:
        known = {user.id for user in self.users} | {app.bot_user_id for app in self.apps}
        named = {user: f"channel {channel.name}" for channel in self.channels for user in channel.members}
        named |= {user: f"group {group.handle}" for group in self.usergroups for user in group.users}
        strangers = [f"{user} in {where}" for user, where in named.items() if user not in known]
        if strangers:
            raise ValueError(f"nobody has this id: {', '.join(strangers)}")
        return self

    @model_validator(mode="after")
    def _settings_are_known(self) -> Self:
        Settings.model_validate(self.settings)
        return self


def read_seed(path: Path) -> Seed:
    """Read a workspace file; JSON is YAML, so one reader serves both."""
    return Seed.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
