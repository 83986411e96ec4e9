"""Plan Again: the button on a request that ended without its change, and what leads from one request to the next."""

from collections.abc import Iterator

from bot.core.approval import Approval, State
from bot.core.incident import Intent
from bot.core.pressing import why_not_again
from bot.core.replanning import came_of, planned_after, planned_before
from bot.core.tool import Plan
from bot.core.versions import earlier_of
from bot.views import text as t
from bot.views.blocks import Block, actions, button, context
from bot.views.ids import ActionId
from bot.views.story import Story


def again(story: Story, approval: Approval, plan: Plan | None) -> list[Block]:
    """The button, while this can be planned again; after it, where that led."""
    newer = story.incident.again(approval.id)
    followed = came_of(story.incident, approval)
    if newer is None and followed in FOLLOWED:
        return [context(_followed(story, approval, FOLLOWED[followed])), *_button(story, approval, plan, followed)]
    return _again(story, approval, plan, newer)


def _followed(story: Story, approval: Approval, says: str) -> str:
    """What the reasoner made of the words this request was sent back with."""
    after = planned_after(story.incident, approval)
    url = story.links.get(f"approval:{after.id}") if after is not None else None
    return f"Planned again: {t.link(url, 'the new request')}." if url else says


def _button(story: Story, approval: Approval, plan: Plan | None, followed: str) -> list[Block]:
    return _again(story, approval, plan, None) if followed in {"none", "failed"} else []


def _again(story: Story, approval: Approval, plan: Plan | None, newer: Intent | None) -> list[Block]:
    if why_not_again(story.incident, approval) is None:
        about = plan.target.said if plan else approval.target
        press = button("Plan Again", ActionId.PLAN_AGAIN, approval.id, reads=f"Plan again: {about}")
        return [actions(f"{approval.id}:{approval.state}:again", press)]
    if newer is None or newer.state == "refused":
        return []
    if newer.approval is None:
        return [context("Being planned again.")]
    url = story.links.get(f"approval:{newer.approval}")
    return [context(f"Planned again: {t.link(url, 'the new request') if url else 'the new request is below'}.")]


def planned_from(story: Story, approval: Approval) -> Iterator[str]:
    """What the request that this one repeats came to."""
    earlier = earlier_of(story.incident, approval) or planned_before(story.incident, approval)
    if earlier is None:
        return
    url = story.links.get(f"approval:{earlier.id}")
    before = t.link(url, "the earlier request") if url else "the earlier request"
    yield f"*Planned again:* {before} {CAME_TO.get(earlier.state, 'did not run')}{_by_whom(story, earlier)}"


def _by_whom(story: Story, earlier: Approval) -> str:
    """“ by alex, 20:01: “Wait for the owner””, without calling them."""
    if earlier.state not in BY_SOMEBODY or earlier.decided_by is None:
        return "."
    at = f", {t.clock(earlier.decided_at)}" if earlier.decided_at else ""
    words = story.said_by(earlier.reason.ref, 300) if earlier.reason else ""
    return f" by {story.called(earlier.decided_by)}{at}{f': “{words}”' if words else '.'}"


FOLLOWED = {
    "planning": "Being planned again with what was asked for.",
    "planned": "Being planned again with what was asked for.",
    "proposed": "Planned again below.",
    "none": "No other plan was found.",
    "failed": "It could not be planned again: the diagnosis did not finish.",
}
BY_SOMEBODY = frozenset({State.DENIED, State.CHANGES_REQUESTED})
CAME_TO = {
    "expired": "expired",
    "denied": "was denied",
    "changes_requested": "was sent back for changes",
    "stale": "was out of date",
    "failed": "did not work",
    "established": "did not take effect",
}
