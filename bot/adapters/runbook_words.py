"""Words of runbooks and alerts, and the `hashed` embedding over them: no model file, no network, same on any machine.

A text becomes its words (CamelCase split, lightly stemmed) and the four-letter pieces of each word, hashed into 512
numbers and weighted by how rare they are in the corpus. Pieces catch what stemming misses (quota, quotas, etcdQuota).
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from chromadb.api.types import Documents, EmbeddingFunction, Embeddings
from chromadb.utils.embedding_functions import register_embedding_function
from numpy.typing import NDArray

DIMENSIONS = 512
_CAMEL_WORD = re.compile(r"([a-z0-9])([A-Z])")
_CAMEL_RUN = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD = re.compile(r"[a-z][a-z0-9]{1,40}")
_ENDINGS = ("ings", "ing", "edly", "ed", "ies", "es", "s")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "more",
        "no",
        "not",
        "of",
        "on",
        "or",
        "out",
        "should",
        "than",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "will",
        "with",
        "within",
        "would",
        "you",
        "your",
    ]
)
# What stands in an alert's text only because it happened there: quoted values, numbers and ids, namespace/name.
_INCIDENTAL = re.compile(r"\"[^\"\n]{0,80}\"|'[^'\n]{0,80}'|\b\S{0,80}\d\S{0,80}|\b[\w-]{1,63}/[\w./-]{1,120}")


def words_of(text: str) -> list[str]:
    """Stems in order, stop words left out; `KubePodCrashLooping` gives kube, pod, crash, loop."""
    split = _CAMEL_WORD.sub(r"\1 \2", _CAMEL_RUN.sub(r"\1 \2", text))
    return [_stem(word) for word in _WORD.findall(split.lower()) if word not in _STOP]


def words_of_alert(text: str) -> list[str]:
    """As `words_of`, without what is only this alert's own (its pod, its numbers)."""
    return words_of(_INCIDENTAL.sub(" ", text))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


@lru_cache(maxsize=50_000)
def _features(word: str) -> tuple[tuple[int, int, float], ...]:
    """Bucket, sign and weight of a word and of each of its four-letter pieces."""
    padded = f" {word} "
    pieces = [f"c:{padded[start : start + 4]}" for start in range(len(padded) - 3)]
    return tuple(_hashed(f"w:{word}", 1.0) if piece == "" else _hashed(piece, 0.5) for piece in ("", *pieces))


def _hashed(feature: str, weight: float) -> tuple[int, int, float]:
    number = zlib.crc32(feature.encode())
    return number % DIMENSIONS, 1 if number >> 31 else -1, weight


def bucket_weights(texts: Iterable[Sequence[str]]) -> list[float]:
    """How much each of the 512 numbers counts: rare buckets more, by inverse document frequency over ``texts``."""
    seen = np.zeros(DIMENSIONS)
    total = 0
    for words in texts:
        total += 1
        for bucket in {bucket for word in set(words) for bucket, _, _ in _features(word)}:
            seen[bucket] += 1
    return [round(float(weight), 4) for weight in np.log1p((total + 1) / (seen + 1))]


@register_embedding_function
class HashedEmbedding(EmbeddingFunction[Documents]):
    """Chroma keeps the name and the config, so that a reader embeds questions as the writer embedded pages."""

    def __init__(self, weights: Sequence[float] | None = None) -> None:
        self._weights = np.array(weights if weights is not None else [1.0] * DIMENSIONS)

    def __call__(self, input: Documents) -> Embeddings:  # noqa: A002 (Chroma's own name)
        return [self.embed(text) for text in input]

    def embed(self, text: str) -> NDArray[np.float32]:
        return self.embed_words(words_of(text))

    def embed_words(self, words: Iterable[str]) -> NDArray[np.float32]:
        vector = np.zeros(DIMENSIONS)
        for bucket, value in _counted(words):
            vector[bucket] += value
        vector *= self._weights
        length = float(np.linalg.norm(vector))
        if not length:
            vector[0] = length = 1.0  # a text without words still needs a direction
        return (vector / length).astype(np.float32)

    @staticmethod
    def name() -> str:
        return "midwatch-hashed"

    def default_space(self) -> Any:
        return "cosine"

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> "HashedEmbedding":
        return HashedEmbedding(config.get("weights"))

    def get_config(self) -> dict[str, Any]:
        return {"weights": [float(weight) for weight in self._weights], "dimensions": DIMENSIONS, "version": 1}


def _counted(words: Iterable[str]) -> Iterator[tuple[int, float]]:
    for word, count in Counter(words).items():
        for bucket, sign, weight in _features(word):
            yield bucket, sign * math.log1p(count * weight)
