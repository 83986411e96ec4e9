"""chat.*: posting, whispering, editing, deleting, linking."""

from bot.playground.slack.drafts import EDIT_TEXT, read_draft
from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.methods.direct import open_direct
from bot.playground.slack.model import Channel, Message
from bot.playground.slack.posting import Place, author_of, delete, edit, permalink, place_in, post, whisper
from bot.playground.slack.scopes import require


def post_message(call: Call) -> Answer:
    channel = _open_channel(call)
    draft = read_draft(call.args)
    _frown(call, draft.frowns, channel)
    message = post(call.workspace, author_of(call.app), _place(call, channel), draft)
    answer: Answer = {"channel": channel.id, "ts": message.ts, "message": message.as_wire(with_metadata=True)}
    return answer | _warning(draft.frowns)


def post_ephemeral(call: Call) -> Answer:
    channel = _open_channel(call)
    user = call.args.required("user", "user_not_found")
    if user not in call.workspace.users or user not in channel.members:
        raise SlackError("user_not_in_channel")
    draft = read_draft(call.args, EDIT_TEXT)
    _frown(call, draft.frowns, channel)
    message = whisper(call.workspace, author_of(call.app), _place(call, channel), user, draft)
    return {"message_ts": message.ts} | _warning(draft.frowns)


def update(call: Call) -> Answer:
    channel, message = _own_message(call, "cant_update_message")
    draft = read_draft(call.args, EDIT_TEXT)
    _frown(call, draft.frowns, channel)
    edit(call.workspace, message, draft, call.bot)
    answer: Answer = {"channel": channel.id, "ts": message.ts, "text": message.text}
    return answer | {"message": message.as_wire(with_metadata=True)} | _warning(draft.frowns)


def delete_message(call: Call) -> Answer:
    channel, message = _own_message(call, "cant_delete_message")
    delete(call.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Answer:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    message = call.workspace.message(channel, call.args.required("message_ts", "message_not_found"))
    return {"channel": channel.id, "permalink": permalink(call.workspace, channel, message)}


def _open_channel(call: Call) -> Channel:
    """The channel a bot may write to: its own, a public one with the right scope, or a person's direct messages."""
    if call.args.has("username") or call.args.has("icon_emoji") or call.args.has("icon_url"):
        require(call.app, ("chat:write.customize",))
    wanted = call.args.required("channel", "channel_not_found")
    if wanted in call.workspace.users:
        return open_direct(call.workspace, call.app, [wanted])
    found = call.workspace.find_channel(wanted)
    channel = call.workspace.visible_channel(found.id if found else wanted, call.app)
    if call.bot not in channel.members and "chat:write.public" not in call.app.scopes:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _place(call: Call, channel: Channel) -> Place:
    broadcast = call.args.flag("reply_broadcast")
    place = place_in(call.workspace, channel, call.args.text("thread_ts"), broadcast=broadcast)
    return Place(place.channel, place.thread_ts, place.broadcast, call.args.flag("link_names"))


def _own_message(call: Call, code: str) -> tuple[Channel, Message]:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    message = call.workspace.message(channel, call.args.required("ts", "message_not_found"))
    if message.subtype == "tombstone":
        raise SlackError("message_not_found")
    if message.bot_id != call.app.bot_id:
        raise SlackError(code)
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel, message


def _frown(call: Call, frowns: list[str], channel: Channel) -> None:
    for frown in frowns:
        call.violate(frown, channel=channel.id)


def _warning(frowns: list[str]) -> Answer:
    if "missing_text_in_message" not in frowns:
        return {}
    warning = "missing_text_in_message"
    return {"warning": warning, "response_metadata": {"warnings": [warning]}}


METHODS = (
    Method("chat.postMessage", post_message, "chat:write", tier=0),
    Method("chat.postEphemeral", post_ephemeral, "chat:write", tier=4),
    Method("chat.update", update, "chat:write", tier=3),
    Method("chat.delete", delete_message, "chat:write", tier=3),
    Method("chat.getPermalink", get_permalink, tier=0),
)
