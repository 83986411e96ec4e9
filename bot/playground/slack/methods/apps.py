"""auth.test, api.test and apps.connections.open: who am I, are you there, where is my socket."""

from bot.playground.slack.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method


def auth_test(call: Call) -> Answer:
    team = call.workspace.team
    answer: Answer = {"url": f"{call.workspace.base_url}/", "team": team.name, "team_id": team.id}
    answer |= {"user": call.workspace.users[call.bot].name, "user_id": call.bot, "bot_id": call.app.bot_id}
    answer |= {"app_id": call.app.app_id, "is_enterprise_install": False}
    return answer | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


def api_test(args: Arguments) -> Answer:
    """The one method that needs no token."""
    if args.has("error"):
        return {"ok": False, "error": args.text("error"), "args": args.given}
    return {"ok": True, "args": args.given}


def open_connection(call: Call) -> Answer:
    if call.app.mode != "socket":
        raise SlackError("socket_mode_not_enabled")
    ticket = call.workspace.new_secret()
    call.workspace.tickets[ticket] = call.app.app_id
    address = call.workspace.base_url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.app.app_id}"}


METHODS = (
    Method("auth.test", auth_test, tier=0),
    Method("apps.connections.open", open_connection, tier=0, app_token=True),
)
