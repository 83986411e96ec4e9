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
from bot.core.phrases import spoken_of
from bot.core.predicates.shape import number_of, rows
from bot.core.runbook import Cause, Corpus, Runbook
from bot.core.subject import Subject, SubjectKind

MENTIONS = re.compile(r"""mentions\(\s*\w+\s*,\s*["']([^"']+)["']""")
BULLET = re.compile(r"^(?:\d+[.)]|[-*])\s+")
LINK = re.compile(r"\[([^\]]+)\]\([^()\s]*\)")  # another page of the folder: its title is what a reader can use
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
    """What was seen now (``aside``: looked at only to know names), and incidents, with how many ledgers were read."""

    looks: tuple[Seen, ...] = ()
    aside: tuple[Seen, ...] = ()
    open: tuple[PastIncident, ...] = ()
    history: tuple[PastIncident, ...] = ()
    history_read: int = 0


def explain(subject: Subject, now: datetime, pages: Seen, corpus: Corpus, seen: Findings) -> ExplainAnswer:
    """The answer; only pages the search found near enough count."""
    found = [(_source(row), str(row.get("excerpt") or "")) for row in rows(pages.facts, "pages")[:MOST_PAGES]]
    blind = list(live.unread([*seen.aside, *seen.looks]))
    if not pages.readable:
        blind.append(NotReadable(what="runbooks", outcome=pages.outcome, why=clip(pages.digest, 200)))
    known = {source.id for source, _ in found}
    found += [(source, "") for source in _looking_for(subject, corpus, seen.looks) if source.id not in known]
    found = list({source.id: (source, excerpt) for source, excerpt in reversed(found)}.values())[::-1][:MOST_PAGES]
    now_seen = live.passages(seen.looks, subject.name)
    said_there = any(subject.said and subject.said in passage.text for passage in now_seen)
    told = [(source, excerpt, corpus.runbooks.get(source.id)) for source, excerpt in found]
    return ExplainAnswer(
        asked=clip(subject.words, 300),
        as_of=stamp(now),
        subject=SUBJECTS.get(subject.kind) or f"looked up as {_kind(subject)} {subject.name}",
        from_runbooks=bool(found),
        general="" if said_there else clip(subject.said, 900),
        now=now_seen[:MOST_NOW],
        open=seen.open,
        history=seen.history,
        history_read=seen.history_read,
        meaning=tuple(_meaning(*one) for one in told[:1]),
        causes=tuple(passage for source, _, page in told if page for passage in _causes(source, page))[:5],
        look_at=tuple(passage for source, _, page in told[:2] for passage in _look_at(source, page))[:5],
        sources=tuple(source for source, _ in found),
        nearest=() if found else tuple(_source(row) for row in rows(pages.facts, "nearest")[:MOST_PAGES]),
        not_readable=tuple(blind),
    )


def _kind(subject: Subject) -> str:
    """As people call it: a CronJob is not a Job, whichever look answers for both."""
    said = re.match(r"[A-Za-z]+", subject.words)
    cron = said is not None and said[0].lower() in ("cronjob", "cronjobs", "cj")
    return "CronJob" if cron else subject.of_kind


def _looking_for(subject: Subject, corpus: Corpus, looks: Iterable[Seen]) -> Iterable[Source]:
    """Pages whose own causes look for these very words in the logs, and those that name them as their own."""
    if subject.kind not in (SubjectKind.ERROR, SubjectKind.SYMPTOM):
        return
    for page, phrase in spoken_of(subject.words, corpus):
        yield Source(id=page.id, title=page.title, url=page.url, why=f"it names “{phrase}” as a sign")
    if subject.kind is not SubjectKind.ERROR:
        return
    lines = [str(row.get("template")) for one in looks for row in rows(one.facts, "templates")]
    for page in corpus.runbooks.values():
        own = [cause for cause in page.causes if cause.page == page.id]
        if any(_mentions(cause, words) for cause in own for words in (subject.words, *lines)):
            yield Source(id=page.id, title=page.title, url=page.url, why="it looks for these words in the logs")


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
            steps.append(BULLET.sub("", line))
        else:
            steps[-1] += f" {line}"
    return [Passage(text=clip(step, MOST_TEXT), source=source) for step in steps[:4]]


def _section(page: Runbook | None, names: tuple[str, ...]) -> str:
    sections = page.sections if page else {}
    return LINK.sub(r"\1", next((sections[name] for name in names if name in sections), ""))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
