"""People at the cards of a playground: they find a button as a person does, by the message it is in, and press it."""

from typing import Any

from bot.core.incident import Incident
from bot.playground.outfit import HOME
from bot.playground.rendering import buttons_of
from tests.playing import Stage


def shown(story: Stage, step: str, incident: Incident | None = None) -> tuple[str, str]:
    """Channel and timestamp of the message a step of the incident posted."""
    found = (incident or story.incident()).steps[step]
    return str(found.channel), str(found.ts)


def offers(story: Stage, at: tuple[str, str], action: str) -> bool:
    """Whether the message has this button now."""
    messages = [m for m in story.people.messages(at[0]) if m["ts"] == at[1]]
    return any(button.get("action_id") == action for message in messages for button in buttons_of(message))


def press(story: Stage, user: str, at: tuple[str, str], action: str, **more: Any) -> None:
    """Press it once it is there; a channel is walked into first where that is needed."""
    story.people.order("join", {"user": user, "channel": at[0]})
    story.until(lambda: bool(story.people.click(user, *at, action, **more).get("ok")), 40, f"a press of {action}")


def submit(story: Stage, user: str, values: dict[str, Any]) -> dict[str, Any]:
    """Fill in the form that opens for this person and send it."""
    story.until(lambda: bool(story.people.views(user)), 20, "a form")
    return story.people.submit(user, values)


def open_by_form(story: Stage, user: str, title: str) -> Incident:
    """`/ops incident` without a title, and what came of the form."""
    before = {incident.id for incident in story.incidents()}
    assert story.people.command(user, HOME, "/ops incident")["ok"]
    assert submit(story, user, {"title": title, "service": "nosuch"})["ok"]
    story.until(lambda: len(story.incidents()) > len(before), 30, "the incident of the form")
    [new] = [incident for incident in story.incidents() if incident.id not in before]
    return new


def at_rest(story: Stage, incident_id: str) -> Incident:
    [found] = [incident for incident in story.incidents() if incident.id == incident_id]
    return found
