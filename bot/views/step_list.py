"""The steps of one remedy, a line for each: what became of those before, which is asked for here, what comes after."""

from bot.core.approval import Approval
from bot.core.chain import Turn, goes_on, steps, turn
from bot.core.incident import Intent
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Block, section
from bot.views.story import Story


def step_list(story: Story, shown: Approval) -> list[Block]:
    """Nothing where the request is the only step, or was planned again elsewhere."""
    found = steps(story.incident, story.incident.intents[shown.intent])
    if len(found) < 2 or shown.intent not in {one.id for one in found}:
        return []
    lines = [f"*{number} of {len(found)}* {_line(story, one, shown)}" for number, one in enumerate(found, 1)]
    return [section(*lines)]


def step_place(story: Story, approval: Approval) -> str:
    """“Step 2 of 2”."""
    found = [one.id for one in steps(story.incident, story.incident.intents[approval.intent])]
    return f"Step {found.index(approval.intent) + 1} of {len(found)}" if approval.intent in found else "Next step"


def _line(story: Story, intent: Intent, shown: Approval) -> str:
    approval = story.incident.approvals.get(intent.approval or "")
    if approval is None:
        return f"{t.said(story.house.verb(intent.tool), 60)}: {_not_yet(story, intent)}"
    if approval.id == shown.id:  # the header has its title, the rest of the card what became of it
        return f"This request: {_came_of(story, approval)}"
    plan = story.plans.get(approval.id)
    title = t.said(plan.title if plan else approval.target, 120)
    by = f", approved by {', '.join(t.person(one) for one in approval.voters)}" if approval.voters else ""
    return f"{title}: {_came_of(story, approval)}{by}"


def _came_of(story: Story, approval: Approval) -> str:
    """A step that others follow is judged by what it changed, and not by the alert: it does not “help” yet."""
    execution = story.incident.executions.get(approval.execution)
    intent = story.incident.intents[approval.intent]
    checks = execution.checks if execution is not None else ()
    if checks and checks[-1].result == "passed" and goes_on(story.incident, intent):
        return "made and checked"
    return w.came_of(story.incident, approval)


def _not_yet(story: Story, intent: Intent) -> str:
    if intent.state == "refused":
        return f"not proposed, {w.why(intent.why)}"
    if turn(story.incident, intent) is Turn.NEVER:
        return f"not proposed, {w.why('step_before')}"
    if turn(story.incident, intent) is Turn.NOW:
        return "being planned"
    return "planned and asked for after the step before was made and checked"
