"""Putting a message into the workspace, changing it, taking it away; and who is called by it.

It assumes the draft was checked and the writer allowed. Only a new message notifies anybody: edits never do.
"""

from dataclasses import dataclass
from typing import Any

from bot.playground.slack.drafts import Draft
from bot.playground.slack.errors import SlackError
from bot.playground.slack.mentions import Directory, calls_in
from bot.playground.slack.model import Channel, Message, SlackApp
from bot.playground.slack.pictures import check_pictures
from bot.playground.slack.workspace import Workspace


@dataclass(frozen=True)
class Author:
    user: str
    bot_id: str | None = None
    app_id: str | None = None


def author_of(app: SlackApp) -> Author:
    return Author(app.bot_user_id, app.bot_id, app.app_id)


@dataclass(frozen=True)
class Place:
    channel: Channel
    thread_ts: str | None = None
    broadcast: bool = False
    link_names: bool = False


def place_in(workspace: Workspace, channel: Channel, thread_ts: str, *, broadcast: bool = False) -> Place:
    """A place in a channel or one of its threads; a reply can only be made to a message that stands in the channel."""
    if not thread_ts:
        return Place(channel)
    parent = workspace.message(channel, thread_ts, "thread_not_found")
    if parent.thread_ts not in (None, parent.ts):
        raise SlackError("cannot_reply_to_message")
    return Place(channel, thread_ts, broadcast)


def post(workspace: Workspace, author: Author, place: Place, draft: Draft, **extra: Any) -> Message:
    """Store a new message and notify those it calls; ``extra`` are further fields of `Message`."""
    _check(workspace, draft)
    ts = workspace.clock.stamp()
    message = Message(
        ts,
        place.channel.id,
        author.user,
        draft.text,
        blocks=list(draft.blocks or []),
        thread_ts=place.thread_ts,
        broadcast=place.broadcast,
        bot_id=author.bot_id,
        app_id=author.app_id,
        metadata=draft.metadata or None,
        **extra,
    )
    place.channel.messages[ts] = message
    _join_thread(place, message)
    workspace.feed.say("message_posted", channel=place.channel.id, message=message.as_wire(with_metadata=True))
    if message.subtype is None:
        _notify(workspace, place, message)
    return message


def _check(workspace: Workspace, draft: Draft) -> None:
    looked_at = workspace.clock.now() - workspace.settings.file_ready_s
    check_pictures(workspace.files, draft.blocks or [], looked_at)


def _join_thread(place: Place, message: Message) -> None:
    if place.thread_ts:
        parent = place.channel.messages[place.thread_ts]
        parent.reply_ts.append(message.ts)
        parent.reply_users.append(message.user)


def _notify(workspace: Workspace, place: Place, message: Message) -> None:
    known = Directory(workspace.users, workspace.usergroups)
    calls = calls_in(message, place.channel, known, link_names=place.link_names)
    how = {call.user: call.how for call in calls}
    if place.channel.is_direct:
        how = {user: "dm" for user in place.channel.members if user != message.user} | how
    if place.thread_ts:
        parent = place.channel.messages[place.thread_ts]
        followers = {parent.user, *parent.reply_users} - {message.user}
        how = dict.fromkeys(followers, "thread") | how
    for user, manner in how.items():
        if user in workspace.users and not workspace.users[user].is_bot:
            _note_notification(workspace, place.channel, message, user, manner)


def _note_notification(workspace: Workspace, channel: Channel, message: Message, user: str, how: str) -> None:
    notification = {
        "user": user,
        "channel": channel.id,
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "how": how,
        "text": message.text,
        # Slack tells nobody who is not in the channel, whatever the message calls them.
        "delivered": user in channel.members,
    }
    workspace.notifications.append(notification)
    workspace.feed.say("notification", **notification)


def edit(workspace: Workspace, message: Message, draft: Draft, by: str) -> None:
    """Replace what the message says: text without blocks takes the blocks away, as in Slack."""
    _check(workspace, draft)
    before = message.as_wire()
    message.text = draft.text
    message.blocks = list(draft.blocks or [])
    if draft.metadata is not None:
        message.metadata = draft.metadata or None
    message.edited = {"user": by, "ts": workspace.clock.stamp()}
    workspace.feed.say(
        "message_changed",
        channel=message.channel,
        message=message.as_wire(with_metadata=True),
        previous_message=before,
    )


def delete(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Take a message away; one with replies leaves a stone so that the thread still has a head."""
    before = message.as_wire()
    if message.reply_ts:
        message.text, message.blocks, message.subtype = "This message was deleted.", [], "tombstone"
    else:
        del channel.messages[message.ts]
        _leave_thread(channel, message)
    workspace.feed.say("message_deleted", channel=channel.id, deleted_ts=message.ts, previous_message=before)


def _leave_thread(channel: Channel, message: Message) -> None:
    parent = channel.messages.get(message.thread_ts or "")
    if parent is not None:
        place = parent.reply_ts.index(message.ts)
        del parent.reply_ts[place], parent.reply_users[place]


def whisper(workspace: Workspace, author: Author, place: Place, user: str, draft: Draft) -> Message:
    """Show a message to one person only; it is nowhere in the channel's history and chat.update cannot find it."""
    _check(workspace, draft)
    ts = workspace.clock.stamp()
    message = Message(ts, place.channel.id, author.user, draft.text, blocks=list(draft.blocks or []))
    message.thread_ts = place.thread_ts
    message.bot_id, message.app_id, message.ephemeral_to = author.bot_id, author.app_id, user
    workspace.ephemerals.append(message)
    workspace.feed.say("ephemeral_posted", channel=place.channel.id, user=user, message=message.as_wire())
    return message


def tell(workspace: Workspace, channel: Channel, user: str, text: str) -> None:
    """What Slack itself says to a person, such as that an app did not answer in time."""
    whisper(workspace, Author("USLACKBOT"), Place(channel), user, Draft(text, None))


def permalink(workspace: Workspace, channel: Channel, message: Message) -> str:
    address = f"{workspace.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        return f"{address}?thread_ts={message.thread_ts}&cid={channel.id}"
    return address
