"""What a listener is given, and how the tables of `routes.py` become a Bolt app. No decorator runs at import."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App, Respond

from bot.core.tool import Spec
from bot.services.offering import Offering
from bot.services.reception import Reception
from bot.views.house import House

log = logging.getLogger("midwatch.slack")
ANYTHING = re.compile(r"[\s\S]*")


@dataclass(frozen=True)
class Door:
    """What listeners may use: the reception, and an executor for words that must not delay an acknowledgement.

    ``house`` and ``changes`` say what may be asked for here, so that a refusal is said at once.
    ``open_form`` shows a modal for a trigger; it raises a `MidwatchError` when Slack did not.
    """

    reception: Reception
    later: Executor
    offering: Offering
    open_form: Callable[[str, Mapping[str, Any]], None]
    house: House
    changes: Sequence[Spec] = ()


Listener = Callable[[Mapping[str, Any], Ack, Respond, Door], None]
Hearer = Callable[[Mapping[str, Any], Door], None]  # of an event: acknowledged when it returns, not when it raises


def install(
    app: App,
    commands: Mapping[str, Listener],
    actions: Mapping[Any, Listener],
    forms: Mapping[Any, Listener],
    door: Door,
    events: Mapping[str, Hearer] | None = None,
    unknown: Listener | None = None,
) -> None:
    """Give every row of the tables to Bolt; ``unknown`` hears the buttons that no row names."""
    for command, listener in commands.items():
        app.command(command)(_bound(listener, door))
    for action, listener in actions.items():
        app.action(str(action))(_bound(listener, door))
    if unknown is not None:  # after all others: Bolt asks in order
        app.action({"type": "block_actions", "action_id": ANYTHING})(_bound(unknown, door))
    for form, listener in forms.items():
        app.view(str(form))(_bound(listener, door))
    for event, hearer in (events or {}).items():
        app.event(event)(_hearing(hearer, door))


def _hearing(hearer: Hearer, door: Door) -> Callable[..., None]:
    def hear(body: dict[str, Any]) -> None:
        hearer(body, door)

    return hear


def _bound(listener: Listener, door: Door) -> Callable[..., None]:
    def listen(body: dict[str, Any], ack: Ack, respond: Respond) -> None:  # Bolt injects by these names
        listener(body, ack, respond, door)

    return listen
