"""What an app answers to a command or click, by acknowledgement or response_url, and what that does in the workspace.

An answer to a click that says neither where it goes nor what it replaces is noted: Slack replaces the original then,
which takes an approval's buttons away.
"""

from typing import Any

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.drafts import Draft, read_draft
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import Channel, Message, SlackApp
from bot.playground.slack.posting import Place, author_of, delete, edit, post, whisper
from bot.playground.slack.response_urls import ResponseUrl
from bot.playground.slack.workspace import Workspace


def show_answer(workspace: Workspace, app: SlackApp, where: ResponseUrl, given: dict[str, Any]) -> Message | None:
    """Carry out one answer; returns the message it left behind."""
    args = Arguments(given)
    channel = workspace.channels[where.channel]
    original = _original(workspace, channel, where)
    if args.flag("delete_original"):
        _take_away(workspace, channel, original)
        return None
    draft = read_draft(args)
    for frown in draft.frowns:
        workspace.note_violation(frown, app.app_id, method="response_url")
    if original is not None and _replaces(workspace, app, args):
        _replace(workspace, app, original, draft)
        return original
    return _new_message(workspace, app, where, args, draft)


def _original(workspace: Workspace, channel: Channel, where: ResponseUrl) -> Message | None:
    if where.message_ts is None:
        return None
    hidden = (m for m in workspace.ephemerals if m.ts == where.message_ts)
    return channel.messages.get(where.message_ts) or next(hidden, None)


def _replaces(workspace: Workspace, app: SlackApp, args: Arguments) -> bool:
    if args.has("replace_original"):
        return args.flag("replace_original")
    if args.has("response_type"):
        return False
    workspace.note_violation("response_url_ambiguous", app.app_id, method="response_url")
    return True


def _replace(workspace: Workspace, app: SlackApp, original: Message, draft: Draft) -> None:
    if original.ephemeral_to is None:
        edit(workspace, original, draft, app.bot_user_id)
        return
    original.text, original.blocks = draft.text, list(draft.blocks or [])
    workspace.feed.say(
        "ephemeral_changed", channel=original.channel, user=original.ephemeral_to, message=original.as_wire()
    )


def _take_away(workspace: Workspace, channel: Channel, original: Message | None) -> None:
    if original is None:
        raise SlackError("message_not_found")
    if original.ephemeral_to is None:
        delete(workspace, channel, original)
        return
    workspace.ephemerals.remove(original)
    workspace.feed.say("ephemeral_deleted", channel=channel.id, user=original.ephemeral_to, ts=original.ts)


def _new_message(workspace: Workspace, app: SlackApp, where: ResponseUrl, args: Arguments, draft: Draft) -> Message:
    channel = workspace.channels[where.channel]
    place = Place(channel, args.text("thread_ts") or where.thread_ts)
    if place.thread_ts and place.thread_ts not in channel.messages:
        raise SlackError("thread_not_found")
    match args.text("response_type", "ephemeral"):
        case "in_channel":
            return post(workspace, author_of(app), place, draft)
        case "ephemeral":
            return whisper(workspace, author_of(app), place, where.user, draft)
        case _:
            raise SlackError("invalid_response_type")
