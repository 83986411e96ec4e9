"""What one person sees: the workspace as it stands for them, and of all that happens what their window would show."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.errors import PersonError
from bot.playground.slack.feed import Entry
from bot.playground.slack.methods.views import wire as view_wire
from bot.playground.slack.model import Channel
from bot.playground.slack.workspace import Workspace

PRIVATE = ("ephemeral_", "view_", "home_", "notification")
BEHIND_THE_SCENES = ("socket_",)
BREATH_S = 15.0


@dataclass
class Seeing:
    workspace: Workspace

    def snapshot(self, user: str) -> dict[str, Any]:
        """All the page needs before it follows the feed from ``seq``."""
        workspace = self.workspace
        if user not in workspace.users:
            raise PersonError("user_not_found")
        channels = [channel for channel in workspace.channels.values() if self._visible(channel, user)]
        return {
            "ok": True,
            "seq": workspace.feed.last_seq,
            "me": user,
            "team": workspace.team.model_dump(),
            "users": [each.as_wire() for each in workspace.users.values()],
            "usergroups": [group.as_wire(with_users=True) for group in workspace.usergroups.values()],
            "apps": [_app(app.app_id, app.bot_user_id) for app in workspace.apps.values()],
            "channels": [self._channel(channel, user) for channel in channels],
            "ephemerals": [
                {"channel": m.channel, "message": m.as_wire()} for m in workspace.ephemerals if m.ephemeral_to == user
            ],
            "views": [view_wire(workspace, view) for view in workspace.views.values() if view.user == user],
            "homes": [view_wire(workspace, view) for view in workspace.homes.values() if view.user == user],
            "notifications": [n for n in workspace.notifications if n["user"] == user and n["delivered"]],
            "violations": workspace.violations,
        }

    def _channel(self, channel: Channel, user: str) -> dict[str, Any]:
        messages = [message.as_wire() for message in channel.messages.values()]
        about = {"kind": channel.kind, "members": list(channel.members), "pins": channel.pins}
        return channel.as_wire(seen_by=user) | about | {"bookmarks": channel.bookmarks, "messages": messages}

    def _visible(self, channel: Channel, user: str) -> bool:
        return channel.kind == "public" or user in channel.members

    def shows(self, entry: Entry, user: str) -> bool:
        """Whether this person's window shows what happened."""
        if entry.kind.startswith(BEHIND_THE_SCENES):
            return False
        if entry.kind.startswith(PRIVATE):
            return _whose(entry) == user
        channel = self.workspace.channels.get(str(entry.body.get("channel", "")))
        return channel is None or self._visible(channel, user)

    async def stream(self, user: str, after: int) -> AsyncIterator[str]:
        """Server-sent events from ``after`` on, until the reader goes away."""
        while True:
            entries = await self.workspace.feed.wait_since(after, BREATH_S)
            if not entries:
                yield ": still here\n\n"
            for entry in entries:
                after = entry.seq
                if self.shows(entry, user):
                    yield f"id: {entry.seq}\ndata: {json.dumps(entry.as_json(), default=str)}\n\n"


def _whose(entry: Entry) -> str:
    return str(entry.body.get("user", ""))


def _app(app_id: str, bot_user_id: str) -> dict[str, str]:
    return {"app_id": app_id, "bot_user_id": bot_user_id}
