"""A press in any message: one durable append, then the acknowledgement. Judged later, by the reconciler."""

from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, Respond

from bot.core.errors import BadInput, MidwatchError
from bot.services.reception import OUTDATED, Person, Pressed, Said
from bot.views import refusals
from handlers.listener import Door, log


def pressed(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """Write the click down. When that fails, say so to the person: nothing was done."""
    try:
        door.reception.pressed(read(body))
    except MidwatchError as error:
        not_taken(error, respond, door)
    ack()


def outdated(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """A button that no release of today draws: nothing is looked up by it, and the person is told so."""
    try:
        press = read(body)
        door.reception.said(Said(press.who, OUTDATED, press.action, press.channel, press.response_url, press.id))
    except BadInput as error:  # in a modal or on a page of its own, where nobody can be answered
        log.warning("an unknown button was pressed: %s", error)
    except MidwatchError as error:
        not_taken(error, respond, door)
    ack()


def not_taken(error: MidwatchError, respond: Respond, door: Door) -> None:
    """Tell the person alone, after the acknowledgement, that their press was not written down."""
    log.warning("click not written down: %s", error)
    door.later.submit(respond, **refusals.not_written(error), response_type="ephemeral", replace_original=False)


def read(body: Mapping[str, Any]) -> Pressed:
    """A block_actions payload; raises `BadInput` where a part is missing."""
    try:
        action = body["actions"][0]
        return Pressed(
            who=person(body),
            approval=action.get("value") or subject_of(action.get("block_id") or ""),
            action=action["action_id"],
            channel=body["channel"]["id"],
            message_ts=body["container"]["message_ts"],
            action_ts=action["action_ts"],
            response_url=body.get("response_url", ""),
            choice=chosen(action),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise BadInput(f"this click came without {error}") from error


def subject_of(block_id: str) -> str:
    """A menu carries no value: its row's id begins with the id of what it is about."""
    return block_id.partition(":")[0] or "none"


def chosen(action: Mapping[str, Any]) -> str | None:
    """What was chosen from a menu: an option's value, or a person."""
    option = action.get("selected_option") or {}
    return option.get("value") or action.get("selected_user") or None


def person(body: Mapping[str, Any]) -> Person:
    """Who clicked. The user's own team counts, not the one the app is in (Slack Connect)."""
    user = body["user"]
    team = user.get("team_id") or (body.get("team") or {}).get("id")
    if not team:
        raise BadInput("this click does not say which workspace it came from")
    return Person(user["id"], team)
