"""conversations.*: who is in a channel, coming and going."""

from bot.playground.slack.arguments import invalid
from bot.playground.slack.drafts import Draft
from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.methods.pages import page
from bot.playground.slack.model import Channel
from bot.playground.slack.posting import Author, Place, post
from bot.playground.slack.workspace import Workspace

INVITE_MOST = 100


def invite(call: Call) -> Answer:
    channel = call.workspace.member_channel(call.args.required("channel", "channel_not_found"), call.app, writing=True)
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    people = call.args.names("users")
    if not people:
        raise SlackError("no_user")
    if len(people) > INVITE_MOST:
        raise SlackError("too_many_users", messages=(f"no more than {INVITE_MOST} users allowed",))
    refused = {person: why for person in people if (why := _why_not_invited(call, channel, person))}
    welcome = [person for person in people if person not in refused]
    if refused and not (call.args.flag("force") and welcome):
        _refuse(refused)
    for person in welcome:
        enter(call.workspace, channel, person, inviter=call.bot)
    answer: Answer = {"channel": channel.as_wire(seen_by=call.bot)}
    return answer | ({"errors": _refusals(refused)} if refused else {})


def _why_not_invited(call: Call, channel: Channel, person: str) -> str | None:
    user = call.workspace.users.get(person)
    if user is None or user.deleted:
        return "user_not_found"
    if person == call.bot:
        return "cant_invite_self"
    if person in channel.members:
        return "already_in_channel"
    if user.team_id != call.workspace.team.id and not channel.is_ext_shared:
        return "user_team_not_in_channel"
    return None


def _refuse(refused: dict[str, str]) -> None:
    raise SlackError(next(iter(refused.values())), errors=_refusals(refused))


def _refusals(refused: dict[str, str]) -> list[dict[str, object]]:
    return [{"user": person, "ok": False, "error": why} for person, why in refused.items()]


def enter(workspace: Workspace, channel: Channel, person: str, inviter: str | None = None) -> None:
    channel.members.append(person)
    extra = {"inviter": inviter} if inviter else {}
    workspace.feed.say("member_joined", channel=channel.id, user=person, **extra)
    line = Draft(f"<@{person}> has joined the channel", None)
    post(workspace, Author(person), Place(channel), line, subtype="channel_join")


def join(call: Call) -> Answer:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.bot in channel.members:
        warning = "already_in_channel"
        answer: Answer = {"channel": channel.as_wire(seen_by=call.bot), "warning": warning}
        return answer | {"response_metadata": {"warnings": [warning]}}
    enter(call.workspace, channel, call.bot)
    return {"channel": channel.as_wire(seen_by=call.bot)}


def leave(call: Call) -> Answer:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if call.bot not in channel.members:
        return {"not_in_channel": True}
    _go(call.workspace, channel, call.bot)
    return {}


def kick(call: Call) -> Answer:
    channel = call.workspace.member_channel(call.args.required("channel", "channel_not_found"), call.app, writing=True)
    person = call.args.required("user", "user_not_found")
    call.workspace.user(person)
    if person == call.bot:
        raise SlackError("cant_kick_self")
    if person not in channel.members:
        raise SlackError("not_in_channel")
    _go(call.workspace, channel, person)
    return {}


def _go(workspace: Workspace, channel: Channel, person: str) -> None:
    channel.members.remove(person)
    workspace.feed.say("member_left", channel=channel.id, user=person)


def members(call: Call) -> Answer:
    channel = call.workspace.visible_channel(call.args.required("channel", "channel_not_found"), call.app)
    if call.args.number("limit", 100) > 1000:
        raise invalid("no more than 1000 [json-pointer:/limit]")
    chosen, following = page(channel.members, call.args, default=100, most=1000)
    return {"members": chosen, "response_metadata": following}


METHODS = (
    Method("conversations.invite", invite, "invite", tier=3),
    Method("conversations.join", join, "join", tier=3),
    Method("conversations.leave", leave, "manage", tier=3),
    Method("conversations.kick", kick, "manage", tier=3),
    Method("conversations.members", members, "read", tier=4),
)
