"""Asks a Prometheus (or what speaks its API); the only I/O of the metrics tools.

The client is prometheus-api-client's; its session is ours, because that is where the outside comes in: every answer
is bounded, a refusal is translated with the server's own words before the client drops them, and warnings are kept.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from prometheus_api_client import PrometheusConnect
from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from urllib3.util.retry import Retry

from bot.core.errors import Denied, LookFailed, TimedOut
from bot.core.sources import page_of
from bot.core.tool import Look
from tools.read.shapes.gaps import Gap
from tools.read.shapes.wording import clip

_MOST_BYTES = 32 * 1024 * 1024
_CHUNK = 256 * 1024
MOST_SERIES = 1000  # asked of the server, which may be too old to know the parameter


class PrometheusSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMETHEUS_", extra="ignore")

    url: HttpUrl = Field(
        description="metrics and alert rules; the address before /api/v1", examples=["http://prometheus:9090"]
    )
    token: SecretStr | None = Field(default=None, description="a bearer token, where Prometheus asks for one")
    external_url: HttpUrl | None = None


class Prometheus(PrometheusConnect):  # type: ignore[misc]
    """One look's client: made for it, closed with it."""

    def __init__(self, settings: PrometheusSettings, seconds: float) -> None:
        self.answers = _Answers(seconds)
        headers = {"User-Agent": "midwatch-reading"}
        if settings.token:
            headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
        # One more try for a proxy's hiccup; never after a timeout, or the look would take twice what it has.
        retry = Retry(total=1, connect=1, read=0, redirect=3, status=1, status_forcelist=[502, 504],
                      backoff_factor=0.2, raise_on_status=False, allowed_methods=["GET"])  # fmt: skip
        super().__init__(
            url=str(settings.url).rstrip("/"), headers=headers, session=self.answers, retry=retry, timeout=seconds
        )
        self._budget = {"timeout": f"{max(0.5, seconds - 0.5):.1f}"}  # seconds; Prometheus refuses "9.5s"

    def range(self, expression: str, start: datetime, end: datetime, step: int) -> list[dict[str, Any]]:
        """Series with ``metric`` and ``values``; a native histogram has none of these."""
        with asking():
            params = {**self._budget, "limit": MOST_SERIES}
            found = self.custom_query_range(expression, start, end, f"{step}s", params=params)
            return _series(found)

    def instant(self, expression: str, at: datetime) -> list[dict[str, Any]]:
        """Series with ``metric`` and ``value``, as `range`; a scalar comes as one series without labels."""
        with asking():
            params = {**self._budget, "limit": MOST_SERIES, "time": f"{at.timestamp():.3f}"}
            found = self.custom_query(expression, params=params)
            if self.answers.result_type == "scalar":
                return [{"metric": {}, "value": found}]
            return _series(found)

    def alerts(self) -> list[dict[str, Any]]:
        """What `/api/v1/alerts` lists; the client has no method for it."""
        with asking():
            answer = self.answers.request("GET", f"{self.url}/api/v1/alerts", headers=self.headers)
            found = answer.json()["data"]["alerts"]
            if not isinstance(found, list):
                raise TypeError("alerts is no list")
            return [one for one in found if isinstance(one, dict)]

    def alert_rules(self) -> list[dict[str, Any]]:
        """Every alerting rule of `/api/v1/rules`, groups taken apart."""
        with asking():
            answer = self.answers.request("GET", f"{self.url}/api/v1/rules?type=alert", headers=self.headers)
            groups = answer.json()["data"]["groups"]
            return [rule for group in groups for rule in group["rules"] if isinstance(rule, dict)]

    @property
    def warnings(self) -> list[str]:
        return self.answers.warnings


class _Answers(requests.Session):
    """Lets only complete, bounded, successful JSON answers through to the client."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._until = time.monotonic() + seconds
        self.warnings: list[str] = []
        self.result_type = ""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        left = max(0.1, self._until - time.monotonic())
        kwargs["timeout"] = (min(3.0, left), left)
        answer = super().request(method, url, *args, **{**kwargs, "stream": True})
        self._read(answer)
        body = _json(answer)
        if answer.status_code != 200 or body.get("status") != "success":
            raise _refusal(answer, body)
        self.warnings += [clip(text, 300) for text in body.get("warnings") or []][:5]
        data = body.get("data")
        self.result_type = str(data.get("resultType", "")) if isinstance(data, dict) else ""
        return answer

    def _read(self, answer: requests.Response) -> None:
        # A server that drips bytes never meets the socket's timeout: the look's own deadline is checked per chunk.
        content = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            content += chunk
            if len(content) > _MOST_BYTES:
                answer.close()
                raise LookFailed(f"Prometheus sent more than {_MOST_BYTES // 2**20} MB; ask for fewer series")
            if time.monotonic() > self._until:
                answer.close()
                raise TimedOut("Prometheus had not finished answering when the look's time was up")
        answer._content = bytes(content)


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if answer.status_code != 200:
        return {}
    raise LookFailed(f"Prometheus answered 200, but not with JSON: {_shown(answer)}")


def _refusal(answer: requests.Response, body: dict[str, Any]) -> LookFailed:
    words = clip(body.get("error") or _shown(answer) or answer.reason, 400)
    kind = str(body.get("errorType") or "")
    if answer.status_code in (401, 403):
        return Denied(f"Prometheus refused: {answer.status_code} {words}")
    if kind == "timeout" or answer.status_code == 504:
        return TimedOut(f"Prometheus gave up: {words}")
    if kind == "bad_data":
        return LookFailed(f"Prometheus does not understand the query: {words}")
    return LookFailed(f"Prometheus answered {answer.status_code}: {words}")


def _shown(answer: requests.Response) -> str:
    return clip(answer.content[:400].decode("utf-8", "replace"), 300)


def _series(found: object) -> list[dict[str, Any]]:
    """What is a series at all: a native histogram is one, though it has no number that can be read; a string is not."""
    if not isinstance(found, list):
        raise TypeError(f"a list of series was expected, not {type(found).__name__}")
    return [one for one in found if isinstance(one, dict)]


def cut_at_limit(found: Sequence[object]) -> tuple[Gap, ...]:
    """A server that knows the parameter gives as many series as were asked for, and no more."""
    return (Gap(f"only the first {MOST_SERIES:,} series were given"),) if len(found) >= MOST_SERIES else ()


@contextmanager
def asking() -> Iterator[None]:
    """The client's errors, as ours."""
    try:
        yield
    except requests.Timeout as error:
        raise TimedOut("Prometheus did not answer in time") from error
    except requests.ConnectionError as error:
        raise LookFailed(f"Prometheus is not reachable: {clip(error, 300)}") from error
    except requests.RequestException as error:
        raise LookFailed(f"Prometheus could not be asked: {clip(error, 300)}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise LookFailed(f"Prometheus answered in a shape that is not its API's: {clip(error, 200)}") from error


def graph_page(settings: PrometheusSettings, expression: str, look: Look) -> str:
    """The graph page of exactly this query and range."""
    seconds = int((look.window.end - look.window.baseline_start).total_seconds())
    end = look.window.end.strftime("%Y-%m-%d %H:%M:%S")
    page = f"/graph?g0.expr={quote(expression)}&g0.tab=0&g0.range_input={seconds}s&g0.end_input={quote(end)}"
    return page_of("prometheus", settings.external_url, page)
