"""Who a message calls by name, read the way Slack reads its own markup.

Blocks are what is shown, so they count where there are any; `text` counts otherwise. Escaped markup calls nobody.
Markup inside code still counts: Slack resolves it there for messages sent by apps, and a strict reader finds more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.model import Channel, Message, User, Usergroup

USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
BROADCAST = re.compile(r"<!(channel|here|everyone)(?:\|[^>]*)?>")
LINKED_NAME = re.compile(r"(?<![\w@<!])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One person called: how, and by which group if by one."""

    user: str
    how: str


def markup(message: Message) -> Iterator[str]:
    if message.blocks:
        yield from _texts(message.blocks)
    else:
        yield message.text


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, dict):
        yield from _own_text(node)
        for key, value in node.items():
            if key != "text" or isinstance(value, dict):
                yield from _texts(value)


def _own_text(node: dict[str, Any]) -> Iterator[str]:
    match node:
        case {"type": "mrkdwn" | "markdown", "text": str(text)}:
            yield text
        case {"type": "user", "user_id": str(user_id)}:
            yield f"<@{user_id}>"
        case {"type": "usergroup", "usergroup_id": str(group_id)}:
            yield f"<!subteam^{group_id}>"
        case {"type": "broadcast", "range": str(span)}:
            yield f"<!{span}>"


@dataclass(frozen=True)
class Directory:
    """Who can be called in a workspace."""

    users: dict[str, User]
    groups: dict[str, Usergroup]


def calls_in(message: Message, channel: Channel, known: Directory, *, link_names: bool = False) -> list[Call]:
    """Everyone called, once each, the most personal way first; the author never calls himself."""
    found: dict[str, str] = {}
    for text in markup(message):
        linked = _link(text, known) if link_names else text
        for call in _calls(linked, channel, known):
            found.setdefault(call.user, call.how)
    found.pop(message.user, None)
    return [Call(user, how) for user, how in found.items()]


def _calls(text: str, channel: Channel, known: Directory) -> Iterator[Call]:
    for match in USER.finditer(text):
        if match[1] in known.users:
            yield Call(match[1], "mention")
    for match in GROUP.finditer(text):
        if match[1] in known.groups:
            yield from (Call(user, "usergroup") for user in known.groups[match[1]].users)
    for match in BROADCAST.finditer(text):
        yield from (Call(user, match[1]) for user in channel.members)


def _link(text: str, known: Directory) -> str:
    by_name = {user.name.lower(): f"<@{user.id}>" for user in known.users.values()}
    by_name |= {group.handle.lower(): f"<!subteam^{group.id}>" for group in known.groups.values()}
    by_name |= {name: f"<!{name}>" for name in ("channel", "here", "everyone")}
    return LINKED_NAME.sub(lambda found: by_name.get(found[1].lower(), found[0]), text)
