"""Direct messages: the one place that opens a conversation between an app and some people."""

from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import Channel, ChannelKind, SlackApp
from bot.playground.slack.workspace import Workspace


def open_direct(workspace: Workspace, app: SlackApp, people: list[str]) -> Channel:
    for person in people:
        if workspace.user(person).deleted:
            raise SlackError("user_disabled")
        if person == app.bot_user_id:
            raise SlackError("cannot_dm_bot")
    members = [app.bot_user_id, *dict.fromkeys(people)]
    existing = workspace.direct_channel(members)
    return existing or _create(workspace, members)


def _create(workspace: Workspace, members: list[str]) -> Channel:
    kind: ChannelKind = "im" if len(members) == 2 else "mpim"
    names = "--".join(workspace.users[member].name for member in members)
    name = "" if kind == "im" else f"mpdm-{names}-1"
    prefix = "D" if kind == "im" else "G"
    channel = Channel(workspace.new_id(prefix), name, kind, members[0], int(workspace.clock.now()), members)
    workspace.channels[channel.id] = channel
    workspace.feed.say("channel_created", channel=channel.id, direct=True, members=members)
    return channel
