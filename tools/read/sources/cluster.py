"""Reads a Kubernetes API server with the official client; the only I/O of the cluster tools. It never writes.

Answers are decoded by msgspec into the few fields that are looked at (`objects.py`): the client's own models take a
hundred times as long for large lists. Lists are narrowed by the server where it can, paged to a bound and to a part of
the look's time; what is cut is a `Gap`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import GenericAlias
from typing import Any, Generic, TypeVar

import msgspec
import urllib3
from kubernetes import client, config
from kubernetes.client import (  # by name: lazily, every fork would load 250 modules
    AppsV1Api,
    AutoscalingV2Api,
    BatchV1Api,
    CoreV1Api,
)
from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import LookFailed, TimedOut
from tools.read.shapes.autoscaling import Autoscaler
from tools.read.shapes.batch import CronJob, Job
from tools.read.shapes.gaps import Gap
from tools.read.shapes.objects import (
    DaemonSet,
    Deployment,
    Event,
    ListMeta,
    Node,
    Pod,
    ReplicaSet,
    Service,
    StatefulSet,
    Workload,
)
from tools.read.sources.cluster_errors import there_is_none, translated

PAGE = 500
MOST = 5000
FOR_LISTS, FOR_MORE = 0.6, 0.85  # parts of the look's time: for a list's pages, for looking further
MOST_LOG_BYTES = 512 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_PIECE = 256 * 1024

Item = TypeVar("Item")
Kind = type[Workload]
KINDS: tuple[Kind, ...] = (Deployment, StatefulSet, DaemonSet)
_SPELT: dict[Kind, str] = {Deployment: "deployment", StatefulSet: "stateful_set", DaemonSet: "daemon_set"}


class ClusterSettings(BaseSettings):
    """`KUBECONFIG` (the read identity), or nothing inside a pod, where the ServiceAccount speaks for itself."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    kubeconfig: str | None = Field(
        default=None,
        description="the read identity, midwatch-read; unset: in-cluster",
        examples=["/etc/midwatch/read.kubeconfig"],
        validation_alias=AliasChoices("KUBECONFIG", "kubeconfig"),
    )
    service_host: str | None = Field(
        default=None, description="set by Kubernetes itself inside a pod", validation_alias="KUBERNETES_SERVICE_HOST"
    )

    @model_validator(mode="after")
    def _reaches_a_cluster(self) -> "ClusterSettings":
        if not self.kubeconfig and not self.service_host:
            raise ValueError("KUBECONFIG is not set, and this is not a pod")
        return self


@dataclass(frozen=True)
class Listed(Generic[Item]):
    """``asked`` is the path with selector and limit really used; ``left_out`` says how many were not read (or -1).

    ``gaps`` are the parts that were not read, in words; also of other lists that led to this one.
    """

    items: list[Item]
    asked: str
    left_out: int = 0
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Only:
    """What the server narrows a list to."""

    labels: str = ""
    fields: str = ""

    @classmethod
    def named(cls, name: str) -> "Only":
        return cls(fields=f"metadata.name={name}")

    @classmethod
    def about(cls, name: str) -> "Only":
        """Events of the object of this name."""
        return cls(fields=f"involvedObject.name={name}")

    def options(self) -> dict[str, str]:
        told = {"label_selector": self.labels, "field_selector": self.fields}
        return {name: text for name, text in told.items() if text}

    def words(self) -> str:
        return " and ".join(text for text in (self.labels, self.fields) if text)


ALL = Only()


