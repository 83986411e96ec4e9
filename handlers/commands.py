"""`/ops …`: understood at once or refused at once; what needs looking is written down first and answered after."""

from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, Respond

from bot.core.commands import (
    AskForIncident,
    Command,
    Do,
    Explain,
    Freeze,
    Help,
    OpenIncident,
    Status,
    Unfreeze,
    parse,
)
from bot.core.errors import BadInput, MidwatchError
from bot.core.wanted import read_wanted
from bot.services.reception import Person, Said
from bot.views import help as help_view
from bot.views import refusals
from bot.views.answers import answer_message
from handlers import forms
from handlers.approvals import not_taken, read
from handlers.listener import Door, log

NAMES = {
    Status: "status",
    OpenIncident: "incident",
    Explain: "explain",
    Do: "do",
    Freeze: "freeze",
    Unfreeze: "unfreeze",
    Help: "help",
}


def as_typed(text: str) -> str:
    """What the person typed: Slack escapes three characters of a command, and our views escape again."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def understood(text: str, door: Door) -> Command:
    """The command. Raises `BadInput` saying what can be asked, a change's own words included."""
    command = parse(text)
    if isinstance(command, Do):
        read_wanted(command.words, door.changes)
    return command


def ops(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """Parse, write down, acknowledge; a mistake in the words is answered in the acknowledgement itself."""
    try:
        text = as_typed(body.get("text") or "")
        command = understood(text, door)
        if isinstance(command, Help):
            ack(**help_view.help_message(door.house, body["user_id"]))
            return
        if isinstance(command, Do) and door.house.mode == "observe":
            ack(**answer_message({"kind": "not_requested", "why": "mode_observe"}))
            return
        if isinstance(command, AskForIncident):
            ack()
            forms.incident_asked(body, command, respond, door)
            return
        door.reception.said(
            Said(
                who=Person(body["user_id"], body["team_id"]),
                command=NAMES[type(command)],
                text=text,
                channel=body["channel_id"],
                response_url=body.get("response_url", ""),
                trigger=body["trigger_id"],
            )
        )
    except BadInput as error:
        ack(**refusals.bad_command(error))
        return
    except MidwatchError as error:
        log.warning("command not written down: %s", error)
        ack(**refusals.not_written(error))
        return
    ack()


def opened(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """Open Incident, pressed beside an alert of a status: which alert it was is looked up in that answer, later."""
    try:
        press = read(body)
        door.reception.said(
            Said(press.who, "open_seen", press.approval, press.channel, press.response_url, trigger=press.id)
        )
    except MidwatchError as error:
        not_taken(error, respond, door)
    ack()
