"""The text half of the runbook index: SQLite with FTS5 over stems, and the pages themselves. Read-only once written."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from pathlib import Path

from bot.adapters.runbook_pages import Chunk, RunbookPage
from bot.adapters.runbook_words import HashedEmbedding, words_of
from bot.core.errors import LookFailed

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE pages (id TEXT PRIMARY KEY, title TEXT, alerts TEXT, url TEXT, words TEXT, title_words TEXT);
CREATE TABLE terms (term TEXT PRIMARY KEY, pages INTEGER);
CREATE TABLE chunks (number INTEGER PRIMARY KEY, page TEXT, heading TEXT, text TEXT);
CREATE VIRTUAL TABLE stems USING fts5(page UNINDEXED, title, words, body, tokenize = 'unicode61');
"""
_WEIGHTS = "0.0, 6.0, 3.0, 1.0"  # of the columns above: a word in the title counts most


@dataclass(frozen=True)
class Entry:
    """A page as the ranking needs it."""

    id: str
    title: str
    alerts: tuple[str, ...]
    url: str
    words: frozenset[str]
    title_words: frozenset[str]


def write_text_index(
    path: Path, pages: Sequence[RunbookPage], chunks: Sequence[Chunk], embedding: HashedEmbedding
) -> None:
    terms: Counter[str] = Counter()
    base = sqlite3.connect(path)
    try:
        base.executescript(_SCHEMA)
        for page in pages:
            # An alert's name is as good as a title; the file's patterns may hold several.
            title = words_of(" ".join([page.title, *(name for name in page.alerts if "*" not in name)]))
            body = words_of(page.text)
            terms.update({*title, *body})
            base.execute(
                "INSERT INTO stems VALUES (?, ?, ?, ?)", (page.id, *map(" ".join, (title, words_of(page.words), body)))
            )
            row = (
                page.id,
                page.title,
                json.dumps(page.alerts),
                page.url,
                " ".join({*title, *body}),
                " ".join(set(title)),
            )
            base.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)", row)
        rows = [(number, one.page, one.heading, one.text) for number, one in enumerate(chunks)]
        base.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?)", rows)
        base.executemany("INSERT INTO terms VALUES (?, ?)", terms.items())
        base.execute("INSERT INTO meta VALUES ('weights', ?)", (json.dumps(embedding.get_config()["weights"]),))
        base.commit()
    finally:
        base.close()


class TextIndex:
    """Opened immutable, so that any number of processes may read it, from a read-only disk too."""

    def __init__(self, path: Path) -> None:
        try:
            self._base = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            self._pages = {row[0]: _entry(row) for row in self._base.execute("SELECT * FROM pages")}
        except sqlite3.Error as error:
            raise LookFailed(f"the runbook index cannot be read: {error}; run `midwatch runbooks index`") from error

    def close(self) -> None:
        self._base.close()

    @property
    def pages(self) -> dict[str, Entry]:
        return self._pages

    def weights(self) -> list[float]:
        row = self._base.execute("SELECT value FROM meta WHERE key = 'weights'").fetchone()
        return [float(weight) for weight in json.loads(row[0])]

    @cached_property
    def _terms(self) -> dict[str, int]:
        return dict(self._base.execute("SELECT term, pages FROM terms"))

    def rarity(self, word: str) -> float:
        """Inverse document frequency: what a word tells about which page is meant."""
        known = self._terms.get(word, 0)
        return log(1 + (len(self._pages) - known + 0.5) / (known + 0.5))

    def by_words(self, words: Sequence[str], most: int = 50) -> list[str]:
        """Pages by BM25, best first."""
        if not words:
            return []
        asked = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        query = f"SELECT page FROM stems WHERE stems MATCH ? ORDER BY bm25(stems, {_WEIGHTS}), page LIMIT ?"
        return [row[0] for row in self._base.execute(query, (asked, most))]

    def chunk(self, number: int) -> Chunk:
        page, heading, text = self._base.execute(
            "SELECT page, heading, text FROM chunks WHERE number = ?", (number,)
        ).fetchone()
        return Chunk(page, self._pages[page].title, heading, text)

    def first_chunk(self, page: str) -> Chunk:
        number = self._base.execute("SELECT min(number) FROM chunks WHERE page = ?", (page,)).fetchone()[0]
        return self.chunk(number)


def _entry(row: tuple[str, str, str, str, str, str]) -> Entry:
    name, title, alerts, url, words, title_words = row
    return Entry(name, title, tuple(json.loads(alerts)), url, frozenset(words.split()), frozenset(title_words.split()))
