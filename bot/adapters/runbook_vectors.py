"""The vector half of the runbook index: one Chroma collection a version, embedded in its folder or on a server."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
from chromadb.config import Settings
from chromadb.errors import ChromaError

from bot.adapters.runbook_pages import Chunk
from bot.adapters.runbook_words import DIMENSIONS, HashedEmbedding, words_of
from bot.core.errors import LookFailed

_BATCH = 1000
_opened_by: set[int] = set()  # processes in which an embedded Chroma was opened; a fork inherits its parent's
_PREFIX = "midwatch-runbooks-"
_KEPT = 2


class Vectors:
    """Opened in the process that asks. ``nearest`` raises `LookFailed` when Chroma cannot answer."""

    def __init__(self, url: str, folder: Path, version: str, weights: Sequence[float]) -> None:
        self._embedding = HashedEmbedding(weights)
        try:
            self._client = _client(url, folder)
            self._collection: Any = self._client.get_collection(_PREFIX + version, embedding_function=self._embedding)
            self._failure = ""
        except (ChromaError, OSError, ValueError, RuntimeError) as error:
            self._client, self._collection, self._failure = None, None, f"{type(error).__name__}: {error!s:.200}"

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def nearest(self, words: Sequence[str], most: int = 50) -> list[tuple[int, str, float]]:
        """Chunk number, page and cosine similarity, nearest first."""
        if self._collection is None:
            raise LookFailed(f"Chroma cannot be opened: {self._failure}")
        asked = [self._embedding.embed_words(words)]
        try:
            answer = self._collection.query(query_embeddings=asked, n_results=most, include=["metadatas", "distances"])
        except (ChromaError, OSError, ValueError, RuntimeError) as error:
            raise LookFailed(f"Chroma could not answer: {type(error).__name__}: {error!s:.200}") from error
        rows = zip(answer["ids"][0], answer["metadatas"][0], answer["distances"][0], strict=True)
        return [(int(name), str(meta["page"]), 1.0 - float(distance)) for name, meta, distance in rows]


def fill(url: str, version: str, chunks: Sequence[Chunk], embedding: HashedEmbedding, folder: Path = Path()) -> None:
    """Write a version's collection, all of it; one that a killed writer left half full is made anew."""
    client = _client(url, folder)
    try:
        name = _PREFIX + version
        held = {collection.name: collection for collection in client.list_collections()}
        if name in held:
            if held[name].count() == len(chunks):
                return
            client.delete_collection(name)
        _write(client, name, chunks, embedding)
        for old in sorted(held, key=lambda other: int(held[other].metadata.get("made", 0)))[: -_KEPT + 1]:
            if old.startswith(_PREFIX) and old != name:
                client.delete_collection(old)
    except ChromaError as error:
        raise LookFailed(f"Chroma could not be filled: {error!s:.200}") from error
    finally:
        client.close()


def _write(client: Any, name: str, chunks: Sequence[Chunk], embedding: HashedEmbedding) -> None:
    made = sum(1 for _ in client.list_collections())
    collection = client.create_collection(
        name,
        embedding_function=embedding,
        metadata={"embedding": embedding.name(), "dimensions": DIMENSIONS, "chunks": len(chunks), "made": made},
        configuration={"hnsw": {"space": "cosine"}},
    )
    for first in range(0, len(chunks), _BATCH):
        batch = chunks[first : first + _BATCH]
        collection.add(
            ids=[str(first + number) for number in range(len(batch))],
            embeddings=[embedding.embed_words(words_of(f"{one.title} {one.heading} {one.text}")) for one in batch],
            metadatas=[{"page": one.page} for one in batch],
        )


def _client(url: str, folder: Path) -> Any:
    settings = Settings(anonymized_telemetry=False)
    if not url:
        if _opened_by - {os.getpid()}:
            # Its threads did not come along, so it (and a new one of the same folder) would wait for ever.
            raise RuntimeError("an embedded Chroma was opened before this process was forked")
        _opened_by.add(os.getpid())
        return chromadb.PersistentClient(path=str(folder), settings=settings)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 8000)
    return chromadb.HttpClient(host=parts.hostname or "", port=port, ssl=parts.scheme == "https", settings=settings)
