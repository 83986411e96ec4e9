"""The card in the home channel: the whole story when the incident lives here, a pointer when it has its own channel."""

from bot.core.narration import own_channel
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Message, actions, context, message, section
from bot.views.card_actions import take
from bot.views.incident_card import alerts_line, incident_card, summary, troubles
from bot.views.lead import lead
from bot.views.story import Story


def home_card(story: Story) -> Message:
    """One message for each incident, edited in place; it mentions nobody."""
    channel = own_channel(story.incident)
    if channel is None or channel.channel is None:
        return incident_card(story)
    incident = story.incident
    told = (t.said(story.about, 120), w.since(story), alerts_line(story))
    blocks = [
        section(
            f"*{w.SEVERITY[incident.severity]}* · {t.said(t.sentence(lead(story)), 200)}",
            f"{w.standing(story)} · {t.channel(channel.channel)}",
        ),
        context(" · ".join(part for part in (*told, w.command(story)) if part)),
    ]
    if incident.resolved_at is None:
        shows = f"{incident.id}:{incident.commander or 'nobody'}"
        blocks.append(actions(shows, take(incident, story.about or incident.id)))
    if trouble := troubles(story):
        blocks.append(context(*trouble))
    return message(summary(story), blocks)
