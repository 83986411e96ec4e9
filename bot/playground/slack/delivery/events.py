"""Which events the Events API makes of what happens in the workspace, and which apps may hear of them.

It listens to the feed. An app hears what it subscribed to, has the scope for, and can see.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.delivery.courier import Courier
from bot.playground.slack.delivery.payloads import event
from bot.playground.slack.feed import Entry
from bot.playground.slack.model import SlackApp
from bot.playground.slack.scopes import BY_KIND
from bot.playground.slack.workspace import Workspace

Event = dict[str, Any]
MESSAGE_SUBSCRIPTION = {
    "public": "message.channels",
    "private": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
SCOPE_OF = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
}


@dataclass
class Events:
    workspace: Workspace
    courier: Courier

    def hear(self, entry: Entry) -> None:
        make = MAKERS.get(entry.kind)
        if make is None:
            return
        for app in self.workspace.apps.values():
            for subscription, scope, body in make(self.workspace, app, entry):
                if subscription in app.events and (not scope or scope in app.scopes):
                    wrapped = event(self.workspace, app, body, entry.at)
                    self.courier.announce(app, str(body["type"]), wrapped)


Made = Iterator[tuple[str, str, Event]]
Maker = Callable[[Workspace, SlackApp, Entry], Made]


def _member(workspace: Workspace, app: SlackApp, channel_id: str) -> bool:
    return app.bot_user_id in workspace.channels[channel_id].members


def _message(workspace: Workspace, app: SlackApp, entry: Entry) -> Made:
    channel = workspace.channels[entry.body["channel"]]
    if app.bot_user_id not in channel.members:
        return
    message = entry.body["message"]
    body = {**message, "channel": channel.id, "team": workspace.team.id, "event_ts": message["ts"]}
    typed = body | {"channel_type": CHANNEL_TYPE[channel.kind]}
    yield MESSAGE_SUBSCRIPTION[channel.kind], BY_KIND["history"][channel.kind][0], typed
    called = re.search(rf"<@{app.bot_user_id}(\|[^>]*)?>", message["text"])
    if called and message["user"] != app.bot_user_id and not message.get("subtype"):
        yield "app_mention", SCOPE_OF["app_mention"], body | {"type": "app_mention"}


def _changed(workspace: Workspace, app: SlackApp, entry: Entry) -> Made:
    channel = workspace.channels[entry.body["channel"]]
    if app.bot_user_id in channel.members:
        body = {"type": "message", "subtype": entry.kind, "channel": channel.id, "hidden": True}
        body |= {key: value for key, value in entry.body.items() if key != "channel"}
        body |= {"ts": f"{entry.at:.6f}", "event_ts": f"{entry.at:.6f}", "channel_type": CHANNEL_TYPE[channel.kind]}
        yield MESSAGE_SUBSCRIPTION[channel.kind], BY_KIND["history"][channel.kind][0], body


def _reaction(workspace: Workspace, app: SlackApp, entry: Entry) -> Made:
    said = entry.body
    if _member(workspace, app, said["channel"]):
        item = {"type": "message", "channel": said["channel"], "ts": said["ts"]}
        body = {"type": entry.kind, "user": said["user"], "reaction": said["reaction"], "item": item}
        yield (
            entry.kind,
            SCOPE_OF[entry.kind],
            body | {"item_user": said.get("item_user"), "event_ts": f"{entry.at:.6f}"},
        )


def _member_moved(workspace: Workspace, app: SlackApp, entry: Entry) -> Made:
    kind = {"member_joined": "member_joined_channel", "member_left": "member_left_channel"}[entry.kind]
    channel = workspace.channels[entry.body["channel"]]
    if app.bot_user_id in channel.members or entry.body["user"] == app.bot_user_id:
        letter = "C" if channel.kind == "public" else "G"
        body = {"type": kind, **entry.body, "channel_type": letter, "team": workspace.team.id}
        yield kind, SCOPE_OF[kind], body | {"event_ts": f"{entry.at:.6f}"}


def _created(workspace: Workspace, _app: SlackApp, entry: Entry) -> Made:
    channel = workspace.channels[entry.body["channel"]]
    if channel.kind == "public":
        described = {"id": channel.id, "name": channel.name, "created": channel.created, "creator": channel.creator}
        yield "channel_created", SCOPE_OF["channel_created"], {"type": "channel_created", "channel": described}


def _archived(workspace: Workspace, _app: SlackApp, entry: Entry) -> Made:
    if workspace.channels[entry.body["channel"]].kind == "public":
        body = {"type": "channel_archive", "channel": entry.body["channel"], "user": entry.body["by"]}
        yield "channel_archive", SCOPE_OF["channel_archive"], body


def _home_opened(_workspace: Workspace, app: SlackApp, entry: Entry) -> Made:
    if entry.body["app_id"] == app.app_id:
        body = {key: entry.body[key] for key in ("user", "channel", "tab")}
        yield "app_home_opened", "", {"type": "app_home_opened", **body, "event_ts": f"{entry.at:.6f}"}


MAKERS: dict[str, Maker] = {
    "message_posted": _message,
    "message_changed": _changed,
    "message_deleted": _changed,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined": _member_moved,
    "member_left": _member_moved,
    "channel_created": _created,
    "channel_archived": _archived,
    "home_opened": _home_opened,
}
