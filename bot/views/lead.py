"""The line a card leads with: what is wrong now, or, once it is over, that it is over and what was wrong.

Only sentences of our own making (`bot.core.symptom`) are put into the past; everybody else's words are quoted as what
was reported, because changing their tense could change what they say.
"""

import re

from bot.views import text as t
from bot.views import wording as w
from bot.views.story import Story

OURS = (
    (re.compile(r"(\S+) is (failing for [^,;]+ requests)"), r"\1 was \2"),
    (re.compile(r"(\S+) is (slow: (?:p\d[\d.]* )?[\d.,]+ \w+(?:, usually .+)?)"), r"\1 was \2"),
    (re.compile(r"(\S+: \S+) is (at [\d.,]+(?: [%\w]+)?(?:, usually .+)?)"), r"\1 was \2"),
    (re.compile(r"(\S+ failed for [^,;]+ requests), and no longer does"), r"\1"),
    (re.compile(r"(\S+ was (?:failing for|slow:|at) .+)"), r"\1"),
)


def past(headline: str) -> str | None:
    """The sentence as it was true before; None where that cannot be said without guessing."""
    for shape, then in OURS:
        if found := shape.fullmatch(headline):
            return found.expand(then)
    return None


def was(story: Story) -> str:
    """What was wrong, not escaped: in the past, or quoted as it was reported."""
    if story.incident.by_request:
        return story.headline
    return past(story.headline) or f"Reported: “{story.headline}”"


def lead(story: Story) -> str:
    """The first line of a card, not escaped."""
    over = "Resolved" if story.incident.resolved_at is not None else "Recovered" if w.recovered(story.incident) else ""
    if story.incident.by_request:
        return f"Over. {story.headline}" if story.incident.resolved_at is not None else story.headline
    if not over:
        return story.headline
    if w.is_healthy(story.incident):
        return f"{over}: {story.headline[:1].lower()}{story.headline[1:]}"
    then = past(story.headline)
    return f"{over}: {then}" if then else f"{over}. {was(story)}"


def situation(story: Story) -> str:
    """What it is about and since when, for the notification of a message about something else; escaped."""
    return f"{t.said(t.sentence(lead(story)), 90)}, {w.bare_span(story)}"
