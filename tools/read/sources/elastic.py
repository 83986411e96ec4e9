"""Asks an Elasticsearch 8 or 9; the only I/O of the log search.

The client of version 9 always says `compatible-with=9`, which version 8 refuses, while version 9 speaks 8: so 8 is
said to both. Retries are off: the look's deadline is the only one, and a reasoner may look again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elastic_transport import ConnectionTimeout, Transport
from elastic_transport import TransportError as ElasticTransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError
from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import Denied, LookFailed, TimedOut
from tools.read.shapes.wording import clip

# One of several patterns may match nothing, as one of the two defaults does nearly everywhere: without the first flag
# a real server refuses the whole search for it. That none of them matches is told by an answer of no shards at all.
REACH: dict[str, Any] = {"allow_no_indices": True, "ignore_unavailable": True}


class ElasticSettings(BaseSettings):
    """Field names have ECS's defaults; a mapping that differs is told here (`ELASTICSEARCH_LEVEL_FIELD=level`)."""

    model_config = SettingsConfigDict(env_prefix="ELASTICSEARCH_", extra="ignore")

    url: HttpUrl = Field(description="logs, Elasticsearch 8 or 9", examples=["https://elasticsearch:9200"])
    api_key: SecretStr | None = Field(default=None, description="an API key that only reads")
    external_url: HttpUrl | None = None
    index: str = Field(default="logs-*,filebeat-*", description="the indices of the logs, separated by commas")
    time_field: str = Field(default="@timestamp", description="the field of a line's time")
    message_field: str = Field(default="message", description="the field of a line's text")
    level_field: str = Field(default="log.level", description="the field of a line's level (error, warn …)")
    service_field: str = Field(
        default="service.name", description="the field of a service's name; where it is another, no line is found"
    )
    namespace_field: str = Field(default="kubernetes.namespace", description="the field of a pod's namespace")
    pod_field: str = Field(default="kubernetes.pod.name", description="the field of a pod's name")
    hash_field: str = Field(
        default="kubernetes.labels.pod-template-hash", description="the field that tells a pod's revision"
    )
    more_service_fields: list[str] = Field(
        default=[
            "kubernetes.deployment.name",
            "kubernetes.labels.app",
            "kubernetes.labels.app_kubernetes_io/name",
            "kubernetes.container.name",
        ],
        description="where a service's name may also stand, as a JSON list",
    )


class _Compatible(Transport):
    def perform_request(self, method: str, target: str, *, headers: Any = None, **kwargs: Any) -> Any:
        spoken = {
            name: value.replace("compatible-with=9", "compatible-with=8") if isinstance(value, str) else value
            for name, value in (headers or {}).items()
        }
        return super().perform_request(method, target, headers=spoken, **kwargs)


def search(settings: ElasticSettings, body: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """The answer to one search body over the configured indices. No index at all is a failure, not an empty answer."""
    with _translated(), _client(settings, seconds) as client:
        answer = client.search(
            index=settings.index, **REACH,
            timeout=f"{max(1, int(seconds * 1000) - 500)}ms", **body,
        )  # fmt: skip
        return _checked(answer.body, settings)


@contextmanager
def connected(settings: ElasticSettings, seconds: float) -> Iterator[Elasticsearch]:
    """The same client for whoever has another question (the doctor); its errors as ours."""
    with _translated(), _client(settings, seconds) as client:
        yield client


def _client(settings: ElasticSettings, seconds: float) -> Elasticsearch:
    key = settings.api_key.get_secret_value() if settings.api_key else None
    return Elasticsearch(
        str(settings.url).rstrip("/"), api_key=key, transport_class=_Compatible, request_timeout=seconds,
        max_retries=0, retry_on_timeout=False, retry_on_status=(),
    )  # fmt: skip


def _checked(body: Any, settings: ElasticSettings) -> dict[str, Any]:
    if not isinstance(body, dict) or "hits" not in body:
        raise LookFailed("Elasticsearch answered in a shape that is not its API's")
    shards = body.get("_shards") or {}
    if shards.get("total") == 0:
        raise LookFailed(f"Elasticsearch has {no_index(settings)}: set ELASTICSEARCH_INDEX to where the logs are")
    if shards.get("failed") and shards.get("failed") == shards.get("total"):
        failures = shards.get("failures") or [{}]
        reason = (failures[0].get("reason") or {}).get("reason", "every shard failed")
        raise LookFailed(f"Elasticsearch could not search: {clip(reason, 300)}")
    return body


def no_index(settings: ElasticSettings) -> str:
    """A pattern is resolved among what a key may see, so the two cannot be told apart from here."""
    return f"no index called {settings.index}, or none that this key may read"


def why_partial(body: Mapping[str, Any]) -> str:
    """What is missing from an answer and which part is there, or nothing."""
    shards, clusters = body.get("_shards") or {}, body.get("_clusters") or {}
    reasons = []
    if body.get("timed_out"):
        reasons.append("the search ran out of time")
    if failed := shards.get("failed"):
        total = shards.get("total", failed)
        reasons.append(f"{failed} of {total} shards failed, {total - failed} answered")
    if silent := sum(int(clusters.get(state) or 0) for state in ("skipped", "partial", "failed")):
        reasons.append(f"{silent} of {clusters.get('total')} clusters did not answer in full")
    return " and ".join(reasons)


def _words(error: ApiError) -> str:
    body = error.body
    inner = body.get("error") if isinstance(body, dict) else None
    if isinstance(inner, dict):
        causes = inner.get("root_cause") or [inner]
        first = causes[0] if isinstance(causes, list) and causes and isinstance(causes[0], dict) else inner
        return clip(f"{first.get('type', '')}: {first.get('reason', '')}", 400)
    return clip(inner or body or error.message, 400)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except UnsupportedProductError as error:
        raise LookFailed("what answers there is not an Elasticsearch (OpenSearch is not supported)") from error
    except ApiError as error:
        status = error.meta.status
        if status in (401, 403):
            raise Denied(f"Elasticsearch refused: {status} {_words(error)}") from error
        if status in (408, 504):
            raise TimedOut(f"Elasticsearch gave up: {_words(error)}") from error
        raise LookFailed(f"Elasticsearch answered {status}: {_words(error)}") from error
    except ConnectionTimeout as error:
        raise TimedOut("Elasticsearch did not answer in time") from error
    except ElasticTransportError as error:
        raise LookFailed(f"Elasticsearch is not reachable or not readable: {clip(error, 300)}") from error
