"""One decision, one line, never edited: who, what, when, the plan's digest, the ledger's head. It is the anchor.

It names people without a mention: a record must not call anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from bot.views import text as t
from bot.views.blocks import Message, message, section
from bot.views.ids import ActionId
from bot.views.story import Story

DID: Mapping[str, str] = {
    ActionId.APPROVE: "approved",
    ActionId.DENY: "denied",
    ActionId.ESTABLISH_DONE: "established that it took effect",
    ActionId.ESTABLISH_NOT_DONE: "established that it did not take effect",
}


@dataclass(frozen=True)
class Anchor:
    """Where in the ledger a decision stands: the number and hash of the event that counted it."""

    seq: int
    hash: str


def decision_line(story: Story, click_id: str, anchor: Anchor) -> Message:
    click = story.incident.clicks[click_id]
    approval = story.incident.approvals[click.approval]
    plan = story.plans.get(approval.id)
    title = t.said(plan.title if plan else approval.target, 200)
    who, did = story.name(click.user), DID.get(click.action, t.said(click.action, 40))
    at = f"{click.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    line = f"{who} {did} at {at}: {title} · plan `{approval.digest[:12]}` · ledger `{anchor.hash[:12]}` ({anchor.seq})"
    return message(line, [section(line)])
