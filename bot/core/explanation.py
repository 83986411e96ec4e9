"""From runbooks, looks and past incidents to what `/ops explain` answers. Pure.

General knowledge is only how a PromQL expression reads, and it is kept apart from what is this team's own.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core import live
from bot.core.answers import ExplainAnswer, NotReadable, Passage, PastIncident, Source
from bot.core.case import Seen
from bot.core.ledger import stamp
from bot.core.measures import clip
from bot.core.predicates.shape import number_of, rows
from bot.core.runbook import Cause, Corpus, Runbook
from bot.core.subject import Subject, SubjectKind

MENTIONS = re.compile(r"""mentions\(\s*\w+\s*,\s*["']([^"']+)["']""")
MOST_PAGES = 3
MOST_NOW = 6
MOST_TEXT = 450
MEANING = ("symptoms", "meaning", "what it means", "description", "summary")
LOOK_AT = ("how to check by hand", "how to check", "diagnosis", "investigation", "checks", "what to look at")


SUBJECTS: Mapping[SubjectKind, str] = {
    SubjectKind.NAME: "looked up as the name of an alert",
    SubjectKind.EXPRESSION: "read as PromQL",
    SubjectKind.ERROR: "read as an error text",
    SubjectKind.SERVICE: "looked up as a service",
    SubjectKind.SYMPTOM: "read as a symptom",
}


@dataclass(frozen=True)
class Findings:
    """What was seen now, and past incidents with how many ledgers were read for them."""

    looks: tuple[Seen, ...] = ()
    history: tuple[PastIncident, ...] = ()
    history_read: int = 0


def explain(subject: Subject, now: datetime, pages: Seen, corpus: Corpus, seen: Findings) -> ExplainAnswer:
    """The answer; only pages the search found near enough count."""
    found = [(_source(row), str(row.get("excerpt") or "")) for row in rows(pages.facts, "pages")[:MOST_PAGES]]
    blind = list(live.unread(seen.looks))
    if not pages.readable:
        blind.append(NotReadable(what="runbooks", outcome=pages.outcome, why=clip(pages.digest, 200)))
    known = {source.id for source, _ in found}
    found += [(source, "") for source in _looking_for(subject, corpus) if source.id not in known][:MOST_PAGES]
    told = [(source, excerpt, corpus.runbooks.get(source.id)) for source, excerpt in found]
    return ExplainAnswer(
        asked=clip(subject.words, 300),
        as_of=stamp(now),
        subject=SUBJECTS.get(subject.kind) or f"looked up as {subject.of_kind} {subject.name}",
        from_runbooks=bool(found),
        general=clip(subject.said, 900),
        now=live.passages(seen.looks, subject.name)[:MOST_NOW],
        history=seen.history,
        history_read=seen.history_read,
        meaning=tuple(_meaning(*one) for one in told[:1]),
        causes=tuple(passage for source, _, page in told if page for passage in _causes(source, page))[:5],
        look_at=tuple(passage for source, _, page in told[:2] for passage in _look_at(source, page))[:5],
        sources=tuple(source for source, _ in found),
        not_readable=tuple(blind),
    )


def _looking_for(subject: Subject, corpus: Corpus) -> Iterable[Source]:
    """Pages whose own causes look for these very words in the logs."""
    if subject.kind is not SubjectKind.ERROR:
        return []
    return [
        Source(id=page.id, title=page.title, url=page.url, why="it looks for these words in the logs")
        for page in corpus.runbooks.values()
        if any(_mentions(cause, subject.words) for cause in page.causes if cause.page == page.id)
    ]


def _mentions(cause: Cause, words: str) -> bool:
    conditions = (*cause.requires, *cause.supports)
    patterns = [pattern for one in conditions for pattern in MENTIONS.findall(one.text)]
    return any(re.search(pattern, words, re.IGNORECASE) for pattern in patterns)


def _source(row: Mapping[str, object]) -> Source:
    score = number_of(row.get("score"))
    return Source(
        id=str(row.get("id")),
        title=str(row.get("title") or row.get("id")),
        url=str(row.get("url") or ""),
        why=clip(str(row.get("why") or ""), 200),
        score="" if score is None else f"{score:.2f}",
    )


def _meaning(source: Source, excerpt: str, page: Runbook | None) -> Passage:
    return Passage(text=clip(_section(page, MEANING) or excerpt or source.title, MOST_TEXT), source=source)


def _causes(source: Source, page: Runbook) -> Iterable[Passage]:
    own = sorted((cause for cause in page.causes if cause.page == page.id), key=lambda cause: -cause.prior)
    return [Passage(text=clip(_capital(cause.name), MOST_TEXT), source=source) for cause in own]


def _look_at(source: Source, page: Runbook | None) -> list[Passage]:
    """The steps of the page's own section, one passage each."""
    lines = _section(page, LOOK_AT).splitlines()
    steps: list[str] = []
    for line in (line.strip() for line in lines if line.strip()):
        if line[:1].isdigit() or line[:2] in ("- ", "* ") or not steps:
            steps.append(line.lstrip("0123456789.)*- "))
        else:
            steps[-1] += f" {line}"
    return [Passage(text=clip(step, MOST_TEXT), source=source) for step in steps[:4]]


def _section(page: Runbook | None, names: tuple[str, ...]) -> str:
    sections = page.sections if page else {}
    return next((sections[name] for name in names if name in sections), "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
