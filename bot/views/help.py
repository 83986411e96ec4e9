"""`/ops help`: what *this* person may do here, short enough for a phone, and what is never done."""

from collections.abc import Iterator

from bot.core.approvers import groups_of
from bot.views import text as t
from bot.views.blocks import Message, context, message, section
from bot.views.house import House

SLASH, MENTION = "/ops", "@midwatch"  # slash commands do not work in threads
ASKING = (
    ("status [service]", "what needs attention, what changed, what could not be read"),
    ("explain <anything>", "an alert, an error, PromQL, kind/name, a symptom"),
    ("incident [title]", "opens one; without a title a form asks for it"),
    ("freeze [minutes] [reason]", "stops every change at once, until lifted or for so long; anybody of the team may"),
    ("unfreeze", "lifts it: an approver, or whoever froze"),
)


def help_message(house: House, user: str, called: str = SLASH) -> Message:
    """Lines for what is possible in this mode, for this person; ``called`` is how we are called where it is read."""
    lines = [_line(usage, does, called) for usage, does in ASKING]
    blocks = [section("*What you can ask*", *lines)]
    if house.mode != "observe" and house.usages:
        changes = [f"`{_plain(f'{called} do {usage}')}`" for usage in house.usages]
        follows = "somebody else approves it" if house.mode == "act" else "you get the line to run yourself"
        blocks.append(section(f"*Ask for a change* ({follows})", *changes))
    blocks += [section(line) for line in _deciding(house, user)]
    blocks.append(
        context(
            "On an incident's card anybody of the team takes it, sets severity and commander, and ends what is over.",
            "In a channel or thread: mention me with the same words."
            if called == SLASH
            else "Outside threads `/ops` takes the same words, and only you see the answer.",
            "Alerts open incidents by themselves. Nothing outside Slack changes before a click on Approve.",
        )
    )
    return message(_text(house, user, called), blocks)


def _text(house: House, user: str, called: str) -> str:
    asks = (
        "status, explain, incident, freeze, unfreeze"
        + (", do" if house.mode != "observe" and house.usages else "")
        + " and help"
    )
    decides = " You may approve." if house.mode == "act" and user in house.approvers else ""
    return f"Midwatch takes {called} {asks}.{decides} Nothing is changed without a click on Approve."


def _deciding(house: House, user: str) -> Iterator[str]:
    if house.mode == "observe":
        yield "*Changes:* none. Midwatch only observes here."
    elif house.mode == "propose":
        yield "*Changes:* shown with the line to run by hand. Nothing runs from here (mode propose)."
    elif user in house.approvers:
        yield "*You may decide:* press Approve or Deny on a request, but never Approve on one you asked for yourself."
    elif groups_of(house.approvers):
        yield f"*Who decides:* {t.people(house.approvers)}. Unless you are in that group, you may ask, not approve."
    elif house.approvers:
        yield f"*Who decides:* {t.people(house.approvers)}. You may ask, not approve."
    else:
        yield "*Who decides:* nobody is named yet (MIDWATCH_APPROVERS)."


def _line(usage: str, does: str, called: str) -> str:
    return f"`{_plain(f'{called} {usage}')}`  {_plain(does)}"


def _plain(usage: str) -> str:
    return usage.replace("<", "&lt;").replace(">", "&gt;")
