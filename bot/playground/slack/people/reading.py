"""What can be looked at: channels, messages, whispers, modals, notifications, violations, deliveries, calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.delivery.courier import Courier
from bot.playground.slack.delivery.socket import Sockets
from bot.playground.slack.errors import PersonError
from bot.playground.slack.methods.views import wire as view_wire
from bot.playground.slack.model import Channel, Message, SlackApp
from bot.playground.slack.webapi import WebApi
from bot.playground.slack.workspace import Workspace

Query = Mapping[str, str]


@dataclass
class Reading:
    workspace: Workspace
    courier: Courier
    sockets: Sockets
    webapi: WebApi

    def state(self, _query: Query) -> dict[str, Any]:
        """All a page needs before it follows the feed from ``seq``."""
        workspace = self.workspace
        return {
            "seq": workspace.feed.last_seq,
            "team": workspace.team.model_dump(),
            "users": [user.as_wire() for user in workspace.users.values()],
            "usergroups": [group.as_wire(with_users=True) for group in workspace.usergroups.values()],
            "apps": [_shown_app(app) for app in workspace.apps.values()],
            "channels": [_channel(channel) for channel in workspace.channels.values()],
            "settings": workspace.settings.model_dump(),
        }

    def channels(self, query: Query) -> dict[str, Any]:
        user = query.get("user")
        found = [c for c in self.workspace.channels.values() if user is None or user in c.members]
        return {"channels": [_channel(channel) for channel in found]}

    def messages(self, query: Query) -> dict[str, Any]:
        """A channel's own messages in order, or one thread's with its head; metadata included."""
        channel = self.workspace.find_channel(query.get("channel", ""))
        if channel is None:
            raise PersonError("channel_not_found")
        user = query.get("user")
        if user is not None and user not in channel.members:
            raise PersonError("not_in_channel")
        thread_ts = query.get("thread_ts")
        found = [m for m in channel.messages.values() if _belongs(m, thread_ts, everything="all" in query)]
        return {"messages": [message.as_wire(with_metadata=True) for message in found]}

    def ephemerals(self, query: Query) -> dict[str, Any]:
        user, channel = query.get("user"), query.get("channel")
        found = [
            {"user": m.ephemeral_to, "channel": m.channel, "message": m.as_wire()}
            for m in self.workspace.ephemerals
            if user in (None, m.ephemeral_to) and channel in (None, m.channel)
        ]
        return {"ephemerals": found}

    def modals(self, query: Query) -> dict[str, Any]:
        found = [v for v in self.workspace.views.values() if query.get("user") in (None, v.user)]
        return {"modals": [{"user": v.user, "view": view_wire(self.workspace, v)} for v in found]}

    def home(self, query: Query) -> dict[str, Any]:
        found = [v for v in self.workspace.homes.values() if query.get("user") in (None, v.user)]
        return {"homes": [{"user": v.user, "view": view_wire(self.workspace, v)} for v in found]}

    def notifications(self, query: Query) -> dict[str, Any]:
        """What rang for whom; ``undelivered`` adds those who were called in a channel they are not in."""
        found = [n for n in self.workspace.notifications if query.get("user") in (None, n["user"])]
        return {"notifications": [n for n in found if n["delivered"] or "undelivered" in query]}

    def violations(self, query: Query) -> dict[str, Any]:
        return {"violations": [v for v in self.workspace.violations if query.get("rule") in (None, v["rule"])]}

    def deliveries(self, query: Query) -> dict[str, Any]:
        found = [d for d in self.courier.deliveries if query.get("kind") in (None, d.kind)]
        return {"deliveries": [delivery.as_json() for delivery in found if query.get("name") in (None, delivery.name)]}

    def calls(self, query: Query) -> dict[str, Any]:
        return {"calls": [call for call in self.webapi.calls if query.get("method") in (None, call["method"])]}

    def connections(self, _query: Query) -> dict[str, Any]:
        return {"connections": {app: [c.id for c in open_] for app, open_ in self.sockets.connections.items()}}

    def statuses(self, _query: Query) -> dict[str, Any]:
        now = self.workspace.clock.now()
        found = self.workspace.statuses.items()
        return {"statuses": [{"channel": c, "thread_ts": t, **s} for (c, t), s in found if s["until"] > now]}


def _shown_app(app: SlackApp) -> dict[str, Any]:
    """No token of an app is ever shown."""
    return {"app_id": app.app_id, "bot_user_id": app.bot_user_id, "commands": list(app.commands), "mode": app.mode}


def _channel(channel: Channel) -> dict[str, Any]:
    wire = channel.as_wire(seen_by=channel.creator) | {"kind": channel.kind, "members": list(channel.members)}
    return wire | {"bookmarks": channel.bookmarks, "pins": channel.pins}


def _belongs(message: Message, thread_ts: str | None, *, everything: bool) -> bool:
    if thread_ts:
        return thread_ts in (message.ts, message.thread_ts)
    return everything or message.in_channel_root
