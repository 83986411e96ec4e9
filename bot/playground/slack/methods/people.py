"""users.* and usergroups.*: who there is."""

from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.methods.pages import page


def user_info(call: Call) -> Answer:
    user = call.workspace.user(call.args.required("user", "user_not_found"))
    return {"user": _wire(call, user.id)}


def list_users(call: Call) -> Answer:
    everyone = [user.id for user in call.workspace.users.values()]
    chosen, following = page(everyone, call.args, default=len(everyone) or 1, most=1000)
    return {"members": [_wire(call, user) for user in chosen], "response_metadata": following}


def lookup_by_email(call: Call) -> Answer:
    email = call.args.required("email", "users_not_found").lower()
    for user in call.workspace.users.values():
        if user.email and user.email.lower() == email and not user.deleted:
            return {"user": _wire(call, user.id)}
    raise SlackError("users_not_found")


def _wire(call: Call, user_id: str) -> Answer:
    """A person's address is told only to apps that may read addresses."""
    wire = call.workspace.users[user_id].as_wire()
    if "users:read.email" not in call.app.scopes:
        wire["profile"].pop("email")
    return wire


def list_usergroups(call: Call) -> Answer:
    with_users = call.args.flag("include_users")
    return {"usergroups": [group.as_wire(with_users=with_users) for group in call.workspace.usergroups.values()]}


def list_usergroup_users(call: Call) -> Answer:
    group = call.workspace.usergroup(call.args.required("usergroup", "no_such_subteam"))
    return {"users": list(group.users)}


METHODS = (
    Method("users.info", user_info, "users:read", tier=4),
    Method("users.list", list_users, "users:read", tier=2),
    Method("users.lookupByEmail", lookup_by_email, "users:read.email", tier=3),
    Method("usergroups.list", list_usergroups, "usergroups:read", tier=2),
    Method("usergroups.users.list", list_usergroup_users, "usergroups:read", tier=2),
)
