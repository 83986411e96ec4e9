"""`/ops explain`: what it means here, what usually causes it, what to look at; each thought with its source."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.core.answers import ExplainAnswer, Passage, PastIncident, Source
from bot.views import text as t
from bot.views.blocks import Block, Message, context, message, section
from bot.views.status import not_readable

MOST_PASSAGES = 4
MOST_NOW = 5
MOST_PAST = 4


def explain_message(answer: ExplainAnswer) -> Message:
    """Three short parts; what a part has nothing for is left out, and said once at the end."""
    blocks: list[Block] = [section(f"*{t.said(answer.asked, 200)}*", _subject(answer))]
    for title, lines in (
        ("What it means here", list(_meaning(answer))),
        ("What usually causes it", list(_causes(answer))),
        ("What to look at next", [_passage(passage) for passage in answer.look_at[:MOST_PASSAGES]]),
    ):
        if lines:
            blocks.append(section(f"*{title}*", *lines))
    if not answer.from_runbooks:
        blocks.append(section(_nothing(answer), _nearest(answer)))
    if answer.not_readable:
        blocks.append(section(not_readable(answer.not_readable)))
    blocks.append(context(*_where_from(answer)))
    return message(_text(answer), blocks)


def _subject(answer: ExplainAnswer) -> str:
    return f"_{t.said(answer.subject, 150)}_" if answer.subject else ""


def _meaning(answer: ExplainAnswer) -> Iterator[str]:
    if answer.general:
        yield f"• It reads: {t.said(answer.general, 900)}  (general knowledge of PromQL)"
    for passage in answer.now[:MOST_NOW]:
        yield f"• {t.said(passage.text, 450)}  ({_page(passage.source)}, just now)"
    for going_on in answer.open[:MOST_PAST]:
        yield _open(going_on)
    for passage in answer.meaning[:MOST_PASSAGES]:
        yield _passage(passage)


def _causes(answer: ExplainAnswer) -> Iterator[str]:
    """What it was here before comes first, the most frequent cause leading; then what the pages know."""
    yield from _frequent(answer.history)
    for past in answer.history[:MOST_PAST]:
        yield _past(past)
    for passage in answer.causes[: MOST_PASSAGES - min(2, len(answer.history))]:
        yield _passage(passage)


def _frequent(history: tuple[PastIncident, ...]) -> Iterator[str]:
    counted = Counter(past.fixed_by[0].partition(",")[0] for past in history if past.fixed_by)
    if len(history) > 1 and counted:
        what, times = counted.most_common(1)[0]
        yield f"• Of {len(history)} earlier incidents here, {times} ended with: {t.said(what, 100)}"


def _open(incident: PastIncident) -> str:
    where = t.channel(incident.channel) if incident.channel else t.quoted(incident.incident, 60)
    level = incident.level.upper() if incident.level.startswith("sev") else incident.level
    who = f" {t.said(incident.service, 80)}" if incident.service else ""
    cause = f"; likely cause: {t.said(incident.cause, 200)}" if incident.cause else ""
    return f"• *Open now: {level}{who}*, since {_day(incident.at)}: {t.said(incident.says, 200)}{cause}  ({where})"


def _past(past: PastIncident) -> str:
    where = t.channel(past.channel) if past.channel else t.quoted(past.incident, 60)
    was = t.said(past.cause or past.says, 200)
    if past.fixed_by:
        end = f"mended by {t.said('; '.join(past.fixed_by), 200)}"
    else:
        end = "over without a change by Midwatch" if past.over else "still open"
    return f"• {_day(past.at)}: {was}; {end}  ({where})"


def _day(stamp: str) -> str:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return t.said(stamp, 40)
    return t.moment(at) if at.tzinfo else t.said(stamp, 40)


def _passage(passage: Passage) -> str:
    return f"• {t.page(passage.text, 500)}  ({_page(passage.source)})"


def _page(source: Source) -> str:
    return t.link(source.url, source.title) if source.url else t.said(source.title, 100)


def _nothing(answer: ExplainAnswer) -> str:
    if answer.not_readable:
        return "No runbook of this team was found, but not everything could be searched."
    return "No runbook of this team says anything about this."


def _nearest(answer: ExplainAnswer) -> str:
    """What the gate held back, as what it is."""
    return f"Nearest pages (not a match): {' · '.join(_page(one) for one in answer.nearest)}" if answer.nearest else ""


def _where_from(answer: ExplainAnswer) -> Iterator[str]:
    parts = []
    if pages := dict.fromkeys(_page(source) for source in answer.sources[:5]):
        parts.append(f"this team's runbooks ({', '.join(pages)})")
    if answer.now:
        parts.append("what was read just now")
    if answer.history_read:
        same = len(answer.history)
        parts.append(f"{t.counted(answer.history_read, 'earlier incident')} ({same} like this)")
    yield f"From {' · '.join(parts)}." if parts else "Nothing of this team's own speaks of it."
    if answer.general:
        yield "Only how the expression reads is general knowledge."
    else:
        yield "Nothing here is from general knowledge."


def _text(answer: ExplainAnswer) -> str:
    told = [p.text for part in (answer.now, answer.meaning, answer.causes, answer.look_at) for p in part]
    first = next(iter(told), answer.general)
    return f"{t.said(answer.asked, 80)}: {t.said(first, 200) if first else _nothing(answer)}"
