"""Undo: the button on a change that was made, what its way back came to, and why a request takes something back."""

from collections.abc import Iterator

from bot.core.approval import Approval
from bot.core.stepping import made_in_part
from bot.core.tool import Inverse, NotReversible, Plan
from bot.core.undoing import did_not_help, took_effect, why_not_undone
from bot.views import text as t
from bot.views.blocks import Block, actions, button, context
from bot.views.ids import ActionId
from bot.views.story import Story


def undo_offer(story: Story, approval: Approval, plan: Plan | None) -> list[Block]:
    """The button, while this can be taken back; after it, where that led."""
    if not (took_effect(approval) or made_in_part(approval)):
        return []
    if plan is not None and isinstance(plan.inverse, Inverse) and why_not_undone(story.incident, approval) is None:
        reads = f"Undo: {plan.title}"
        press = button("Undo", ActionId.UNDO, approval.id, reads=reads)
        says = f"Undo asks for: {t.said(plan.inverse.says, 200)}. Somebody else approves; nothing runs by this press."
        return [actions(f"{approval.id}:{approval.state}:undo", press), context(says)]
    asked = story.incident.undoing(approval.id)
    if asked is None or asked.state == "refused":
        return []
    if asked.approval is None:
        return [context("The way back is being planned.")]
    url = story.links.get(f"approval:{asked.approval}")
    return [context(f"Way back asked for: {t.link(url, 'the request') if url else 'the request is below'}.")]


def no_way_back(story: Story, approval: Approval) -> Iterator[str]:
    """Said where the change did not help and one would look for it."""
    plan = story.plans.get(approval.id)
    if plan is not None and isinstance(plan.inverse, NotReversible) and did_not_help(story.incident, approval):
        yield f"*There is no way back:* {t.said(plan.inverse.reason, 250)}."


def takes_back(story: Story, approval: Approval) -> Iterator[str]:
    """“Takes back “Roll back …”; the check after it failed”, or who asked for it."""
    undone = story.incident.approvals.get(approval.undoes) if approval.undoes else None
    if undone is None:
        return
    plan, url = story.plans.get(undone.id), story.links.get(f"approval:{undone.id}")
    title = (plan.title if plan else undone.target)[:140]
    what = t.link(url, title) if url else f"“{t.said(title)}”"
    why = "; the check after it failed" if did_not_help(story.incident, undone) else ""
    asked = f"; asked for by {story.called(approval.requester)}" if approval.requester else ""
    yield f"*Why:* takes back {what}{why}{asked}"
