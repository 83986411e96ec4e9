"""pins.*, bookmarks.*, reactions.*: what is fastened to a channel or a message."""

import re
from typing import Any

from bot.playground.slack.arguments import invalid
from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.model import Channel, Message
from bot.playground.slack.posting import permalink
from bot.playground.slack.workspace import Workspace

PINS_MOST = 100
BOOKMARKS_MOST = 100
EMOJI = re.compile(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?")


def _channel(call: Call, name: str = "channel") -> Channel:
    wanted = call.args.required(name, "channel_not_found")
    return call.workspace.member_channel(wanted, call.app, writing=True)


def _message(call: Call, channel: Channel) -> Message:
    return call.workspace.message(channel, call.args.required("timestamp", "no_item_specified"))


def add_pin(call: Call) -> Answer:
    channel = _channel(call)
    message = _message(call, channel)
    if message.pinned:
        raise SlackError("already_pinned")
    if len(channel.pins) >= PINS_MOST:
        raise SlackError("too_many_pins")
    message.pinned = True
    channel.pins.append({"ts": message.ts, "created": int(call.now), "created_by": call.bot})
    call.workspace.feed.say("pin_added", channel=channel.id, ts=message.ts, by=call.bot)
    return {}


def remove_pin(call: Call) -> Answer:
    channel = _channel(call)
    message = _message(call, channel)
    if not message.pinned:
        raise SlackError("no_pin")
    message.pinned = False
    channel.pins = [pin for pin in channel.pins if pin["ts"] != message.ts]
    call.workspace.feed.say("pin_removed", channel=channel.id, ts=message.ts, by=call.bot)
    return {}


def list_pins(call: Call) -> Answer:
    wanted = call.args.required("channel", "channel_not_found")
    channel = call.workspace.member_channel(wanted, call.app)
    return {"items": [_pin(call.workspace, channel, pin) for pin in channel.pins if pin["ts"] in channel.messages]}


def _pin(workspace: Workspace, channel: Channel, pin: dict[str, Any]) -> dict[str, Any]:
    message = channel.messages[pin["ts"]]
    wire = message.as_wire() | {"permalink": permalink(workspace, channel, message)}
    item = {"type": "message", "channel": channel.id, "message": wire}
    return item | {"created": pin["created"], "created_by": pin["created_by"]}


def add_bookmark(call: Call) -> Answer:
    channel = _channel(call, "channel_id")
    title = call.args.required("title")
    link = call.args.text("link")
    if call.args.required("type") != "link":
        raise SlackError("invalid_bookmark_type")
    if not re.match(r"https?://\S+\Z", link):
        raise SlackError("invalid_link")
    if len(title) > 255:
        raise invalid("must be less than 256 characters [json-pointer:/title]")
    if len(channel.bookmarks) >= BOOKMARKS_MOST:
        raise SlackError("too_many_bookmarks")
    bookmark = {
        "id": call.workspace.new_id("Bk"),
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": call.args.text("emoji"),
        "type": "link",
        "date_created": int(call.now),
        "app_id": call.app.app_id,
    }
    channel.bookmarks.append(bookmark)
    call.workspace.feed.say("bookmark_added", channel=channel.id, bookmark=bookmark)
    return {"bookmark": bookmark}


def edit_bookmark(call: Call) -> Answer:
    bookmark = _bookmark(call, _channel(call, "channel_id"))
    bookmark |= {name: call.args.text(name) for name in ("title", "link", "emoji") if call.args.has(name)}
    return {"bookmark": bookmark}


def remove_bookmark(call: Call) -> Answer:
    channel = _channel(call, "channel_id")
    channel.bookmarks.remove(_bookmark(call, channel))
    return {}


def _bookmark(call: Call, channel: Channel) -> dict[str, Any]:
    wanted = call.args.required("bookmark_id")
    for bookmark in channel.bookmarks:
        if bookmark["id"] == wanted:
            return bookmark
    raise SlackError("bookmark_not_found")


def list_bookmarks(call: Call) -> Answer:
    wanted = call.args.required("channel_id", "channel_not_found")
    return {"bookmarks": call.workspace.member_channel(wanted, call.app).bookmarks}


def add_reaction(call: Call) -> Answer:
    channel = _channel(call)
    message = _message(call, channel)
    name = _emoji(call)
    if call.bot in message.reactions.get(name, []):
        raise SlackError("already_reacted")
    react(call.workspace, channel, message, name, call.bot)
    return {}


def react(workspace: Workspace, channel: Channel, message: Message, name: str, user: str) -> None:
    message.reactions.setdefault(name, []).append(user)
    workspace.feed.say(
        "reaction_added", channel=channel.id, ts=message.ts, user=user, reaction=name, item_user=message.user
    )


def remove_reaction(call: Call) -> Answer:
    channel = _channel(call)
    message = _message(call, channel)
    name = _emoji(call)
    users = message.reactions.get(name, [])
    if call.bot not in users:
        raise SlackError("no_reaction")
    users.remove(call.bot)
    if not users:
        del message.reactions[name]
    call.workspace.feed.say("reaction_removed", channel=channel.id, ts=message.ts, user=call.bot, reaction=name)
    return {}


def _emoji(call: Call) -> str:
    name = call.args.text("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    return name


def get_reactions(call: Call) -> Answer:
    channel = call.workspace.member_channel(call.args.required("channel", "channel_not_found"), call.app)
    message = _message(call, channel)
    return {"type": "message", "channel": channel.id, "message": message.as_wire()}


METHODS = (
    Method("pins.add", add_pin, "pins:write", tier=2),
    Method("pins.remove", remove_pin, "pins:write", tier=2),
    Method("pins.list", list_pins, "pins:read", tier=2),
    Method("bookmarks.add", add_bookmark, "bookmarks:write", tier=2),
    Method("bookmarks.edit", edit_bookmark, "bookmarks:write", tier=2),
    Method("bookmarks.remove", remove_bookmark, "bookmarks:write", tier=2),
    Method("bookmarks.list", list_bookmarks, "bookmarks:read", tier=3),
    Method("reactions.add", add_reaction, "reactions:write", tier=3),
    Method("reactions.remove", remove_reaction, "reactions:write", tier=2),
    Method("reactions.get", get_reactions, "reactions:read", tier=3),
)
