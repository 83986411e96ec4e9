"""Short messages that are said once: calling people, what was refused, what is unknown, that it is over.

Each mentions people only where they must act now; where a mention is due it is made here, because edits notify nobody.
"""

from bot.core.approval import Approval
from bot.core.narration import lacks_channel
from bot.core.stepping import made_in_part
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Message, context, message, section
from bot.views.lead import situation, was
from bot.views.step_list import step_place
from bot.views.story import Story


def page(story: Story) -> Message:
    """Calls the on-call in the home channel, when the incident could not get a channel of its own."""
    reason = w.why(lacks_channel(story.incident))
    calls = story.house.oncall and story.incident.storm is None
    called = f"{t.people(story.house.oncall, 'and')}: " if calls else ""
    words = f"{t.said(story.headline, 200)} has no channel of its own ({reason}). Everything is said here."
    text = f"On call: look, please. {situation(story)}. It has no channel of its own ({reason}); all is said here."
    return message(text, [section(f"{called}{words}")])


def next_step(story: Story, approval_id: str) -> Message:
    """Calls who may decide: the next step stands on the card of the one before, and an edit notifies nobody."""
    approval = story.incident.approvals[approval_id]
    place = step_place(story, approval)
    called = t.people(story.house.deciders.of(approval))
    says = f"*{place}:* {_title(story, approval)}. {called}: decide on {_card(story, approval)}."
    return message(f"Decide, {place.lower()}: {_title(story, approval)}. {situation(story)}.", [section(says)])


def outcome_unknown(story: Story, approval_id: str) -> Message:
    """Calls who may decide: nobody knows whether a change took effect."""
    approval = story.incident.approvals[approval_id]
    execution = story.incident.executions.get(approval.execution)
    seen = story.said_by(execution.observed.ref, 500) if execution and execution.observed else ""
    lines = [
        f"*Outcome unknown:* {_title(story, approval)}",
        f"{t.sentence(w.why(approval.why))}. It may have changed something, or nothing.",
        f"The bot looked: {seen}" if seen else "The bot has not been able to look yet.",
        f"{t.people(story.house.approvers)}: look, then say on {_card(story, approval)} what you found.",
    ]
    text = f"Outcome unknown, an approver must look: {_title(story, approval)}. {situation(story)}."
    return message(text, [section(*lines)])


def glass_broken(story: Story, approval_id: str) -> Message:
    """The follow-up: everybody who decides is asked afterwards whether one person alone was right."""
    approval = story.incident.approvals[approval_id]
    who = t.person(approval.broken_by or "")
    reason = story.said_by(approval.reason.ref, 400) if approval.reason else ""
    because = story.weighed.get(approval_id)
    rules = "; ".join(one.says for one in because.because) if because else ""
    takes = f"It takes {approval.needed} people: {t.said(rules, 300)}" if rules else "It takes somebody else"
    lines = [
        f"*Glass broken:* {_title(story, approval)}",
        f"{who} approved it alone at {t.clock(approval.decided_at)}: “{reason}”" if approval.decided_at else who,
        f"{takes}.",
        f"{t.people(story.house.deciders.of(approval))}: was it right? Say so in this thread, and what should change.",
    ]
    text = f"Glass broken, look at it afterwards: {_title(story, approval)}. {situation(story)}."
    return message(text, [section(*lines)])


def change_failed(story: Story, approval_id: str) -> Message:
    """Tells who approved that it did not work."""
    approval = story.incident.approvals[approval_id]
    execution = story.incident.executions.get(approval.execution)
    detail = story.said_by(execution.detail.ref, 600) if execution and execution.detail else ""
    called = f"{t.people(approval.voters, 'and')}: " if approval.voters else ""
    head = "Stopped midway" if made_in_part(approval) else "Did not work"
    lines = [
        f"*{head}:* {_title(story, approval)}",
        f"{called}{w.why(approval.why)}. {t.sentence(detail)}".rstrip(),
    ]
    text = f"{head}: {_title(story, approval)}. {t.sentence(w.why(approval.why))}. {situation(story)}."
    return message(text, [section(*lines)])


def intent_refused(story: Story, intent_id: str) -> Message:
    """Why nothing is proposed although something was thought of; whoever asked for it is told by name."""
    intent = story.incident.intents[intent_id]
    tool = story.house.verb(intent.tool)
    if intent.requester is not None:
        said = f"it cannot be done: {_uncapital(w.refused_because(story, intent))}"
        did = "asked for it" if intent.asked else "sent the request before it back"
        lines = [f"*{t.said(tool, 60)}:* {said}.", f"{t.person(intent.requester)} {did}. Nothing ran."]
        return message(f"{t.said(tool, 60)}: {t.clip_marked(said, 200)}. Nothing ran.", [section(*lines)])
    lines = [f"*Not proposed:* {t.said(tool, 60)}", f"{w.refused_because(story, intent)}."]
    text = f"Not proposed: {t.said(tool, 60)}, {w.why(intent.why)}. Nothing is asked. {situation(story)}."
    return message(text, [section(*lines)])


def resolved(story: Story) -> Message:
    """It is over. Mentions nobody."""
    incident = story.incident
    over = incident.resolved_at
    span = f" after {t.lasted(over - story.began_at)}" if over and story.began_at else ""
    changes = [a for a in incident.approvals.values() if w.made(a) or made_in_part(a)]
    did = (
        "; ".join(_title(story, a) + (" (in part)" * made_in_part(a)) for a in changes)
        if changes
        else "nothing was changed by Midwatch"
    )
    by = f" by {story.called(incident.resolved_by)}" if incident.resolved_by else f": {w.why(incident.resolved_why)}"
    words = f"Resolved{span}{by}."
    refused = [one for one in incident.intents.values() if one.state == "refused"]
    if incident.by_request and incident.resolved_by is None and refused and not incident.approvals:
        words = f"It cannot be done: {_uncapital(w.refused_because(story, refused[-1]))}."
    return message(
        f"{words} {t.said(t.sentence(was(story)), 120)}, {w.bare_span(story)}. Nothing more is asked.",
        [
            section(f"*{words}*", f"What was done: {did}."),
            context(f"{t.said(incident.id, 60)} · the record stays: `midwatch ledger show {t.said(incident.id, 60)}`"),
        ],
    )


def _uncapital(text: str) -> str:
    """For the middle of a sentence; a name in capitals stays as it is."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def topic(story: Story) -> str:
    """The incident channel's topic; plain text, 250 characters at most."""
    over = story.incident.resolved_at is not None
    stands = f"Resolved · {was(story)}" if over else f"{w.SEVERITY[story.incident.severity]} · {story.headline}"
    about = f" · {story.about}" if story.about else ""
    return t.label(t.unlinked(f"{stands}{about} · {story.incident.id}"), 240)


def _title(story: Story, approval: Approval) -> str:
    plan = story.plans.get(approval.id)
    return t.said(plan.title if plan else approval.target, 200)


def _card(story: Story, approval: Approval) -> str:
    url = story.links.get(f"approval:{approval.id}")
    return t.link(url, "the request's message") if url else "the request's message"
