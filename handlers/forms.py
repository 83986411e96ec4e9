"""Presses and commands that open a form, and the forms when they come back filled in.

The acknowledgement goes out first, the form after it and within Slack's three seconds. Opening one decides nothing;
submitting one is a press like any other: checked within the acknowledgement, written down once, judged later.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, Respond

from bot.core.commands import LONGEST_TITLE, AskForIncident, OpenIncident, parse
from bot.core.errors import BadInput, MidwatchError
from bot.services.reception import Pressed, Said
from bot.views import forms, refusals
from bot.views.ids import ActionId, FormId
from handlers.approvals import not_taken, person, read
from handlers.listener import Door, Listener, log

NOT_WRITTEN = "Not taken: Midwatch could not write this down. Try again in a few seconds."


# --- a reason for a decision


def reason_asked(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """Open the form for somebody who may decide; anybody else's press is written down, and answered like any press."""
    try:
        press = read(body)
        asked = door.offering.look(press)
        if asked.why is not None:
            door.reception.pressed(press)
            ack()
            return
    except MidwatchError as error:
        not_taken(error, respond, door)
        ack()
        return
    ack()
    typed = press.action == ActionId.APPROVE_TYPED
    pack = _pack(press, asked.target)
    view = (
        forms.typed_form(asked.target, pack) if typed else forms.reason_form(ActionId(press.action), asked.target, pack)
    )
    door.later.submit(show, body.get("trigger_id", ""), view, respond, door)


def denied(body: Mapping[str, Any], ack: Ack, respond: Respond, door: Door) -> None:
    """A denial stands with its press, so that nobody approves while a reason is typed; the form only asks why."""
    try:
        press = read(body)
        door.reception.pressed(press)
    except MidwatchError as error:
        not_taken(error, respond, door)
    else:
        door.later.submit(_ask_why, press, body.get("trigger_id", ""), respond, door)
    ack()


def _ask_why(press: Pressed, trigger: str, respond: Respond, door: Door) -> None:
    """Ask whoever may deny, and nobody else: theirs is answered as any press is."""
    try:
        asked = door.offering.look(press, before_ack=False)
    except MidwatchError as error:
        log.warning("nobody was asked why: %s", error)
        return
    if asked.why is None:
        show(trigger, forms.reason_form(ActionId.DENY, asked.target, _pack(press, asked.target)), respond, door)


def reason_given(action: ActionId, needed: str = "") -> Listener:
    """The listener for a submitted reason; ``needed`` is what an empty one is told; "": it may be empty."""

    def submitted(body: Mapping[str, Any], ack: Ack, _: Respond, door: Door) -> None:
        words = _text(body, forms.REASON)
        if needed and not words:
            ack(response_action="errors", errors={forms.REASON: needed})
            return
        if not words:
            ack()
            return
        try:
            door.reception.pressed(_unpacked(body, action, words))
        except MidwatchError as error:
            log.warning("a form was not written down: %s", error)
            ack(response_action="errors", errors={forms.REASON: NOT_WRITTEN})
            return
        ack()

    return submitted


def name_typed(body: Mapping[str, Any], ack: Ack, _: Respond, door: Door) -> None:
    """An approval whose target was typed. A wrong name stays in the form; the right one is judged like any press."""
    try:
        press = _unpacked(body, ActionId.APPROVE, "")
        name = json.loads(body["view"]["private_metadata"])[4].rpartition("/")[2]
        if _text(body, forms.NAME) != name:
            ack(response_action="errors", errors={forms.NAME: "That is not its name. Nothing was approved."})
            return
        door.reception.pressed(replace(press, choice=name))
    except MidwatchError as error:
        log.warning("a form was not written down: %s", error)
        ack(response_action="errors", errors={forms.NAME: NOT_WRITTEN})
        return
    ack()


def _pack(press: Pressed, target: str) -> str:
    return json.dumps([press.approval, press.channel, press.message_ts, press.response_url, target])


def _unpacked(body: Mapping[str, Any], action: ActionId, words: str) -> Pressed:
    """A submitted form as the press it stands for: a form is submitted once, so its id names the press."""
    try:
        approval, channel, message_ts, url, *_ = json.loads(body["view"]["private_metadata"])
        return Pressed(person(body), approval, action, channel, message_ts, body["view"]["id"], url, None, words)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"this form came without {error}") from error


# --- a new incident


def incident_asked(body: Mapping[str, Any], asked: AskForIncident, respond: Respond, door: Door) -> None:
    """Open the form for a new incident; the command was acknowledged already."""
    pack = json.dumps([body["channel_id"], body.get("response_url", "")])
    door.later.submit(show, body.get("trigger_id", ""), forms.incident_form(asked, pack), respond, door)


def incident_given(body: Mapping[str, Any], ack: Ack, _: Respond, door: Door) -> None:
    """What `/ops incident` with a title does, from a form."""
    title = " ".join(_text(body, forms.TITLE).split())
    service = _text(body, forms.SERVICE)
    if wrong := _wrong(title, service):
        ack(response_action="errors", errors=wrong)
        return
    try:
        channel, url = json.loads(body["view"]["private_metadata"])
        text = f"incident {title}" + (f" service:{service}" if service else "")
        text += f" severity:{_severity(body)}"
        if not isinstance(parse(text), OpenIncident):
            raise BadInput("Say in a few words what is wrong, not only where and how bad.")
        door.reception.said(Said(person(body), "incident", text, channel, url, body["view"]["id"]))
    except BadInput as error:
        ack(response_action="errors", errors={forms.TITLE: str(error)[:150]})
    except MidwatchError as error:
        log.warning("a new incident was not written down: %s", error)
        ack(response_action="errors", errors={forms.TITLE: NOT_WRITTEN})
    else:
        ack()


def _wrong(title: str, service: str) -> dict[str, str]:
    wrong = {}
    if not title:
        wrong[forms.TITLE] = "Say in a few words what is wrong."
    if len(title) > LONGEST_TITLE:
        wrong[forms.TITLE] = f"At most {LONGEST_TITLE} characters; put the rest in the channel."
    if len(service.split()) > 1:
        wrong[forms.SERVICE] = "The name of one service, as your alerts label it."
    return wrong


# --- both


def show(trigger: str, view: Mapping[str, Any], respond: Respond, door: Door) -> None:
    """Open a form; where Slack does not, tell the person alone what to do instead."""
    try:
        door.open_form(trigger, view)
    except MidwatchError as error:
        log.warning("a form was not opened: %s", error)
        message = refusals.form_not_opened(FormId(view["callback_id"]))
        respond(**message, response_type="ephemeral", replace_original=False)


def _text(body: Mapping[str, Any], block: str) -> str:
    return str(_field(body, block).get("value") or "").strip()


def _severity(body: Mapping[str, Any]) -> str:
    return str((_field(body, forms.SEVERITY).get("selected_option") or {}).get("value") or "sev2")


def _field(body: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    values = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    found: Mapping[str, Any] = (values.get(block) or {}).get(block) or {}
    return found
