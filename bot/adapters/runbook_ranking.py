"""How runbooks are ranked for an alert, and when none is near enough. No I/O but through the two halves it is given.

Order: reciprocal rank fusion of BM25 and vectors. Score (what the gate judges): the mean of three shares in 0..1, so
that no corpus has to be tuned for: how much of the question's meaning (by rarity) the page holds, how much of the
page's title the question holds, and how alike the two are as vectors. A page that names the alert needs no gate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.adapters.runbook_pages import how_meant_for
from bot.adapters.runbook_text import Entry, TextIndex
from bot.adapters.runbook_vectors import Vectors
from bot.adapters.runbook_words import words_of_alert
from bot.core.errors import LookFailed

_FUSION = 60  # the usual k of reciprocal rank fusion
_CANDIDATES = 50


@dataclass(frozen=True)
class Found:
    id: str
    title: str
    score: float
    why: str
    excerpt: str
    url: str


@dataclass(frozen=True)
class _Near:
    """The nearest chunk of each page, or why there is none."""

    chunks: Mapping[str, tuple[int, float]]
    pages: Sequence[str]
    failure: str = ""


def ranked(query: str, alertname: str, text: TextIndex, vectors: Vectors) -> list[Found]:
    """Best first, ungated."""
    asked = words_of_alert(f"{alertname} {query}")
    near = _nearest(vectors, asked)
    order = fused(text.by_words(asked, _CANDIDATES), near.pages)
    meant = {name: how_meant_for(page.alerts, alertname) for name, page in text.pages.items()}
    names = {*order, *(name for name, share in meant.items() if share)}
    found = [
        _found(text, text.pages[name], asked, near, meant[name], alertname) for name in names if name in text.pages
    ]
    return sorted(found, key=lambda one: (-meant[one.id], -order.get(one.id, 0.0), -one.score, one.id))


def fused(*rankings: Sequence[str]) -> dict[str, float]:
    """Reciprocal rank fusion: what several rankings put high comes high."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking):
            scores[name] = scores.get(name, 0.0) + 1.0 / (_FUSION + rank)
    return scores


def _nearest(vectors: Vectors, asked: Sequence[str]) -> _Near:
    if not asked:
        return _Near({}, [])
    try:
        found = vectors.nearest(asked, _CANDIDATES)
    except LookFailed as failure:
        # Words alone still find most runbooks; that the vectors are missing is told with every page.
        return _Near({}, [], str(failure))
    chunks: dict[str, tuple[int, float]] = {}
    for number, page, likeness in found:
        chunks.setdefault(page, (number, likeness))
    return _Near(chunks, list(chunks))


def _found(text: TextIndex, page: Entry, asked: Sequence[str], near: _Near, meant: float, alertname: str) -> Found:
    number, likeness = near.chunks.get(page.id, (None, 0.0))
    chunk = text.first_chunk(page.id) if number is None else text.chunk(number)
    shares = [_share(text, asked, page.words), _share(text, page.title_words, asked)]
    score = sum(shares + [max(0.0, likeness)]) / 3 if not near.failure else sum(shares) / 2
    why = f"written for {alertname}" if meant else _common(text, asked, page)
    if near.failure:
        why += f" (by words alone: {near.failure})"
    excerpt = f"{chunk.heading}: {chunk.text}"
    return Found(page.id, page.title, max(score, meant), why, excerpt, page.url)


def _share(text: TextIndex, words: Iterable[str], inside: Iterable[str]) -> float:
    """How much of what ``words`` mean, weighted by rarity, is ``inside``."""
    held = set(inside)
    weights = {word: text.rarity(word) for word in set(words)}
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in held) / total if total else 0.0


def _common(text: TextIndex, asked: Sequence[str], page: Entry) -> str:
    common = sorted({*asked} & page.words, key=lambda word: (-text.rarity(word), word))
    return f"words in common: {', '.join(common[:6])}" if common else "alike by its letters"
