"""Which scope lets an app call a method, where that depends on the kind of channel. Any one of those named will do."""

from collections.abc import Mapping

from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import ChannelKind, SlackApp

Scopes = tuple[str, ...]

BY_KIND: Mapping[str, Mapping[ChannelKind, Scopes]] = {
    "read": {
        "public": ("channels:read",),
        "private": ("groups:read",),
        "im": ("im:read",),
        "mpim": ("mpim:read",),
    },
    "history": {
        "public": ("channels:history",),
        "private": ("groups:history",),
        "im": ("im:history",),
        "mpim": ("mpim:history",),
    },
    "manage": {
        "public": ("channels:manage",),
        "private": ("groups:write",),
        "im": ("im:write",),
        "mpim": ("mpim:write",),
    },
    "invite": {
        "public": ("channels:manage", "channels:write.invites"),
        "private": ("groups:write", "groups:write.invites"),
    },
    "topic": {
        "public": ("channels:manage", "channels:write.topic"),
        "private": ("groups:write", "groups:write.topic"),
        "im": ("im:write", "im:write.topic"),
        "mpim": ("mpim:write", "mpim:write.topic"),
    },
    "join": {"public": ("channels:join",), "private": ("channels:join",)},
    "open": {"im": ("im:write",), "mpim": ("mpim:write",)},
}


def needed(rule: str, kind: ChannelKind) -> Scopes:
    """``""`` needs nothing, a rule of the table depends on the kind, anything else is the scope itself."""
    if not rule:
        return ()
    if rule in BY_KIND:
        return BY_KIND[rule].get(kind, ())
    return tuple(rule.split("|"))


def require(app: SlackApp, scopes: Scopes) -> None:
    if scopes and not set(scopes) & set(app.scopes):
        raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(app.scopes))
