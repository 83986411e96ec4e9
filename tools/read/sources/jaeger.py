"""Asks Jaeger's HTTP API (`/api/traces`, `/api/services`, `/api/dependencies`); the only I/O of the traces tools.

It is the interface that Jaeger's own page uses: promised by nobody, the same for years, and spoken by the bridges of
others too. A 200 can carry errors of the store behind it; those are failures here, never "no traces".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import LookFailed
from bot.core.records import Span
from bot.core.service_map import Edge
from bot.core.sources import page_of
from tools.endpoints.json_api import JsonApi, Service
from tools.read.shapes.wording import clip
from tools.read.spans.reading import read_spans


class JaegerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="JAEGER_", extra="ignore", hide_input_in_errors=True)

    url: HttpUrl = Field(description="traces; Jaeger's query address before /api", examples=["http://jaeger:16686"])
    token: SecretStr | None = Field(default=None, description="a bearer token, where Jaeger asks for one")
    external_url: HttpUrl | None = None


@dataclass(frozen=True)
class Search:
    """Which traces: of a service, begun between two moments; only failed ones, or those with a span this long."""

    service: str
    start: datetime
    end: datetime
    limit: int
    failed: bool = False
    longer_than: str = ""

    def params(self) -> list[tuple[str, str]]:
        found = [
            ("service", self.service),
            ("start", str(int(self.start.timestamp() * 1e6))),
            ("end", str(int(self.end.timestamp() * 1e6))),
            ("limit", str(self.limit)),
            ("lookback", "custom"),
        ]
        found += [("tags", '{"error":"true"}')] if self.failed else []
        return found + ([("minDuration", self.longer_than)] if self.longer_than else [])


def jaeger(settings: JaegerSettings, seconds: float) -> JsonApi:
    return JsonApi(Service("Jaeger", str(settings.url), settings.token), seconds)


def traces(api: JsonApi, search: Search) -> tuple[tuple[Span, ...], int]:
    """The spans, and of how many traces."""
    found = _data(api.get("/api/traces", search.params()))
    return read_spans(found), len(found)


def services(api: JsonApi) -> list[str]:
    return [str(one) for one in _data(api.get("/api/services"))]


def dependencies(api: JsonApi, end: datetime, seconds: float) -> list[Edge]:
    """Who called whom, as Jaeger's own job counted it; empty where that job does not run."""
    params = [("endTs", str(int(end.timestamp() * 1000))), ("lookback", str(int(seconds * 1000)))]
    return list(_edges(_data(api.get("/api/dependencies", params))))


def _edges(rows: Iterable[Any]) -> Iterable[Edge]:
    for row in rows:
        if isinstance(row, Mapping) and row.get("parent") and row.get("child"):
            yield Edge(str(row["parent"]), str(row["child"]), "traces")


def _data(answer: Any) -> list[Any]:
    """Nothing at this path is an answer too: another server stands there."""
    if not isinstance(answer, Mapping):
        raise LookFailed("Jaeger has no such path: is JAEGER_URL the address before /api?")
    if errors := answer.get("errors"):
        raise LookFailed(f"Jaeger answered with an error: {clip(errors, 300)}")
    data = answer.get("data")
    if data is None:
        return []
    if not isinstance(data, list):
        raise LookFailed("Jaeger answered in a shape that is not its API's: data is no list")
    return data


def trace_page(settings: JaegerSettings, trace: str) -> str:
    return page_of("jaeger", settings.external_url, f"/trace/{quote(trace, safe='')}")
