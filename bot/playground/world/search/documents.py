"""The log documents and their indices: what is stored, in which order, and which fields exist with which type.

Documents only ever get appended. What is the same for every line of a pod is stored once and shared.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Value = str | int | float

FIELDS: Mapping[str, str] = {
    "@timestamp": "date",
    "message": "text",
    "log.level": "keyword",
    "log.logger": "keyword",
    "service.name": "keyword",
    "kubernetes.namespace": "keyword",
    "kubernetes.pod.name": "keyword",
    "kubernetes.pod.uid": "keyword",
    "kubernetes.deployment.name": "keyword",
    "kubernetes.replicaset.name": "keyword",
    "kubernetes.container.name": "keyword",
    "kubernetes.node.name": "keyword",
    "kubernetes.labels.app": "keyword",
    "kubernetes.labels.pod-template-hash": "keyword",
    "container.image.name": "keyword",
    "container.image.tag": "keyword",
    "host.name": "keyword",
    "trace.id": "keyword",
    "error.stack_trace": "text",
    "http.response.status_code": "long",
    "event.duration": "long",
    "data_stream.type": "keyword",
    "data_stream.dataset": "keyword",
    "data_stream.namespace": "keyword",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One log line. `shared` and `own` are flat: field name to value; `number` rises in the order of writing."""

    number: int
    id: str
    index: str
    at: float
    message: str
    shared: Mapping[str, Value]
    own: Mapping[str, Value]

    def get(self, name: str) -> Value | None:
        """Return the field's value, `@timestamp` as whole milliseconds, None where the document has none."""
        if name == "message":
            return self.message
        if name == "@timestamp":
            return millis(self.at)
        found = self.own.get(name)
        return self.shared.get(name) if found is None else found

    def flat(self) -> dict[str, Value]:
        return {"@timestamp": stamp(millis(self.at)), "message": self.message, **self.shared, **self.own}

    def source(self) -> dict[str, Any]:
        return nested(self.flat())


def millis(at: float) -> int:
    return round(at * 1000)


def stamp(at_millis: int) -> str:
    moment = datetime.fromtimestamp(at_millis // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_millis % 1000:03d}Z"


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `{"a.b": 1}` into `{"a": {"b": 1}}`."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        branch = tree
        *stem, leaf = path.split(".")
        for part in stem:
            branch = branch.setdefault(part, {})
        branch[leaf] = value
    return tree


@dataclass
class Index:
    """Documents of one index in order of time."""

    name: str
    created: float
    documents: list[Document] = field(default_factory=list)
    _late: list[Document] = field(default_factory=list)

    def extend(self, documents: Iterable[Document]) -> None:
        """Add documents; a late one is sorted in, so that every reader can rely on the order."""
        fresh = sorted(documents, key=_time_of)
        if fresh and self.documents and fresh[0].at < self.documents[-1].at:
            cut = bisect_right(self.documents, fresh[0].at, key=_time_of)
            # a new list: a search that runs in another thread keeps the one it started with
            self.documents = self.documents[:cut] + sorted([*self.documents[cut:], *fresh], key=_time_of)
        else:
            self.documents.extend(fresh)


def _time_of(document: Document) -> float:
    return document.at


def between(documents: Sequence[Document], low: float, high: float) -> Sequence[Document]:
    """Return the documents whose time in milliseconds lies in the closed span, and perhaps a few neighbours."""
    start = bisect_left(documents, low / 1000 - 0.001, key=_time_of)
    end = bisect_right(documents, high / 1000 + 0.001, key=_time_of)
    return documents[start:end]


class Indices:
    """Every index of the world by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Index] = {}

    def add(self, documents: Iterable[Document]) -> None:
        sorted_out: dict[str, list[Document]] = {}
        for document in documents:
            sorted_out.setdefault(document.index, []).append(document)
        for name, fresh in sorted_out.items():
            index = self.by_name.get(name) or self.by_name.setdefault(name, Index(name, fresh[0].at))
            index.extend(fresh)


def leaf_type(name: str) -> str | None:
    return FIELDS.get(name)
