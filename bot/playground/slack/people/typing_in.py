"""What a person's keystrokes become on the wire: escaped, with names resolved to ids, as Slack's own window does it."""

import re

from bot.playground.slack.workspace import Workspace

TOKEN = re.compile(r"(<[@#!][^<>]+>)")
PERSON = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
CHANNEL = re.compile(r"(?<![\w#&])#([a-z0-9][a-z0-9_-]*)")


def as_typed(workspace: Workspace, text: str, *, with_names: bool = False) -> str:
    """``with_names`` adds ``|name`` to ids, as commands with escaping on have it. Ids given as markup stay."""
    pieces = TOKEN.split(text)
    return "".join(
        piece if TOKEN.fullmatch(piece) else _resolve(workspace, _escape(piece), with_names=with_names)
        for piece in pieces
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _resolve(workspace: Workspace, text: str, *, with_names: bool) -> str:
    people = {user.name.lower(): f"@{user.id}|{user.name}" for user in workspace.users.values()}
    people |= {g.handle.lower(): f"!subteam^{g.id}|@{g.handle}" for g in workspace.usergroups.values()}
    people |= {word: f"!{word}|{word}" for word in ("here", "channel", "everyone")}
    channels = {c.name: f"#{c.id}|{c.name}" for c in workspace.channels.values() if not c.is_direct}

    def link(known: dict[str, str], found: re.Match[str]) -> str:
        target = known.get(found[1].lower())
        if target is None:
            return found[0]
        return f"<{target if with_names else target.partition('|')[0]}>"

    text = PERSON.sub(lambda found: link(people, found), text)
    return CHANNEL.sub(lambda found: link(channels, found), text)
