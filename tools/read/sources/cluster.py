"""Reads a Kubernetes API server with the official client; the only I/O of the cluster tools. It never writes.

Answers are decoded by msgspec into the few fields that are looked at (`objects.py`): the client's own models take a
hundred times as long for large lists. Lists are paged and capped; what is cut is said. A 404 counts as "there is no
such thing" only when the API server itself says so about that very object, never when a proxy does.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import GenericAlias
from typing import Any, Generic, TypeVar

import msgspec
import urllib3
from kubernetes import client, config
from kubernetes.client import AppsV1Api, BatchV1Api, CoreV1Api  # by name: lazily, every fork would load 250 modules
from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import Denied, LookFailed, TimedOut
from tools.read.shapes.batch import CronJob, Job
from tools.read.shapes.objects import Deployment, Event, ListMeta, Node, Pod, ReplicaSet
from tools.read.shapes.wording import clip

PAGE = 500
_MOST_LOG_BYTES = 512 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_PIECE = 256 * 1024

Item = TypeVar("Item")


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
    """``asked`` is the path with selector and limit really used; ``left_out`` says how many were not read (or -1)."""

    items: list[Item]
    asked: str
    left_out: int = 0


class Cluster:
    """One look's reader: made for it, closed with it."""

    def __init__(self, settings: ClusterSettings, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        with _translated():
            self._client = _client(settings)
        # The client's types describe its models; what comes back here is the raw answer.
        self._core: Any = CoreV1Api(self._client)
        self._apps: Any = AppsV1Api(self._client)
        self._batch: Any = BatchV1Api(self._client)
        self._options: dict[str, Any] = {"_preload_content": False, "_request_timeout": (min(3.0, seconds), seconds)}

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.rest_client.pool_manager.clear()

    def deployment(self, namespace: str, name: str) -> Deployment | None:
        """None when the API server says there is none of this name."""
        return self._one(self._apps.read_namespaced_deployment, Deployment, namespace, name)

    def job(self, namespace: str, name: str) -> Job | None:
        return self._one(self._batch.read_namespaced_job, Job, namespace, name)

    def cron_jobs(self, namespace: str, most: int = 1000) -> Listed[CronJob]:
        return self._list(self._batch.list_namespaced_cron_job, CronJob, "cronjobs", namespace, "", most)

    def jobs(self, namespace: str, most: int = 2000) -> Listed[Job]:
        return self._list(self._batch.list_namespaced_job, Job, "jobs", namespace, "", most)

    def deployments(self, namespace: str, selector: str = "", most: int = 1000) -> Listed[Deployment]:
        return self._list(self._apps.list_namespaced_deployment, Deployment, "deployments", namespace, selector, most)

    def replica_sets(self, namespace: str, selector: str = "", most: int = 2000) -> Listed[ReplicaSet]:
        return self._list(self._apps.list_namespaced_replica_set, ReplicaSet, "replicasets", namespace, selector, most)

    def pods(self, namespace: str, selector: str = "", most: int = 2000) -> Listed[Pod]:
        return self._list(self._core.list_namespaced_pod, Pod, "pods", namespace, selector, most)

    def events(self, namespace: str, most: int = 2000) -> Listed[Event]:
        return self._list(self._core.list_namespaced_event, Event, "events", namespace, "", most)

    def nodes(self, most: int = 1000) -> Listed[Node]:
        return self._list(self._core.list_node, Node, "nodes", None, "", most)

    def all_pods(self, most: int = 5000) -> Listed[Pod]:
        return self._list(self._core.list_pod_for_all_namespaces, Pod, "pods", None, "", most)

    def log(self, namespace: str, pod: str, container: str, lines: int, previous: bool) -> str | None:
        """The last ``lines`` with their timestamps; None when there is no such log (a first run has no previous)."""
        with _translated():
            try:
                answer = self._core.read_namespaced_pod_log(
                    pod, namespace, container=container, previous=previous, timestamps=True, tail_lines=lines,
                    limit_bytes=_MOST_LOG_BYTES, **self._options,
                )  # fmt: skip
            except client.ApiException as error:
                # The kubelet says 400 for a container that waits, or that never ran before.
                if error.status == 400 or _there_is_none(error, pod):
                    return None
                raise
            return self._bytes(answer).decode("utf-8", "replace")

    def _one(self, call: Callable[..., Any], item: type[Item], namespace: str, name: str) -> Item | None:
        with _translated():
            try:
                answer = call(name, namespace, **self._options)
            except client.ApiException as error:
                if _there_is_none(error, name):
                    return None
                raise
            return msgspec.json.decode(self._bytes(answer), type=item)

    def _bytes(self, answer: Any) -> bytes:
        # A server that drips never meets the socket's timeout, so the look's own deadline is checked per piece.
        content = bytearray()
        for piece in answer.stream(_PIECE):
            content += piece
            if len(content) > _MOST_BYTES:
                raise LookFailed(f"Kubernetes sent more than {_MOST_BYTES // 2**20} MB")
            if time.monotonic() > self._until:
                raise TimedOut("Kubernetes had not finished answering when the look's time was up")
        return bytes(content)

    def _list(
        self, call: Callable[..., Any], item: type[Item], kind: str, namespace: str | None, selector: str, most: int
    ) -> Listed[Item]:
        asked = f"GET {kind}" + (f" in {namespace}" if namespace else "") + (f" where {selector}" if selector else "")
        where = (namespace,) if namespace else ()
        options = {**self._options, **({"label_selector": selector} if selector else {})}
        decoder = _page_of(item)
        items: list[Item] = []
        following: str | None = None
        while True:
            more = {"_continue": following} if following else {}
            with _translated():
                page = decoder.decode(self._bytes(call(*where, limit=min(PAGE, most), **more, **options)))
            items += page.items or []
            following = page.metadata.continue_
            if not following or len(items) >= most:
                left = (page.metadata.remaining_item_count or -1) if following else 0
                return Listed(items, f"{asked}, limit {most}", left)


def _page_of(item: type[Any]) -> msgspec.json.Decoder[Any]:
    items = GenericAlias(list, (item,)) | None
    return msgspec.json.Decoder(msgspec.defstruct("Page", [("metadata", ListMeta, ListMeta()), ("items", items, None)]))


def _client(settings: ClusterSettings) -> Any:
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


def _there_is_none(error: client.ApiException, name: str) -> bool:
    status = _status(error)
    details = status.get("details") or {}
    return error.status == 404 and status.get("reason") == "NotFound" and details.get("name") == name


def _status(error: client.ApiException) -> dict[str, Any]:
    """The `Status` object of a refusal, or nothing when something else answered."""
    body = error.body if isinstance(error.body, str | bytes) else b""
    try:
        status = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def _refusal(error: client.ApiException) -> LookFailed:
    words = clip(_status(error).get("message") or error.body or error.reason, 400)
    if error.status in (401, 403):
        return Denied(f"Kubernetes refused: {error.status} {words}")
    if error.status in (408, 504):
        return TimedOut(f"Kubernetes gave up: {words}")
    return LookFailed(f"Kubernetes answered {error.status}: {words}")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except client.ApiException as error:
        raise _refusal(error) from error
    except urllib3.exceptions.TimeoutError as error:
        raise TimedOut("Kubernetes did not answer in time") from error
    except urllib3.exceptions.MaxRetryError as error:
        if isinstance(error.reason, urllib3.exceptions.TimeoutError):
            raise TimedOut("Kubernetes did not answer in time") from error
        raise LookFailed(f"Kubernetes is not reachable: {clip(error.reason or error, 300)}") from error
    except urllib3.exceptions.HTTPError as error:
        raise LookFailed(f"Kubernetes could not be read: {clip(error, 300)}") from error
    except config.ConfigException as error:
        raise LookFailed(f"KUBECONFIG cannot be used: {clip(error, 300)}") from error
    except msgspec.DecodeError as error:
        raise LookFailed(f"Kubernetes answered in a shape that is not its API's: {clip(error, 200)}") from error
