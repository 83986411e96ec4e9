"""What a diagnosis concluded, as lines for the incident's card: the cause, or candidates, or that nothing is wrong.

A cause is named only when the finding names one. Every claim carries the evidence it stands on; what was ruled out and
what could not be read stand beside it.
"""

import re
from collections.abc import Iterator

from bot.core.events import Verdict
from bot.core.findings import Candidate, Claim, FindingContent, NotRead
from bot.core.incident import Finding
from bot.core.replanning import FAILED_ROUNDS
from bot.views import text as t
from bot.views import wording as w
from bot.views.blocks import Block, section
from bot.views.story import Story

HEALTHY = "Nothing is wrong now"
MOST_CLAIMS = 4
LINE = re.compile(r"“([^“”]{30,})”")  # a quotation long enough to be tiring the second time
MOST_LISTED = 6


def conclusion(story: Story) -> Iterator[Block]:
    finding, content = story.incident.finding, story.finding
    if finding is None and story.incident.by_request:
        yield section("Nothing was reported to be wrong, so nothing is diagnosed: somebody asked for this change.")
        return
    if finding is None:
        yield section(*_progress(story))
        return
    if content is None:
        yield section("*The finding cannot be shown:* its text was erased.")
        return
    if verdict := list(_verdict(story, finding, content)):
        yield section(*verdict)
    if rest := list(_beside(story, content)):
        yield section(*rest)


def _progress(story: Story) -> Iterator[str]:
    if given_up := w.gave_up(story.incident):
        reasoner, reason = given_up
        yield f"*Could not be diagnosed:* {w.why(reason)}. Nothing more is tried; look yourself."
        yield f"The {t.said(reasoner, 20)} diagnosis was begun {FAILED_ROUNDS} times; what it read is in the thread."
        if story.evidence and (unread := could_not_look(story, ())):
            yield unread
        return
    rounds = story.incident.rounds.values()
    looks = list(story.evidence.values())
    blind = [told for told in looks if told.blind]
    if not rounds:
        yield "Evidence is about to be gathered."
        return
    tools = ", ".join(dict.fromkeys(w.look(told.evidence.tool) for told in looks))
    so_far = f"{t.counted(len(looks), 'look')} so far ({tools})" if looks else "the first answers are on their way"
    yield f"*Looking:* {so_far}."
    for reasoner, reason in [failure for round_ in rounds for failure in round_.failures][-2:]:
        yield f"*The {t.said(reasoner, 20)} diagnosis did not finish:* {w.why(reason)}."
    if blind:
        yield could_not_look(story, ())


def _verdict(story: Story, finding: Finding, content: FindingContent) -> Iterator[str]:
    match finding.verdict:
        case Verdict.CAUSE:
            yield f"*Likely cause, {w.confidence(finding.confidence)}*"
            yield _told(story, content.cause or content.headline, 600)
            yield from _claims(story, content.because, content.cause)
        case Verdict.CANDIDATES:
            yield "*Candidates, none of them certain*"
            yield from _candidates(story, content)
        case Verdict.HEALTHY:
            if t.sentence(content.headline) != HEALTHY:
                yield f"*{HEALTHY}*"
            if content.cause:
                yield _told(story, content.cause, 600)
            yield from _claims(story, content.because)
        case Verdict.UNSURE:
            yield "*Not enough to name a cause*"
            yield from _claims(story, content.because)
            yield from _candidates(story, content)


def _claims(story: Story, claims: tuple[Claim, ...], cause: str = "") -> Iterator[str]:
    shown = LINE.findall(cause)
    fresh = list(_without_echoes(claims))
    for claim in fresh[:MOST_CLAIMS]:
        yield f"• {_told(story, _once(claim.text, shown), 400)}  {story.cite(claim.evidence)}".rstrip()
    if len(fresh) > MOST_CLAIMS:
        yield f"• and {len(fresh) - MOST_CLAIMS} more in the thread"


def _told(story: Story, text: str, most: int) -> str:
    """What a finding says, its times in the reader's own zone."""
    return story.timed(t.said(t.unmasked(text), most))


def _without_echoes(claims: tuple[Claim, ...]) -> Iterator[Claim]:
    """All but those that only show a long log line again, out of evidence that was cited with it."""
    lines: set[str] = set()
    cited: set[str] = set()
    for claim in claims:
        quoted = set(LINE.findall(claim.text))
        if not (quoted and quoted <= lines and set(claim.evidence) <= cited):
            yield claim
        lines |= quoted
        cited |= set(claim.evidence)


def _once(text: str, shown: list[str]) -> str:
    """``text`` without the long log lines that stand above it already; those it shows are added to ``shown``."""
    short = LINE.sub(lambda found: "the same line" if found[1] in shown else found[0], text)
    shown += LINE.findall(text)
    return short


def _candidates(story: Story, content: FindingContent) -> Iterator[str]:
    for candidate in content.candidates[:3]:
        yield from _candidate(story, candidate)


def _candidate(story: Story, candidate: Candidate) -> Iterator[str]:
    yield f"*{_told(story, candidate.cause, 300)}*, {w.confidence(candidate.confidence)}"
    shown = LINE.findall(candidate.cause)
    for word, claims in (("for", candidate.supports), ("against", candidate.against)):
        for claim in claims[:2]:
            yield f"• {word}: {_told(story, _once(claim.text, shown), 300)}  {story.cite(claim.evidence)}".rstrip()
    if candidate.tell_apart:
        yield f"• would tell: {t.page(candidate.tell_apart, 300)}"


def _beside(story: Story, content: FindingContent) -> Iterator[str]:
    if content.place is not None:
        yield f"{t.said(content.place.text, 300)}  {story.cite(content.place.evidence)}".rstrip()
    ruled_out = [
        f"{t.said(t.unmasked(out.cause), 120)} {story.cite(out.evidence)}".strip()
        for out in content.ruled_out[:MOST_LISTED]
    ]
    if ruled_out:
        yield f"*Ruled out:* {' · '.join(ruled_out)}"
    if unread := could_not_look(story, content.not_read):
        yield unread
    if content.next_step and not story.incident.approvals and story.incident.resolved_at is None:
        yield f"*Next:* {t.page(content.next_step, 400)}"


def could_not_look(story: Story, named: tuple[NotRead, ...]) -> str:
    """Everything that gave nothing: what the finding names, and every other look that was blind. Never left out."""
    listed = [f"{t.said(n.what, 100)} ({t.said(n.why, 160)})" for n in named]
    known = {n.evidence for n in named}
    listed += [
        f"{w.look(told.evidence.tool)} ({w.OUTCOME[told.evidence.outcome]}) {story.cite((name,))}"
        for name, told in story.evidence.items()
        if told.blind and name not in known
    ]
    more = len(listed) - MOST_LISTED
    shown = " · ".join(listed[:MOST_LISTED])
    return f"*Could not look:* {shown}{f' · and {more} more' if more > 0 else ''}" if listed else ""
