"""The bodies Slack sends: commands, clicks, submits, events. Pure construction, field by field as documented."""

from dataclasses import dataclass
from typing import Any

from bot.playground.slack.model import Channel, Message, SlackApp, User
from bot.playground.slack.workspace import Workspace

VERIFICATION_TOKEN = "standin-verification-token"


State = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Press:
    """One use of one element: what it says it did, and what else stood filled in around it."""

    action: dict[str, Any]
    state: State


@dataclass(frozen=True)
class Sender:
    """One person acting towards one app, with the passes given for this act."""

    workspace: Workspace
    app: SlackApp
    user: User
    trigger_id: str

    def common(self) -> dict[str, Any]:
        team = self.workspace.team
        enterprise = {"id": team.enterprise_id, "name": team.name} if team.enterprise_id else None
        return {
            "api_app_id": self.app.app_id,
            "token": VERIFICATION_TOKEN,
            "team": {"id": team.id, "domain": team.domain},
            "enterprise": enterprise,
            "is_enterprise_install": False,
            "trigger_id": self.trigger_id,
            "user": {
                "id": self.user.id,
                "username": self.user.name,
                "name": self.user.name,
                "team_id": self.user.team_id,
            },
        }


def command(sender: Sender, channel: Channel, name: str, text: str, response_url: str) -> dict[str, Any]:
    team = sender.workspace.team
    named = {"im": "directmessage", "private": "privategroup", "mpim": "privategroup"}
    payload = {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": named.get(channel.kind, channel.name),
        "user_id": sender.user.id,
        "user_name": sender.user.name,
        "command": name,
        "text": text,
        "api_app_id": sender.app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": sender.trigger_id,
    }
    return payload | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


def message_action(
    sender: Sender, channel: Channel, message: Message, press: Press, response_url: str
) -> dict[str, Any]:
    """A click in a message; an ephemeral message is not repeated in the payload, as Slack does not keep it."""
    hidden = message.ephemeral_to is not None
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": hidden}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = {"type": "block_actions", **sender.common(), "container": container}
    payload |= {"channel": {"id": channel.id, "name": _shown_name(channel)}, "state": {"values": press.state}}
    payload |= {"response_url": response_url, "actions": [press.action]}
    return payload if hidden else payload | {"message": message.as_wire(with_metadata=True)}


def _shown_name(channel: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def view_action(sender: Sender, view: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
    container = {"type": "view", "view_id": view["id"]}
    return {"type": "block_actions", **sender.common(), "container": container, "view": view, "actions": [action]}


def submission(sender: Sender, view: dict[str, Any]) -> dict[str, Any]:
    return {"type": "view_submission", **sender.common(), "view": view, "response_urls": []}


def closing(sender: Sender, view: dict[str, Any], *, cleared: bool) -> dict[str, Any]:
    found = {"type": "view_closed", **sender.common(), "view": view, "is_cleared": cleared}
    del found["trigger_id"]
    return found


def event(workspace: Workspace, app: SlackApp, body: dict[str, Any], now: float) -> dict[str, Any]:
    """The Events API's wrapping of one event."""
    channel = workspace.channels.get(str(body.get("channel", "")))
    authorization: dict[str, Any] = {"enterprise_id": workspace.team.enterprise_id, "team_id": workspace.team.id}
    authorization |= {"user_id": app.bot_user_id, "is_bot": True, "is_enterprise_install": False}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team.id,
        "context_team_id": workspace.team.id,
        "context_enterprise_id": workspace.team.enterprise_id,
        "api_app_id": app.app_id,
        "event": body,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(now),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        "event_context": workspace.new_secret(),
    }
