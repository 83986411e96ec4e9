"""Where log lines go: once into the search index, once into what the cluster answers for pods/log.

Also decides how a line looks on a container's output: JSON or plain, the way the service's people chose.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from bot.playground.world.scenario import Scenario, Service
from bot.playground.world.search.documents import Document, Index, Indices, Value, millis, stamp
from bot.playground.world.sim.lives import PodLife


@dataclass(frozen=True, slots=True)
class Written:
    """One line before it has a place: when, how bad, what, and its own fields."""

    at: float
    level: str
    message: str
    own: Mapping[str, Value] = field(default_factory=dict)


class Journal:
    """All lines of all pods."""

    def __init__(self, scenario: Scenario, indices: Indices, start: float) -> None:
        self._scenario, self._indices = scenario, indices
        self._by_pod: dict[tuple[str, str], list[Document]] = {}
        self._shared: dict[tuple[str, str], Mapping[str, Value]] = {}
        self._plain = {service.name: _is_plain(service) for service in scenario.services}
        self._written = 0
        for namespace in scenario.namespaces():
            name = self._index_of(namespace)
            indices.by_name.setdefault(name, Index(name, start - scenario.history))

    def _index_of(self, namespace: str) -> str:
        return self._scenario.log_index.replace("{namespace}", namespace)

    def write(self, pod: PodLife, lines: Iterable[Written]) -> list[Document]:
        """Give lines of a pod their place in its own log; `publish` makes them searchable."""
        shared = self._shared.get(pod.key) or self._shared.setdefault(pod.key, shared_fields(pod))
        index = self._index_of(pod.namespace)
        fresh = []
        for line in sorted(lines, key=lambda one: one.at):
            self._written += 1
            own = {"log.level": line.level, **line.own}
            name = f"{self._written:x}".rjust(12, "0")
            fresh.append(Document(self._written, name, index, line.at, line.message, shared, own))
        self._by_pod.setdefault(pod.key, []).extend(fresh)
        return fresh

    def publish(self, documents: Iterable[Document]) -> None:
        self._indices.add(documents)

    def logs(self, namespace: str, pod: str, _container: str | None) -> list[tuple[float, str]]:
        """Return a pod's output as (unix seconds, line), oldest first."""
        found = self._by_pod.get((namespace, pod), [])
        return [(document.at, line) for document in found for line in self._rendered(document)]

    def _rendered(self, document: Document) -> list[str]:
        if self._plain.get(str(document.get("service.name"))):
            return plain_line(document).split("\n")
        return [json_line(document)]


def _is_plain(service: Service) -> bool:
    if service.log_format is not None:
        return service.log_format == "plain"
    return crc32(service.name.encode()) % 3 == 0


def plain_line(document: Document) -> str:
    logger = document.get("log.logger") or document.get("service.name")
    trace = document.get("trace.id")
    tail = f" trace_id={trace}" if trace else ""
    stack = document.get("error.stack_trace")
    level = str(document.get("log.level"))
    text = f"{stamp(millis(document.at))} {level:<5} [{logger}] {document.message}{tail}"
    return f"{text}\n{stack}" if stack else text


def json_line(document: Document) -> str:
    body: dict[str, Value] = {"@timestamp": stamp(millis(document.at)), "log.level": str(document.get("log.level"))}
    body["message"] = document.message
    body["service.name"] = str(document.get("service.name"))
    body |= {name: value for name, value in document.own.items() if name != "log.level"}
    return json.dumps(body)


def shared_fields(pod: PodLife) -> Mapping[str, Value]:
    """Return the fields that a shipper adds to every line of a pod."""
    name, _, tag = pod.image.rpartition(":")
    return {
        "service.name": pod.service,
        "kubernetes.namespace": pod.namespace,
        "kubernetes.pod.name": pod.name,
        "kubernetes.pod.uid": pod.uid,
        "kubernetes.deployment.name": pod.service,
        "kubernetes.replicaset.name": pod.replicaset,
        "kubernetes.container.name": pod.service,
        "kubernetes.node.name": pod.node,
        "kubernetes.labels.app": pod.service,
        "kubernetes.labels.pod-template-hash": pod.template_hash,
        "container.image.name": pod.image,
        "container.image.tag": tag if name else "latest",
        "host.name": pod.node,
        "data_stream.type": "logs",
        "data_stream.dataset": "kubernetes.container_logs",
        "data_stream.namespace": pod.namespace,
    }