class Cluster:
    """One look's reader: made for it, closed with it."""

    def __init__(self, settings: ClusterSettings, seconds: float) -> None:
        self._seconds, self._until = seconds, time.monotonic() + seconds
        with translated():
            self._client = client_of(settings)
        # The client's types describe its models; what comes back here is the raw answer.
        self._core: Any = CoreV1Api(self._client)
        self._apps: Any = AppsV1Api(self._client)
        self._batch: Any = BatchV1Api(self._client)
        self._scaling: Any = AutoscalingV2Api(self._client)
        self._options: dict[str, Any] = {"_preload_content": False, "_request_timeout": (min(3.0, seconds), seconds)}

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.rest_client.pool_manager.clear()

    def has_time(self, part: float = FOR_LISTS) -> bool:
        """Whether less than this part of the look's time is used: what is cut after it can still be told."""
        return time.monotonic() < self._until - self._seconds * (1 - part)

    def workload(self, kind: Kind, namespace: str, name: str) -> Workload | None:
        """A Deployment, StatefulSet or DaemonSet; None when the API server says there is none of this name."""
        call = getattr(self._apps, f"read_namespaced_{_SPELT[kind]}")
        return self._one(call, kind, namespace, name)

    def workloads(self, kind: Kind, namespace: str, only: Only = ALL) -> Listed[Workload]:
        call = getattr(self._apps, f"list_namespaced_{_SPELT[kind]}")
        return self._list(call, kind, f"{kind.__name__}s", namespace, only)

    def job(self, namespace: str, name: str) -> Job | None:
        return self._one(self._batch.read_namespaced_job, Job, namespace, name)

    def autoscaler(self, namespace: str, name: str) -> Autoscaler | None:
        return self._one(self._scaling.read_namespaced_horizontal_pod_autoscaler, Autoscaler, namespace, name)

    def autoscalers(self, namespace: str) -> Listed[Autoscaler]:
        call = self._scaling.list_namespaced_horizontal_pod_autoscaler
        return self._list(call, Autoscaler, "HorizontalPodAutoscalers", namespace)

    def cron_job(self, namespace: str, name: str) -> CronJob | None:
        return self._one(self._batch.read_namespaced_cron_job, CronJob, namespace, name)

    def cron_jobs(self, namespace: str) -> Listed[CronJob]:
        return self._list(self._batch.list_namespaced_cron_job, CronJob, "CronJobs", namespace)

    def jobs(self, namespace: str) -> Listed[Job]:
        return self._list(self._batch.list_namespaced_job, Job, "Jobs", namespace)

    def replica_sets(self, namespace: str, only: Only = ALL) -> Listed[ReplicaSet]:
        return self._list(self._apps.list_namespaced_replica_set, ReplicaSet, "ReplicaSets", namespace, only)

    def pods(self, namespace: str, only: Only = ALL) -> Listed[Pod]:
        return self._list(self._core.list_namespaced_pod, Pod, "pods", namespace, only)

    def services(self, namespace: str, only: Only = ALL) -> Listed[Service]:
        return self._list(self._core.list_namespaced_service, Service, "Services", namespace, only)

    def events(self, namespace: str, only: Only = ALL) -> Listed[Event]:
        return self._list(self._core.list_namespaced_event, Event, "events", namespace, only)

    def nodes(self, only: Only = ALL) -> Listed[Node]:
        return self._list(self._core.list_node, Node, "nodes", only=only)

    def all_pods(self) -> Listed[Pod]:
        return self._list(self._core.list_pod_for_all_namespaces, Pod, "pods")

    def log(self, namespace: str, pod: str, container: str, lines: int, previous: bool) -> str | None:
        """The last ``lines`` with their timestamps; None when there is no such log (a first run has no previous)."""
        with translated():
            try:
                answer = self._core.read_namespaced_pod_log(
                    pod, namespace, container=container, previous=previous, timestamps=True, tail_lines=lines,
                    limit_bytes=MOST_LOG_BYTES, **self._options,
                )  # fmt: skip
            except client.ApiException as error:
                # The kubelet says 400 for a container that waits, or that never ran before.
                if error.status == 400 or there_is_none(error, pod):
                    return None
                raise
            return self._bytes(answer).decode("utf-8", "replace")

    def _one(self, call: Callable[..., Any], item: type[Item], namespace: str, name: str) -> Item | None:
        with translated():
            try:
                answer = call(name, namespace, **self._options)
            except client.ApiException as error:
                if there_is_none(error, name):
                    return None
                raise
            return msgspec.json.decode(self._bytes(answer), type=item)

    def _bytes(self, answer: Any) -> bytes:
        return content_of(answer, self._until)

    def _list(
        self, call: Callable[..., Any], item: type[Item], noun: str, namespace: str = "", only: Only = ALL
    ) -> Listed[Item]:
        what = noun + (f" in {namespace}" if namespace else "") + (f" where {only.words()}" if only != ALL else "")
        where = (namespace,) if namespace else ()
        options = {**self._options, **only.options()}
        decoder = _page_of(item)
        items: list[Item] = []
        following: str | None = None
        while True:
            more = {"_continue": following} if following else {}
            with translated():
                page = decoder.decode(self._bytes(call(*where, limit=PAGE, **more, **options)))
            items += page.items or []
            following = page.metadata.continue_
            if not following:
                return Listed(items, f"GET {what}")
            if len(items) >= MOST or not self.has_time():
                return _cut(items, what, page.metadata.remaining_item_count)


def content_of(answer: Any, until: float) -> bytes:
    """All of an answer's bytes. A server that drips never meets the socket's timeout, so the look's own deadline (by
    the monotonic clock) is checked per piece."""
    content = bytearray()
    for piece in answer.stream(_PIECE):
        content += piece
        if len(content) > _MOST_BYTES:
            raise LookFailed(f"Kubernetes sent more than {_MOST_BYTES // 2**20} MB")
        if time.monotonic() > until:
            raise TimedOut("Kubernetes had not finished answering when the look's time was up")
    return bytes(content)


def _cut(items: list[Item], what: str, remaining: int | None) -> Listed[Item]:
    """The server tells how many remain only of a list that it did not have to narrow."""
    of = f" of about {len(items) + remaining:,}" if remaining else ""
    gap = Gap(f"only the first {len(items):,}{of} {what} were read")
    return Listed(items, f"GET {what}, the first {len(items)}", remaining or -1, (gap,))


def _page_of(item: type[Any]) -> msgspec.json.Decoder[Any]:
    items = GenericAlias(list, (item,)) | None
    return msgspec.json.Decoder(msgspec.defstruct("Page", [("metadata", ListMeta, ListMeta()), ("items", items, None)]))


def client_of(settings: ClusterSettings) -> Any:
    """The official client for the identity that the settings name."""
    made: Any = client.Configuration()
    load: Any = config
    if settings.kubeconfig:
        missing = [path for path in settings.kubeconfig.split(":") if path and not Path(path).is_file()]
        if missing:
            raise LookFailed(f"KUBECONFIG names a file that is not there: {missing[0]}")
        load.load_kube_config(config_file=settings.kubeconfig, client_configuration=made, persist_config=False)
    else:
        load.load_incluster_config(client_configuration=made)
    made.retries = urllib3.Retry(total=1, connect=1, read=0, status=0, redirect=0)
    return client.ApiClient(configuration=made)
