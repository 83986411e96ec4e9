"""Reads folders of Markdown runbooks into pages and chunks. Decides ids, titles and which alerts a page is for.

Front matter is YAML between `---` lines and may be missing. A page that cannot be read as it is meant is still
indexed as far as it can be, and the problem is told: a runbook that silently vanishes is missed at 02:00.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

_MOST_BYTES = 512 * 1024
_MOST_CHUNK = 2500
_MOST_PAGES = 20_000
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.M)
_FENCE = re.compile(r"^(?:```|~~~)", re.M)


@dataclass(frozen=True)
class RunbookPage:
    """``alerts`` are names or globs of the alerts it is written for; ``words`` what its front matter adds."""

    id: str
    title: str
    alerts: tuple[str, ...]
    words: str
    text: str
    url: str
    path: str


@dataclass(frozen=True)
class Chunk:
    page: str
    title: str
    heading: str
    text: str


def how_meant_for(alerts: Sequence[str], alertname: str) -> float:
    """1 for a page that names this alert, less for a pattern, 0 for none; `*` alone names nothing."""
    if not alertname:
        return 0.0
    if alertname in alerts:
        return 1.0
    literal = [len(pattern.replace("*", "").replace("?", "")) for pattern in alerts if fnmatchcase(alertname, pattern)]
    return 0.9 if max(literal, default=0) >= 3 else 0.0


@dataclass(frozen=True)
class Corpus:
    pages: tuple[RunbookPage, ...]
    problems: tuple[str, ...]


def read_corpus(folders: Sequence[Path]) -> Corpus:
    """Every `*.md` below the folders, sorted; a second page of the same id is told as a problem and kept apart."""
    pages: dict[str, RunbookPage] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(f"{folder}: there is no such folder")
            continue
        for path in _files(folder):
            page, why = _page(path, folder)
            problems += [f"{path}: {reason}" for reason in why]
            if page and page.id in pages:
                problems.append(f"{path}: id {page.id} is also that of {pages[page.id].path}")
                page = replace(page, id=f"{folder.name}/{path.relative_to(folder).with_suffix('')}")
            if page and len(pages) < _MOST_PAGES:
                pages.setdefault(page.id, page)
    return Corpus(tuple(pages.values()), tuple(problems))


def chunks_of(page: RunbookPage) -> list[Chunk]:
    """The page cut at its headings, long sections cut again at paragraphs; code is never mistaken for a heading."""
    found = [
        Chunk(page.id, page.title, heading, piece)
        for heading, section in _sections(page)
        for piece in _pieces(section)
        if piece.strip()
    ]
    return found or [Chunk(page.id, page.title, page.title, page.title)]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.md")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and path.name != "README.md":
            yield path


def _page(path: Path, folder: Path) -> tuple[RunbookPage | None, list[str]]:
    problems = []
    try:
        if path.stat().st_size > _MOST_BYTES:
            problems.append(f"longer than {_MOST_BYTES // 1024} KB; the rest is not indexed")
        raw = path.read_bytes()[:_MOST_BYTES]
    except OSError as error:
        return None, [f"cannot be read: {error.strerror}"]
    front, body, why = _front_matter(raw.decode("utf-8", "replace"))
    problems += [why] if why else []
    first = _HEADING.search(body)
    title = str(front.get("title") or (first[2] if first else path.stem))
    name = str(front.get("id") or path.relative_to(folder).with_suffix(""))
    alerts = _alerts(front) or (path.stem,)
    return RunbookPage(name, title, alerts, _words(front), body, str(front.get("url") or ""), str(path)), problems


def _front_matter(text: str) -> tuple[dict[str, Any], str, str]:
    """Front matter, body, and what is wrong with the front matter."""
    if not text.startswith("---\n"):
        return {}, text, ""
    end = text.find("\n---", 3)
    if end < 0:
        return {}, text, "front matter begins with --- and does not end"
    body = text[end + 4 :].lstrip("-").lstrip("\n")
    try:
        found = yaml.safe_load(text[4:end])
    except yaml.YAMLError as error:
        return {}, body, f"front matter is no YAML: {str(error).splitlines()[0]}"
    if not isinstance(found, dict):
        return {}, body, "front matter is no mapping"
    return found, body, ""


def _alerts(front: dict[str, Any]) -> tuple[str, ...]:
    """Names and globs from `alerts:` or `when: {alerts: …}`."""
    when = front.get("when")
    places = [front, when] if isinstance(when, dict) else [front]
    for place in places:
        for key in ("alerts", "alert", "alertnames", "alertname"):
            found = place.get(key)
            if isinstance(found, str):
                return (found,)
            if isinstance(found, list):
                return tuple(str(one) for one in found if isinstance(one, str))
    return ()


def _words(front: dict[str, Any]) -> str:
    when = front.get("when")
    words = (when or {}).get("words") if isinstance(when, dict) else front.get("words")
    return " ".join(map(str, words)) if isinstance(words, list) else str(words or "")


def _sections(page: RunbookPage) -> Iterator[tuple[str, str]]:
    fences = [found.start() for found in _FENCE.finditer(page.text)]
    heading, position = page.title, 0
    for found in _HEADING.finditer(page.text):
        if sum(1 for fence in fences if fence < found.start()) % 2:
            continue  # a comment inside a code block
        yield heading, page.text[position : found.start()]
        heading, position = found[2], found.end()
    yield heading, page.text[position:]


def _pieces(section: str) -> Iterator[str]:
    piece = ""
    for paragraph in re.split(r"\n\s*\n", section):
        if piece and len(piece) + len(paragraph) > _MOST_CHUNK:
            yield piece
            piece = ""
        piece = f"{piece}\n\n{paragraph}".strip()[: 2 * _MOST_CHUNK]
    yield piece
