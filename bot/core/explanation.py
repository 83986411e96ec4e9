"""From the runbook search and the runbooks themselves to what `/ops explain` answers. Pure; no general knowledge."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.core.answers import ExplainAnswer, NotReadable, Passage, Source
from bot.core.case import Seen
from bot.core.ledger import stamp
from bot.core.measures import clip
from bot.core.predicates.shape import number_of, rows
from bot.core.runbook import Corpus, Runbook

MOST_PAGES = 3
MOST_TEXT = 450
MEANING = ("symptoms", "meaning", "what it means", "description", "summary")
LOOK_AT = ("how to check by hand", "how to check", "diagnosis", "investigation", "checks", "what to look at")


def explain(
    asked: str, now: datetime, pages: Seen, corpus: Corpus, unread: Iterable[NotReadable] = ()
) -> ExplainAnswer:
    """The answer; only pages the search found near enough count."""
    found = [(_source(row), str(row.get("excerpt") or "")) for row in rows(pages.facts, "pages")[:MOST_PAGES]]
    blind = list(unread)
    if not pages.readable:
        blind.append(NotReadable(what="runbooks", outcome=pages.outcome, why=clip(pages.digest, 200)))
    told = [(source, excerpt, corpus.runbooks.get(source.id)) for source, excerpt in found]
    return ExplainAnswer(
        asked=clip(asked, 300),
        as_of=stamp(now),
        from_runbooks=bool(found),
        meaning=tuple(_meaning(*one) for one in told[:1]),
        causes=tuple(passage for source, _, page in told if page for passage in _causes(source, page))[:5],
        look_at=tuple(passage for source, _, page in told[:2] for passage in _look_at(source, page))[:5],
        sources=tuple(source for source, _ in found),
        not_readable=tuple(blind),
    )


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
