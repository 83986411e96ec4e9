"""One look, in the thread: what was really asked (range, filter), what it came to, and where the raw data is."""

from bot.core.events import Outcome
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Message, context, message, section
from bot.views.story import EvidenceTold, Story

MOST_LINES = 7


def evidence_card(story: Story, evidence_id: str) -> Message:
    """The card of one evidence id."""
    told = story.evidence[evidence_id]
    evidence = told.evidence
    tool = t.said(evidence.tool.replace("_", " "), 60)
    verdict = "" if evidence.outcome is Outcome.OK else f" · *{w.OUTCOME[evidence.outcome]}*"
    small = [f"looked {t.clock(evidence.at)}, {evidence.milliseconds:,} ms"]
    if told.raw:
        small.append(t.link(told.raw, "raw data"))
    if told.blind:
        small.append("this says nothing about whether anything is wrong, and rules nothing out")
    return message(
        f"{t.said(evidence.id, 20)} {tool}: {_first_line(told)}",
        [
            section(f"*{t.said(evidence.id, 20)}* {tool}{verdict}", f"asked {t.quoted(told.asked, 700)}"),
            section(*_digest(told)),
            context(" · ".join(small)),
        ],
    )


def _first_line(told: EvidenceTold) -> str:
    lines = told.digest.strip().splitlines()
    return t.said(lines[0], 200) if lines else w.OUTCOME[told.evidence.outcome]


def _digest(told: EvidenceTold) -> list[str]:
    lines = [line for line in told.digest.splitlines() if line.strip()]
    shown = [t.said(line, 240) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"and {len(lines) - MOST_LINES} more lines in the ledger (`midwatch incidents show`)")
    return shown or [w.OUTCOME[told.evidence.outcome]]
