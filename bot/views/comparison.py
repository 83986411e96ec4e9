"""Planned again: what the earlier plan would have changed beside what the new one changes, where they differ."""

from bot.core.tool import Plan
from bot.core.versions import earlier_of
from bot.views import text as t
from bot.views.blocks import Message, context, message, pair, section
from bot.views.lead import situation
from bot.views.story import Story

MOST_OF_A_DIFF = 1_200


def differs(story: Story, approval_id: str) -> bool:
    """Whether there are two plans to compare and they would not do the same."""
    before, now = _plans(story, approval_id)
    return before is not None and now is not None and (before.diff, before.changes) != (now.diff, now.changes)


def comparison(story: Story, approval_id: str) -> Message:
    before, now = _plans(story, approval_id)
    assert before is not None
    assert now is not None
    words = f"Planned again, and it is not the same: {t.said(now.title, 150)}"
    return message(
        f"{words}. Decide with both in view. {situation(story)}.",
        [
            section(f"*{words}*"),
            pair(f"*Before*\n{_shown(before)}", f"*Now*\n{_shown(now)}"),
            context("Both whole diffs are files in this thread."),
        ],
    )


def _shown(plan: Plan) -> str:
    changes = "\n".join(f"{change.what}: {change.before} to {change.after}" for change in plan.changes)
    return t.block_of_code(plan.diff.strip() or changes or "nothing", MOST_OF_A_DIFF)


def _plans(story: Story, approval_id: str) -> tuple[Plan | None, Plan | None]:
    earlier = earlier_of(story.incident, story.incident.approvals[approval_id])
    return (story.plans.get(earlier.id) if earlier else None), story.plans.get(approval_id)
