"""A press of the doctor's own button: written down as a question of its own name, answered to whoever pressed."""

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, Respond

from bot.core.errors import BadInput, MidwatchError
from bot.services.reception import PROBE, Said
from bot.views import refusals
from handlers.approvals import person
from handlers.listener import Door, log

NAME = re.compile(r"[0-9a-f]{32}")


def probed(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """The probe's name makes it one question however often it is pressed."""
    try:
        door.reception.said(read(body))
    except MidwatchError as error:
        log.warning("probe not written down: %s", error)
        door.later.submit(respond, **refusals.not_written(error), response_type="ephemeral", replace_original=False)
    ack()


def read(body: Mapping[str, Any]) -> Said:
    try:
        name, channel = str(body["actions"][0]["value"]), body["channel"]["id"]
    except (KeyError, IndexError, TypeError) as error:
        raise BadInput(f"this press came without {error}") from error
    if not NAME.fullmatch(name):
        raise BadInput("this button is not one of the doctor's")
    return Said(person(body), PROBE, PROBE, channel, body.get("response_url", ""), name)
