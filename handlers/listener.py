"""What a listener is given, and how the tables of `routes.py` become a Bolt app. No decorator runs at import."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App, Respond

from bot.services.reception import Reception

log = logging.getLogger("midwatch.slack")


@dataclass(frozen=True)
class Door:
    """What listeners may use: the reception, and an executor for words that must not delay an acknowledgement."""

    reception: Reception
    later: Executor


Listener = Callable[[Mapping[str, Any], Ack, Respond, Door], None]


def install(app: App, commands: Mapping[str, Listener], actions: Mapping[Any, Listener], door: Door) -> None:
    """Give every row of the tables to Bolt."""
    for command, listener in commands.items():
        app.command(command)(_bound(listener, door))
    for action, listener in actions.items():
        app.action(str(action))(_bound(listener, door))


def _bound(listener: Listener, door: Door) -> Callable[..., None]:
    def listen(body: dict[str, Any], ack: Ack, respond: Respond) -> None:  # Bolt injects by these names
        listener(body, ack, respond, door)

    return listen
