"""One look, in the thread: what was really asked (range, filter), what it came to, and where the raw data is."""

import re
from datetime import UTC, datetime

from bot.core.events import Outcome
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Message, context, message, section
from bot.views.digest_words import in_words
from bot.views.story import EvidenceTold, Story

MOST_LINES = 7
MOST_ASKED = 200
STAMP = re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z")


def evidence_card(story: Story, evidence_id: str) -> Message:
    """The card of one evidence id."""
    told = story.evidence[evidence_id]
    evidence = told.evidence
    tool = w.look(evidence.tool)
    verdict = "" if evidence.outcome is Outcome.OK else f" · *{w.OUTCOME[evidence.outcome]}*"
    looked = f"{evidence.at.astimezone(UTC):%H:%M:%S}"  # as its sources say times, not in the reader's own zone
    small = [f"looked {looked}, {evidence.milliseconds:,} ms, all times in UTC"]
    if told.raw:
        small.append(t.link(told.raw, "raw data"))
    if told.blind:
        small.append("this says nothing about whether anything is wrong, and rules nothing out")
    return message(
        f"{t.said(evidence.id, 20)} {tool}: {_first_line(story, told)}",
        [
            section(f"*{t.said(evidence.id, 20)}* {tool}{verdict}", *_digest(story, told)),
            context(f"asked {t.quoted(_short(told, told.asked), MOST_ASKED)}", " · ".join(small)),
        ],
    )


def _first_line(story: Story, told: EvidenceTold) -> str:
    lines = told.digest.strip().splitlines()
    return t.said(_line(story, told, lines[0]), 200) if lines else w.OUTCOME[told.evidence.outcome]


def _line(story: Story, told: EvidenceTold, line: str) -> str:
    return in_words(_short(told, line), story.revisions)


def _digest(story: Story, told: EvidenceTold) -> list[str]:
    lines = [line for line in told.digest.splitlines() if line.strip()]
    shown = [t.said(_line(story, told, line), 240) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"and {t.counted(len(lines) - MOST_LINES, 'more line')}, kept in the record")
    return shown or [w.OUTCOME[told.evidence.outcome]]


def _short(told: EvidenceTold, text: str) -> str:
    """``text`` with its times as a reader wants them: the day only where it is another one than that of the look."""
    today = f"{told.evidence.at.astimezone(UTC):%Y-%m-%d}"
    return STAMP.sub(lambda found: found[2] if found[1] == today else f"{_day(found[1])} {found[2]}", text)


def _day(date: str) -> str:
    try:
        return f"{datetime.fromisoformat(date):%d %b}"
    except ValueError:
        return date
