"""The runbook index: one writer builds a version, readers follow a pointer. `ports.Runbooks` is its reading half.

    into/current            the name of the version to read, replaced atomically
    into/v-<digest>/        pages.sqlite (FTS5 and the pages) and chroma/ (the vectors), never changed once named

An embedded Chroma shows another process's writes to nobody, and one opened before a fork hangs after it: so a version
is built and closed before the pointer moves, and a reader opens it in its own process, at its first search. With
`CHROMA_URL` the vectors live on that server, in a collection named after the same digest.
"""

import fcntl
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.adapters.runbook_pages import Chunk, Corpus, chunks_of, read_corpus
from bot.adapters.runbook_ranking import Found, ranked
from bot.adapters.runbook_text import TextIndex, write_text_index
from bot.adapters.runbook_vectors import Vectors, fill
from bot.adapters.runbook_words import HashedEmbedding, bucket_weights, words_of
from bot.core.errors import LookFailed
from bot.core.ports import Page
from bot.core.redact import redact

_SCHEMA = "3"  # a change of how anything here is made: every index is built anew
# Below this a page is not shown: it is about something else. A name adds words that a page about it would share, so
# with one more can be asked. On 101 alerts with a page and 104 of the same makers without: 0.5 keeps about four in
# five of the first and one in six of the second (descriptions only).
_NEAR_ENOUGH = 0.5
_NEAR_ENOUGH_NAMED = 0.6
_MOST_EXCERPT = 500
_KEPT_VERSIONS = 2


@dataclass(frozen=True)
class Indexed:
    """What indexing came to; ``problems`` name file and reason."""

    version: str
    pages: int
    chunks: int
    built: bool
    problems: tuple[str, ...]


def index(paths: Sequence[Path], into: Path, chroma_url: str = "") -> Indexed:
    """Build a version from the Markdown below ``paths``, or keep the current one when nothing changed."""
    into.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(paths)
    version = _version_of(corpus)
    chunks = [chunk for page in corpus.pages for chunk in chunks_of(page)]
    with _only_writer(into):
        built = not (into / version).is_dir()
        embedding = HashedEmbedding(bucket_weights(words_of(page.text) for page in corpus.pages))
        if built:
            _build(into, version, corpus, chunks, embedding, embedded=not chroma_url)
        if chroma_url:
            fill(chroma_url, version, chunks, embedding)
        _point_at(into, version)
        _forget_old(into, version)
    return Indexed(version, len(corpus.pages), len(chunks), built, corpus.problems)


def is_current(paths: Sequence[Path], into: Path) -> bool:
    """Whether the index is of exactly these files; cheap, opens no database."""
    return _current(into) == _version_of(read_corpus(paths))


class RunbookIndex:
    """`ports.Runbooks` over an indexed folder. Opening happens at the first search, in the process that searches."""

    def __init__(self, folder: Path, chroma_url: str = "") -> None:
        self._folder = folder
        self._chroma_url = chroma_url
        self._lock = threading.Lock()
        self._opened: tuple[int, str, TextIndex, Vectors] | None = None

    def search(self, query: str, alertname: str = "", most: int = 5) -> list[Page]:
        """Pages near enough to the words, best first; a page written for the alert by name comes before all others."""
        with self._lock:
            text, vectors = self._open()
            found = ranked(query, alertname, text, vectors)
        least = _NEAR_ENOUGH_NAMED if alertname else _NEAR_ENOUGH
        return [_page(one) for one in found[:most] if one.score >= least]

    def candidates(self, query: str, alertname: str = "", most: int = 5) -> list[Page]:
        """As search, but without the gate: for measuring it, and for `midwatch runbooks search`."""
        with self._lock:
            found = ranked(query, alertname, *self._open())
        return [_page(one) for one in found[:most]]

    def close(self) -> None:
        with self._lock:
            if self._opened and self._opened[0] == os.getpid():
                self._opened[2].close()
                self._opened[3].close()
            self._opened = None

    def _open(self) -> tuple[TextIndex, Vectors]:
        version = _current(self._folder)
        if not version:
            raise LookFailed(f"there is no runbook index in {self._folder}: run `midwatch runbooks index`")
        if self._opened and self._opened[:2] == (os.getpid(), version):
            return self._opened[2], self._opened[3]
        place = self._folder / version
        text = TextIndex(place / "pages.sqlite")
        vectors = Vectors(self._chroma_url, place / "chroma", version, text.weights())
        self._opened = (os.getpid(), version, text, vectors)
        return text, vectors


def search(folder: Path, query: str, alertname: str = "", most: int = 5, chroma_url: str = "") -> list[Page]:
    """For `midwatch runbooks search`: also what the gate holds back, with its score."""
    with closing(RunbookIndex(folder, chroma_url)) as opened:
        return opened.candidates(query, alertname, most)


def _page(found: Found) -> Page:
    excerpt = redact(" ".join(found.excerpt.split()))[:_MOST_EXCERPT]
    return Page(found.id, found.title, round(found.score, 3), found.why, excerpt, found.url)


def _version_of(corpus: Corpus) -> str:
    digest = sha256(f"{_SCHEMA}:{HashedEmbedding.name()}".encode())
    for page in corpus.pages:
        for part in (page.id, page.title, "\n".join(page.alerts), page.words, page.url, page.text):
            digest.update(f"{len(part)}:".encode() + part.encode("utf-8", "surrogatepass"))
    return f"v-{digest.hexdigest()[:16]}"


def _current(into: Path) -> str:
    try:
        name = (into / "current").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return name if name.startswith("v-") and (into / name).is_dir() else ""


def _build(
    into: Path, version: str, corpus: Corpus, chunks: Sequence[Chunk], embedding: HashedEmbedding, embedded: bool
) -> None:
    building = into / f"building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        write_text_index(building / "pages.sqlite", corpus.pages, chunks, embedding)
        if embedded:
            fill("", version, chunks, embedding, building / "chroma")
        building.rename(into / version)
    except sqlite3.Error as error:
        raise LookFailed(f"the runbook index cannot be written: {error}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _point_at(into: Path, version: str) -> None:
    fresh = into / "current.new"
    with fresh.open("w", encoding="ascii") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(into / "current")


def _forget_old(into: Path, version: str) -> None:
    """A reader may still hold the version before; older ones go, and so does what a killed writer left."""
    versions = sorted(into.glob("v-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    keep = {version, *[path.name for path in versions if path.name != version][: _KEPT_VERSIONS - 1]}
    for path in [*versions, *into.glob("building-*")]:
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _only_writer(into: Path) -> Iterator[None]:
    with (into / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
