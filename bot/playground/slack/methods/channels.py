"""conversations.*: creating, naming, finding, listing, closing channels."""

from bot.playground.slack.drafts import Draft
from bot.playground.slack.errors import SlackError
from bot.playground.slack.limits.names import why_bad_name
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.methods.direct import open_direct
from bot.playground.slack.methods.pages import page
from bot.playground.slack.model import Channel, ChannelKind
from bot.playground.slack.posting import Author, Place, post
from bot.playground.slack.scopes import needed

TOPIC_MOST = 250
KIND_OF_TYPE: dict[str, ChannelKind] = {
    "public_channel": "public",
    "private_channel": "private",
    "im": "im",
    "mpim": "mpim",
}


def create(call: Call) -> Answer:
    name = call.args.text("name").removeprefix("#")
    reason = why_bad_name(name)
    if reason:
        raise SlackError(reason)
    if any(channel.name == name for channel in call.workspace.channels.values() if not channel.is_direct):
        raise SlackError("name_taken")
    kind: ChannelKind = "private" if call.args.flag("is_private") else "public"
    channel = Channel(call.workspace.new_id("C"), name, kind, call.bot, int(call.now), [call.bot])
    call.workspace.channels[channel.id] = channel
    call.workspace.feed.say("channel_created", channel=channel.id, name=name, by=call.bot, is_private=kind == "private")
    return {"channel": channel.as_wire(seen_by=call.bot)}


def info(call: Call) -> Answer:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    return {"channel": channel.as_wire(seen_by=call.bot)}


def list_channels(call: Call) -> Answer:
    types = call.args.names("types") or ["public_channel"]
    if unknown := set(types) - set(KIND_OF_TYPE):
        raise SlackError("invalid_types", messages=(f"unknown types: {', '.join(sorted(unknown))}",))
    kinds = {KIND_OF_TYPE[name] for name in types}
    _require_every(call, kinds)
    found = [
        channel for channel in call.workspace.channels.values() if channel.kind in kinds and _may_list(call, channel)
    ]
    chosen, following = page(found, call.args, default=100, most=1000)
    return {"channels": [c.as_wire(seen_by=call.bot) for c in chosen], "response_metadata": following}


def _require_every(call: Call, kinds: set[ChannelKind]) -> None:
    missing = [scope for kind in sorted(kinds) for scope in needed("read", kind) if scope not in call.app.scopes]
    if missing:
        raise SlackError("missing_scope", needed=",".join(missing), provided=",".join(call.app.scopes))


def _may_list(call: Call, channel: Channel) -> bool:
    if channel.is_archived and call.args.flag("exclude_archived"):
        return False
    return channel.kind == "public" or call.bot in channel.members


def set_topic(call: Call) -> Answer:
    channel = _writable(call)
    topic = call.args.text("topic")
    if len(topic) > TOPIC_MOST:
        raise SlackError("too_long")
    channel.topic = {"value": topic, "creator": call.bot, "last_set": int(call.now)}
    call.workspace.feed.say("topic_set", channel=channel.id, topic=topic, by=call.bot)
    _announce(call, channel, "channel_topic", f"set the channel topic: {topic}")
    return {"channel": channel.as_wire(seen_by=call.bot), "topic": topic}


def set_purpose(call: Call) -> Answer:
    channel = _writable(call)
    purpose = call.args.text("purpose")
    if len(purpose) > TOPIC_MOST:
        raise SlackError("too_long")
    channel.purpose = {"value": purpose, "creator": call.bot, "last_set": int(call.now)}
    call.workspace.feed.say("purpose_set", channel=channel.id, purpose=purpose, by=call.bot)
    _announce(call, channel, "channel_purpose", f"set the channel description: {purpose}")
    return {"channel": channel.as_wire(seen_by=call.bot), "purpose": purpose}


def _announce(call: Call, channel: Channel, subtype: str, text: str) -> None:
    """Slack leaves a line in the channel for each of these."""
    post(call.workspace, Author(call.bot), Place(channel), Draft(text, None), subtype=subtype)


def _writable(call: Call) -> Channel:
    wanted = call.args.required("channel", "channel_not_found")
    return call.workspace.member_channel(wanted, call.app, writing=True)


def archive(call: Call) -> Answer:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if call.bot not in channel.members:
        raise SlackError("not_in_channel")
    channel.is_archived = True
    call.workspace.feed.say("channel_archived", channel=channel.id, by=call.bot)
    return {}


def rename(call: Call) -> Answer:
    channel = _writable(call)
    name = call.args.text("name").removeprefix("#")
    reason = why_bad_name(name)
    if reason:
        raise SlackError(reason)
    if any(other.name == name for other in call.workspace.channels.values() if other is not channel):
        raise SlackError("name_taken")
    channel.name = name
    call.workspace.feed.say("channel_renamed", channel=channel.id, name=name, by=call.bot)
    return {"channel": channel.as_wire(seen_by=call.bot)}


def open_conversation(call: Call) -> Answer:
    if call.args.has("channel"):
        channel = call.workspace.visible_channel(call.args.text("channel"), call.app)
        return {"channel": {"id": channel.id}}
    people = call.args.names("users")
    if not people:
        raise SlackError("users_list_not_supplied")
    if len(people) > 8:
        raise SlackError("too_many_users")
    before = set(call.workspace.channels)
    channel = open_direct(call.workspace, call.app, people)
    found = channel.as_wire(seen_by=call.bot) if call.args.flag("return_im") else {"id": channel.id}
    known = channel.id in before
    return {"channel": found} | ({"no_op": True, "already_open": True} if known else {})


METHODS = (
    Method("conversations.create", create, "manage", tier=2),
    Method("conversations.info", info, "read", tier=3),
    Method("conversations.list", list_channels, tier=2),
    Method("conversations.setTopic", set_topic, "topic", tier=2),
    Method("conversations.setPurpose", set_purpose, "topic", tier=2),
    Method("conversations.archive", archive, "manage", tier=2),
    Method("conversations.rename", rename, "manage", tier=2),
    Method("conversations.open", open_conversation, "open", tier=3),
)
