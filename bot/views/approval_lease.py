"""Allow Again: the menu on a routine change that was done, and after it who allowed what, with the way to revoke it."""

from bot.core.approval import Approval
from bot.core.leasing import why_not_granted
from bot.core.tool import Plan
from bot.views import text as t
from bot.views.blocks import Block, actions, button, choice, confirmation, context
from bot.views.ids import ActionId
from bot.views.story import Story

TERMS = (("1-30", "Once within 30 minutes"), ("2-30", "Twice within 30 minutes"), ("3-60", "Three times in an hour"))


def lease_offer(story: Story, approval: Approval, plan: Plan | None) -> list[Block]:
    """The menu, while this can be allowed again; after it, what was allowed and the button that ends it."""
    if approval.granted is not None:
        return _granted(story, approval)
    if plan is None or story.house.mode != "act" or why_not_granted(story.incident, approval) is not None:
        return []
    asks = f"{plan.title}: exactly this may then run again without a press. Anybody can revoke it; a freeze ends it."
    menu = choice(ActionId.LEASE, "Allow Again\u2026", TERMS, None)
    dialog = confirmation("Allow it again?", asks, "Allow")
    return [actions(f"{approval.id}:{approval.state}:lease", menu | {"confirm": dialog})]


def _granted(story: Story, approval: Approval) -> list[Block]:
    granted = approval.granted
    assert granted is not None
    times = {1: "once", 2: "twice"}.get(granted.uses, f"{granted.uses} times")
    allowed = (
        f"*Allowed again* by {story.called(granted.user)}: {times} until {t.clock(granted.until)}, without a press"
    )
    if granted.revoked_by is not None:
        return [context(f"{allowed}. Revoked by {story.called(granted.revoked_by)}.")]
    press = button("Revoke", ActionId.REVOKE_LEASE, approval.id, reads=f"Revoke: {approval.target} needs a press again")
    return [
        context(f"{allowed}. Anybody can revoke it; a freeze ends it."),
        actions(f"{approval.id}:{approval.state}:revoke", press),
    ]
