"""What a workspace is made of: people, groups, channels, messages, apps, views, files.

Plain records; `Workspace` keeps them and the method families change them. `as_wire` is the form Slack gives.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Blocks = list[dict[str, Any]]
ChannelKind = Literal["public", "private", "im", "mpim"]


@dataclass(frozen=True)
class User:
    id: str
    team_id: str
    name: str
    real_name: str
    tz: str = "UTC"
    email: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False

    def as_wire(self) -> dict[str, Any]:
        profile = {"real_name": self.real_name, "display_name": self.name, "email": self.email, "team": self.team_id}
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "tz": self.tz,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "profile": profile,
        }


@dataclass(frozen=True)
class Usergroup:
    id: str
    team_id: str
    handle: str
    users: tuple[str, ...]

    def as_wire(self, *, with_users: bool) -> dict[str, Any]:
        wire: dict[str, Any] = {"id": self.id, "team_id": self.team_id, "handle": self.handle, "name": self.handle}
        wire |= {"is_usergroup": True, "date_delete": 0, "user_count": len(self.users)}
        return wire | {"users": list(self.users)} if with_users else wire


@dataclass(frozen=True)
class SlackApp:
    """One installed app: its tokens, what it may do, how it is reached."""

    bot_token: str
    app_token: str
    signing_secret: str
    bot_user_id: str
    bot_id: str
    app_id: str
    scopes: tuple[str, ...]
    commands: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    mode: Literal["socket", "http"] = "socket"
    request_url: str = ""


@dataclass
class Message:
    ts: str
    channel: str
    user: str
    text: str
    blocks: Blocks = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    metadata: dict[str, Any] | None = None
    edited: dict[str, str] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    pinned: bool = False
    reply_ts: list[str] = field(default_factory=list)
    reply_users: list[str] = field(default_factory=list)
    ephemeral_to: str | None = None

    @property
    def in_channel_root(self) -> bool:
        return self.thread_ts in (None, self.ts) or self.broadcast

    def as_wire(self, *, with_metadata: bool = False) -> dict[str, Any]:
        wire: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        optional = {
            "blocks": self.blocks,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "subtype": self.subtype,
            "thread_ts": self.thread_ts or (self.ts if self.reply_ts else None),
            "edited": self.edited,
            "files": self.files,
            "metadata": self.metadata if with_metadata else None,
            "reactions": [{"name": n, "users": list(u), "count": len(u)} for n, u in self.reactions.items()],
            "pinned_to": [self.channel] if self.pinned else None,
        }
        return wire | {key: value for key, value in optional.items() if value} | self._thread_counts()

    def _thread_counts(self) -> dict[str, Any]:
        if not self.reply_ts:
            return {}
        users = list(dict.fromkeys(self.reply_users))
        return {
            "reply_count": len(self.reply_ts),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": self.reply_ts[-1],
        }


@dataclass
class Channel:
    id: str
    name: str
    kind: ChannelKind
    creator: str
    created: int
    members: list[str]
    is_ext_shared: bool = False
    is_general: bool = False
    is_archived: bool = False
    topic: dict[str, Any] = field(default_factory=lambda: {"value": "", "creator": "", "last_set": 0})
    purpose: dict[str, Any] = field(default_factory=lambda: {"value": "", "creator": "", "last_set": 0})
    messages: dict[str, Message] = field(default_factory=dict)
    pins: list[dict[str, Any]] = field(default_factory=list)
    bookmarks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    def as_wire(self, *, seen_by: str) -> dict[str, Any]:
        wire: dict[str, Any] = {
            "id": self.id,
            "created": self.created,
            "creator": self.creator,
            "is_archived": self.is_archived,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_member": seen_by in self.members,
        }
        if self.kind == "im":
            others = [user for user in self.members if user != seen_by]
            return wire | {"user": others[0] if others else seen_by}
        return wire | {
            "name": self.name,
            "name_normalized": self.name,
            "is_general": self.is_general,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "topic": dict(self.topic),
            "purpose": dict(self.purpose),
            "num_members": len(self.members),
        }


@dataclass
class View:
    id: str
    app_id: str
    user: str
    body: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None

    def as_wire(self, *, team_id: str, bot_id: str) -> dict[str, Any]:
        return {
            **self.body,
            "id": self.id,
            "team_id": team_id,
            "app_id": self.app_id,
            "bot_id": bot_id,
            "app_installed_team_id": team_id,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "hash": self.hash,
        }


@dataclass
class StoredFile:
    id: str
    app_id: str
    name: str
    length: int
    upload_token: str
    title: str = ""
    alt_text: str = ""
    snippet_type: str = ""
    content: bytes | None = None
    channel: str | None = None
    created: int = 0
    shared_at: float | None = None
    shares: list[dict[str, str]] = field(default_factory=list)
