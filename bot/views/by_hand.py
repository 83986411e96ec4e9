"""A change for a person to carry out, where no act process is there to plan it: the line to run, and what nobody tried.

The approval card's shape without a button: nothing runs from here. What changes, what it touches and the way back are
shown where what was read tells them, and labelled so; only a dry run would know.
"""

from collections.abc import Iterator

from bot.core.by_hand import ByHand
from bot.core.incident import Intent
from bot.views import text as t
from bot.views.blocks import Message, context, header, message, section
from bot.views.lead import situation
from bot.views.story import Story

NO_LINE = "there is no single line for this change; the runbook and the evidence say what to do"
NOT_TRIED = "no act process is running, so nothing was tried on the server, no blast radius measured, no policy asked"


def by_hand_card(story: Story, intent_id: str) -> Message:
    intent = story.incident.intents[intent_id]
    told = story.by_hand.get(intent_id)
    title = told.title if told else story.house.verb(intent.tool)
    blocks = [
        header(title),
        section(*_lines(story, intent)),
        context("Midwatch proposes here; nothing runs from here."),
    ]
    return message(f"For you to carry out, not dry-run: {t.said(title, 150)}. {situation(story)}.", blocks)


def _lines(story: Story, intent: Intent) -> Iterator[str]:
    content, told = story.finding, story.by_hand.get(intent.id)
    if content is not None and content.because:
        first = content.because[0]
        yield f"*Why:* {t.said(first.text, 400)}  {story.cite(intent.evidence or first.evidence)}".rstrip()
    elif content is not None:
        yield f"*Why:* {t.said(content.cause or content.headline, 400)}"
    if told is None:
        yield "*By hand:* its text was erased or cannot be read"
    else:
        yield f"*By hand:* {t.quoted(told.command, 600) if told.command else NO_LINE}"
    if told is not None and told.evidence:
        yield from _foreseen(story, told)
    yield f"*Not dry-run:* {NOT_TRIED}"


def _foreseen(story: Story, told: ByHand) -> Iterator[str]:
    if told.changes:
        yield f"*Changes:* {' · '.join(t.said(one, 200) for one in told.changes)}"
    if told.touches:
        yield f"*Touches:* {t.said(told.touches, 200)}"
    if told.way_back:
        yield f"*Way back:* {t.quoted(told.way_back, 300)}"
    yield f"_Computed from what was read, not dry-run_  {story.cite((told.evidence,))}"


def by_hand_line(story: Story, intent: Intent) -> str:
    """The same on the incident's card."""
    told, url = story.by_hand.get(intent.id), story.links.get(f"by_hand:{intent.id}")
    title = told.title if told else story.house.verb(intent.tool)
    shown = t.link(url, title) if url else t.said(title, 110)
    return f"*Proposed:* {shown} · for you to carry out, not dry-run"
