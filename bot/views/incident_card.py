"""The incident's card: one root message, edited in place from the ledger. Conclusion first, then what it stands on.

What could not be read is always said. A cause is named only when the finding names one; otherwise candidates, or that
nothing is wrong. The on-call is mentioned in the posted version only (``calling``): an edit would not reach them.
"""

from collections.abc import Iterator

from bot.core.approval import Approval
from bot.core.incident import REQUESTED
from bot.core.narration import failures
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Block, Message, context, divider, header, message, picture, section
from bot.views.by_hand import by_hand_line
from bot.views.card_actions import card_actions
from bot.views.conclusion import MOST_LISTED, conclusion
from bot.views.lead import lead
from bot.views.story import Story

MOST_ALERT_NAMES = 3


def incident_card(story: Story, calling: bool = False) -> Message:
    """The card as the ledger stands; ``calling`` when it is being posted and somebody must come."""
    incident = story.incident
    blocks = [
        header(t.sentence(lead(story))),
        section(f"*{w.SEVERITY[incident.severity]}* · {w.standing(story)}", _where_and_since(story)),
    ]
    if calling and story.house.oncall and incident.storm is None:  # a storm's own message called them, once for all
        blocks.append(section(f"On call: {t.people(story.house.oncall, 'and')}"))
    blocks += list(conclusion(story))
    blocks += list(_changes(story))
    if story.picture is not None:
        blocks.append(picture(story.picture.file, story.picture.alt))
    blocks += card_actions(story)
    blocks += [divider(), context(*_footer(story))]
    if trouble := troubles(story):
        blocks.append(context(*trouble))
    return message(summary(story), blocks)


def summary(story: Story) -> str:
    """The notification: what, since when, what is asked."""
    severity = w.SEVERITY[story.incident.severity]
    asked = "; ".join(f"{w.WAITING[a.state]}: {_title(story, a)}" for a in story.incident.open_approvals[:1])
    state = asked or w.standing(story)
    headline = t.said(t.sentence(lead(story)), 140)
    began = w.bare_span(story)
    if not asked and story.incident.resolved_at is not None and state == "resolved":
        return f"{severity} {headline}, {began}."
    if not asked and t.sentence(state) == headline:
        return f"{severity} {headline}. {t.said(story.title, 120)}, {began}."
    return f"{severity} {headline}, {began}. {t.sentence(state)}.{_wanted(story)}"


def _wanted(story: Story) -> str:
    """Who has it; where nobody does and nothing is to be decided, what the notification asks for."""
    incident = story.incident
    if incident.resolved_at is not None:
        return ""
    if incident.commander is not None:
        return f" {story.called(incident.commander)} has it."
    if incident.why == REQUESTED:
        return "" if incident.approvals else " Nothing is asked yet."
    waiting = not incident.open_approvals and not w.recovered(incident)
    return " Nobody has it yet: press I Have It." if waiting else ""


def _title(story: Story, approval: Approval) -> str:
    plan = story.plans.get(approval.id)
    return t.said(plan.title, 110) if plan else t.said(approval.target, 80)


def _where_and_since(story: Story) -> str:
    parts = [t.said(story.about, 120), w.since(story), alerts_line(story)]
    if story.incident.requester:
        parts.append(f"opened by {story.called(story.incident.requester)}")
    parts.append(w.command(story))
    return " · ".join(part for part in parts if part)


def alerts_line(story: Story) -> str:
    """“CheckoutErrorRateHigh, 14 alerts”, how many still fire, and how many the sender left out."""
    alerts = story.alerts
    if not alerts:
        return "no alert"
    names = list(dict.fromkeys(told.alert.name for told in alerts))
    shown = ", ".join(t.said(name, 60) for name in names[:MOST_ALERT_NAMES])
    more = f" and {len(names) - MOST_ALERT_NAMES} more" if len(names) > MOST_ALERT_NAMES else ""
    firing = sum(told.alert.firing for told in alerts)
    count = f", {t.counted(len(alerts), 'alert')}" if len(alerts) > 1 else ""
    over = "" if firing == len(alerts) else f", {firing} still firing" if firing else ", over"
    cut = story.incident.left_out
    left_out = f", {cut:,} more were left out by the sender" if cut else ""
    return f"{shown}{more}{count}{over}{left_out}"


