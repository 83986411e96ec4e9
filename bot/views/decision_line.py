"""One decision, one line, never edited: who, what, when, the plan's digest, the ledger's head. It is the anchor.

It names people without a mention: a record must not call anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from bot.core.incident import Click
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Message, message, section
from bot.views.ids import ActionId
from bot.views.story import Story

DID: Mapping[str, str] = {
    ActionId.APPROVE: "approved",
    ActionId.DENY: "denied",
    ActionId.BREAK_GLASS: "broke the glass and approved alone",
    ActionId.REQUEST_CHANGES: "asked for changes",
    ActionId.PLAN_AGAIN: "asked to plan again",
    ActionId.UNDO: "asked to take it back",
    ActionId.LEASE: "allowed it again without a press",
    ActionId.REVOKE_LEASE: "revoked what was allowed",
    ActionId.ESTABLISH_DONE: "established that it took effect",
    ActionId.ESTABLISH_NOT_DONE: "established that it did not take effect",
    ActionId.TAKE: "has the incident in hand",
    ActionId.RESOLVE: "resolved the incident",
}


@dataclass(frozen=True)
class Anchor:
    """Where in the ledger a decision stands: the number and hash of the event that counted it."""

    seq: int
    hash: str


def decision_line(story: Story, click_id: str, anchor: Anchor) -> Message:
    click = story.incident.clicks[click_id]
    did = _did(story, click)
    at = f"{click.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    head = f"ledger `{anchor.hash[:12]}` ({anchor.seq})"
    line = f"{story.name(click.user)} {did} at {at}{_about(story, click)} · {head}"
    return message(line, [section(line)])


def _did(story: Story, click: Click) -> str:
    match click.action:
        case ActionId.SEVERITY:
            return f"set the severity to {_severity(click)}"
        case ActionId.COMMANDER:
            return f"made {story.name(click.choice or '')} the commander"
        case ActionId.DENY if any(remark.click == click.id for remark in story.incident.remarks):
            return "said why it was denied"
    return DID.get(click.action, t.said(click.action, 40))


def _severity(click: Click) -> str:
    found = next((words for severity, words in w.SEVERITY.items() if severity == click.choice), None)
    return found or t.said(click.choice or "nothing", 20)


def _about(story: Story, click: Click) -> str:
    """The plan a decision was about, and the words given with it; nothing for the incident itself."""
    approval = story.incident.approvals.get(click.approval)
    if approval is None:
        return ""
    plan = story.plans.get(approval.id)
    title = t.said(plan.title if plan else approval.target, 200)
    given = f" · “{story.said_by(approval.reason.ref, 300)}”" if approval.reason and click.words else ""
    return f": {title}{given} · plan `{approval.digest[:12]}`"
