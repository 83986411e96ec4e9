"""What can be pressed on an incident's card: who has it, how bad it is, that it is over. Nothing once it is over.

Every row's `block_id` begins with the incident's id, because a menu carries no value of its own; the rest of it
changes with what the menus show, or Slack would keep showing what somebody chose before.
"""

from bot.core.approval import OPEN
from bot.core.grouping import ORDER
from bot.core.incident import Incident
from bot.views import wording as w
from bot.views.blocks import Block, actions, button, choice, confirmation, person_choice
from bot.views.ids import ActionId
from bot.views.story import Story
from bot.views.text import counted


def card_actions(story: Story) -> list[Block]:
    incident = story.incident
    if incident.resolved_at is not None or incident.opened_at is None:
        return []
    about = story.about or incident.id
    shows = f"{incident.id}:{incident.severity}:{incident.commander or 'nobody'}"
    return [
        actions(
            shows,
            take(incident, about),
            choice(ActionId.SEVERITY, "Severity", [(s.value, w.SEVERITY[s]) for s in ORDER], incident.severity.value),
            person_choice(ActionId.COMMANDER, "Commander", incident.commander),
            button("Resolve", ActionId.RESOLVE, incident.id, reads=f"Resolve: {about}", confirm=_sure(incident)),
        )
    ]


def take(incident: Incident, about: str) -> Block:
    reads = f"I have it: {about}"
    if incident.commander is None:
        return button("I Have It", ActionId.TAKE, incident.id, reads=reads, style="primary")
    return button("I Have It", ActionId.TAKE, incident.id, reads=reads)


def _sure(incident: Incident) -> Block:
    """The dialog says what resolving leaves behind."""
    firing, waiting = len(incident.firing), sum(a.state in OPEN for a in incident.approvals.values())
    parts = ["Say this when it is over for the people it hit."]
    if firing:
        still = "is still firing" if firing == 1 else "are still firing"
        parts.append(f"{counted(firing, 'alert')} {still}; the next notice of it opens a new incident.")
    if waiting:
        parts.append(f"{counted(waiting, 'open request')} will be withdrawn.")
    return confirmation("Resolve this incident?", " ".join(parts), "Resolve")