# --- what is being done about it


def _changes(story: Story) -> Iterator[Block]:
    lines = [_proposal(story, approval) for approval in story.incident.approvals.values()]
    lines += [by_hand_line(story, i) for i in story.incident.intents.values() if i.by_hand and i.state == "open"]
    lines += [
        f"*Not proposed:* {t.said(story.house.verb(intent.tool), 60)}. {w.refused_because(story, intent)}"
        for intent in story.incident.intents.values()
        if intent.state == "refused"
    ]
    if lines:
        yield section(*lines[-MOST_LISTED:])


def _proposal(story: Story, approval: Approval) -> str:
    words = w.came_of(story.incident, approval)
    if approval.state == "proposed":
        words += f", {len(approval.voters)} of {approval.needed}"
    url = story.links.get(f"approval:{approval.id}")
    title = t.link(url, _plain_title(story, approval)) if url else _title(story, approval)
    return f"*{'Proposed' if approval.state == 'proposed' else 'Change'}:* {title} · {words}"


def _plain_title(story: Story, approval: Approval) -> str:
    plan = story.plans.get(approval.id)
    return plan.title if plan else approval.target


def _footer(story: Story) -> Iterator[str]:
    finding, content = story.incident.finding, story.finding
    if finding is None:
        evidence = "" if story.incident.by_request else " · evidence in the thread as it comes"
        yield f"{t.said(story.incident.id, 60)}{evidence}"
        return
    by = (
        "Guided diagnosis, no model" if finding.reasoner == "guided" else f"Diagnosis by {t.said(finding.reasoner, 40)}"
    )
    parts = [by, _seconds(finding.milliseconds), t.counted(finding.looks, "look")]
    if content and content.runbook:
        page = content.runbook
        parts.append(f"runbook “{t.link(page.url, page.title) if page.url else t.said(page.title, 80)}”")
    struck = len(story.incident.struck)
    parts += [f"{t.counted(struck, 'claim')} struck out for want of evidence"] if struck else []
    yield " · ".join([*parts, "evidence in the thread", t.said(story.incident.id, 60)])
    if content and content.note:
        yield t.said(content.note, 300)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 10_000 else f"{round(milliseconds / 1000)} s"


def troubles(story: Story) -> list[str]:
    """What Slack refused, once, in words."""
    lines = []
    for step in failures(story.incident)[:MOST_LISTED]:
        what, _, _about = step.name.partition(":")
        lines.append(f"In Slack: {STEP.get(what, t.said(step.name, 60))} did not work, {w.why(step.why)}.")
    if story.incident.unknown:
        lines.append("The ledger holds events this version cannot read; nothing will be changed from here.")
    return list(dict.fromkeys(lines))


STEP = {
    "home": "posting in the home channel",
    "channel": "an incident channel of its own",
    "card": "the card in the incident channel",
    "pin": "pinning the card",
    "invite": "inviting the on-call",
    "invite_deciders": "inviting who may decide",
    "commander": "inviting the commander",
    "compare": "showing what a new plan changes",
    "topic": "setting the topic",
    "page": "calling the on-call",
    "evidence": "posting evidence",
    "approval": "posting a request for approval",
    "unknown": "saying that an outcome is unknown",
    "failed": "saying that a change did not work",
    "by_hand": "posting a change for a person to carry out",
    "diff": "uploading a diff",
    "chart": "uploading the chart",
    "picture": "showing the chart on this card (it is in the thread)",
    "decision": "writing down a decision in the thread",
    "check": "posting a check",
    "refused": "saying why nothing is proposed",
    "resolved": "saying that it is over",
}
