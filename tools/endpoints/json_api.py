"""Speaks JSON over HTTP with one service; the only I/O of the tools that are about no Kubernetes object.

Every answer is bounded and has one deadline; nothing is followed or tried again. Reading is free. A write leaves this
machine only when it is the very call an execution was permitted, once; what reads or prepares holds no permit.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2
from pydantic import SecretStr

from bot.core.errors import Denied, LookFailed, Refused, TimedOut, Unreachable

MOST_BYTES = 8 * 2**20
CERTAIN = frozenset({400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428, 429})  # refused: nothing was changed
NOT_PERMITTED = frozenset({401, 403})


@dataclass(frozen=True)
class Answer:
    """``body`` is None where it was empty or no JSON."""

    status: int
    body: Any
    words: str


@dataclass(frozen=True)
class Permit:
    """The one write an execution may make."""

    verb: str
    path: str


@dataclass(frozen=True)
class Service:
    """Who is spoken with: ``what`` is its name in words."""

    what: str
    url: str
    token: SecretStr | None = None


class JsonApi:
    """One conversation, closed with it; ``seconds`` are for all of it together."""

    def __init__(self, service: Service, seconds: float, permit: Permit | None = None) -> None:
        token = {"Authorization": f"Bearer {service.token.get_secret_value()}"} if service.token else {}
        self._service, self._permit = service, permit
        self._until = time.monotonic() + seconds
        self._client = httpx2.Client(headers={"User-Agent": "midwatch", **token}, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Any:
        """The JSON at this path, None where there is nothing (404). Raises `LookFailed`, `Denied`, `TimedOut`."""
        what = self._service.what
        with self._translated():
            answer = self._send("GET", path, params=params)
        if answer.status in NOT_PERMITTED:
            raise Denied(f"{what} refused: {answer.status} {answer.words}")
        if answer.status == 404:
            return None
        if answer.status != 200 or answer.body is None:
            raise LookFailed(f"{what} answered {answer.status}, and not what was asked for: {answer.words}")
        return answer.body

    def write(self, verb: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """`Refused`: certainly nothing changed. `Unreachable`: it may have, or may yet."""
        if self._permit != Permit(verb, path):
            raise Refused(f"{verb} {path} would change something, and nothing may be changed here", why="guarded")
        self._permit = None
        what = self._service.what
        try:
            answer = self._send(verb, path, json=body, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Refused(f"{what} is not reachable; nothing was sent", why="unreachable") from error
        except (httpx2.HTTPError, LookFailed) as error:
            raise Unreachable(f"{what} did not answer the change: {type(error).__name__}") from error
        if answer.status in CERTAIN:
            raise Refused(f"{what} refused: {answer.status} {answer.words}", why=_why(answer.status))
        if not 200 <= answer.status < 300:
            raise Unreachable(f"{what} answered {answer.status} to the change: {answer.words}")
        return answer

    def _send(self, verb: str, path: str, **sent: Any) -> Answer:
        left = max(0.1, self._until - time.monotonic())
        given = {name: value for name, value in sent.items() if value}
        timeout = httpx2.Timeout(left, connect=min(3.0, left))
        with self._client.stream(verb, f"{self._service.url.rstrip('/')}{path}", timeout=timeout, **given) as answer:
            content = self._content(answer)
        words = content[:300].decode("utf-8", "replace").strip()
        try:
            return Answer(answer.status_code, json.loads(content), words)
        except ValueError:
            return Answer(answer.status_code, None, words)

    def _content(self, answer: httpx2.Response) -> bytes:
        # a server that drips bytes never meets the socket's timeout
        content = bytearray()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                raise LookFailed(f"{self._service.what} sent more than {MOST_BYTES // 2**20} MB")
            if time.monotonic() > self._until:
                raise TimedOut(f"{self._service.what} had not finished answering in time")
        return bytes(content)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException as error:
            raise TimedOut(f"{self._service.what} did not answer in time") from error
        except httpx2.HTTPError as error:
            raise LookFailed(f"{self._service.what} is not reachable: {type(error).__name__}") from error


def _why(status: int) -> str:
    if status in NOT_PERMITTED:
        return "not_permitted"
    return "changed" if status in {404, 409, 410, 412} else "rejected"
