"""Lists of any kind from a Kubernetes API server: raw bytes by the official client's transport, decoded by msgspec.

Several at once, each with an outcome of its own: a kind that was refused, that broke or was cut is *unread*, and one
whose API group the server does not have is simply not there. It never writes.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import GenericAlias
from typing import Any

import msgspec
from kubernetes import client

from bot.core.errors import Denied, LookFailed, TimedOut
from tools.read.faults.reading import read_one
from tools.read.shapes.objects import ListMeta
from tools.read.shapes.wording import clip
from tools.read.sources.cluster import MOST, PAGE, ClusterSettings, client_of, content_of
from tools.read.sources.cluster_errors import is_not_served, there_is_none, translated

AT_ONCE = 6
FOR_PAGES = 0.7  # part of the look's time after which no further page is asked for
FOR_ONE = 0.5  # part of the time left that one request may take
Kind = type[msgspec.Struct]


@dataclass(frozen=True)
class Wanted:
    """One list, or with ``name`` one object; ``path`` with its namespace in it."""

    kind: Kind
    path: str
    labels: str = ""
    fields: str = ""
    name: str = ""

    @property
    def asked(self) -> str:
        only = " and ".join(text for text in (self.labels, self.fields) if text)
        return f"{self.path}{f'/{self.name}' if self.name else ''}{f' where {only}' if only else ''}"


@dataclass(frozen=True)
class Came:
    """``unread`` says why it was not (fully) read; ``there`` is False where the server has no such kind or object."""

    wanted: Wanted
    items: tuple[Any, ...] = ()
    unread: str = ""
    denied: bool = False
    there: bool = True


@dataclass
class Lists:
    """One look's reader: made for it, closed with it."""

    settings: ClusterSettings
    seconds: float
    _client: Any = field(init=False)
    _until: float = field(init=False)

    def __enter__(self) -> "Lists":
        self._until = time.monotonic() + self.seconds
        with translated():
            self._client = client_of(self.settings)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.rest_client.pool_manager.clear()

    def read(self, wanted: Iterable[Wanted]) -> list[Came]:
        """All of them, a few at once, in the order they were wanted."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._one, wanted))

    def logs(self, wanted: Sequence[tuple[str, str, str, bool]], lines: int) -> dict[tuple[str, str, str], str]:
        """The last lines by (namespace, pod, container), of the run before where the fourth says so; what cannot be
        read is not in it."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            texts = pool.map(lambda one: self._log(one, lines), wanted)
            return {one[:3]: text for one, text in zip(wanted, texts, strict=True) if text}

    def has_time(self, part: float = FOR_PAGES) -> bool:
        return time.monotonic() < self._until - self.seconds * (1 - part)

    def _one(self, wanted: Wanted) -> Came:
        try:
            return self._named(wanted) if wanted.name else self._list(wanted)
        except LookFailed as failure:
            said = (
                "denied" if isinstance(failure, Denied) else "timed out" if isinstance(failure, TimedOut) else "failed"
            )
            return Came(wanted, unread=f"{said} ({clip(failure, 160)})", denied=isinstance(failure, Denied))

    def _named(self, wanted: Wanted) -> Came:
        with translated():
            try:
                content = self._get(f"{wanted.path}/{wanted.name}", {})
            except client.ApiException as error:
                if there_is_none(error, wanted.name) or _is_optional(wanted, error):
                    return Came(wanted, there=False)
                raise
            item = _decoded(content, wanted.kind)
        return Came(wanted, (item,)) if item is not None else Came(wanted, unread="failed (it cannot be read)")

    def _list(self, wanted: Wanted) -> Came:
        items: list[Any] = []
        asked: dict[str, Any] = {"limit": PAGE}
        asked |= {"labelSelector": wanted.labels} if wanted.labels else {}
        asked |= {"fieldSelector": wanted.fields} if wanted.fields else {}
        odd = 0
        while True:
            with translated():
                try:
                    content = self._get(wanted.path, asked)
                except client.ApiException as error:
                    if _is_optional(wanted, error):
                        return Came(wanted, there=False)
                    raise
                page, meta, broken = page_of(content, wanted.kind)
            items += page
            odd += broken
            if not meta.continue_:
                return Came(wanted, tuple(items), f"failed ({odd} of its objects cannot be read)" if odd else "")
            if len(items) >= MOST or not self.has_time():
                return Came(wanted, tuple(items), f"cut (only the first {len(items):,} were read)")
            asked["continue"] = meta.continue_

    def _log(self, wanted: tuple[str, str, str, bool], lines: int) -> str:
        namespace, pod, container, previous = wanted
        asked: dict[str, Any] = {"container": container, "tailLines": lines, "limitBytes": 65536}
        asked |= {"previous": "true"} if previous else {}
        try:
            with translated():
                content = self._get(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", asked)
        except LookFailed:
            return ""  # it may not be read, or never ran before: the objects tell without it
        return content.decode("utf-8", "replace")

    def _get(self, path: str, asked: Mapping[str, Any]) -> bytes:
        serialized = self._client.param_serialize(
            "GET", path, query_params=list(asked.items()), auth_settings=["BearerToken"],
            header_params={"Accept": "application/json"},
        )  # fmt: skip
        # one list that hangs must leave time to tell what the others said
        left = max(0.5, (self._until - time.monotonic()) * FOR_ONE)
        answer = self._client.call_api(*serialized, _request_timeout=(min(3.0, left), left))
        if not 200 <= answer.status <= 299:
            answer.read()
            raise client.ApiException.from_response(http_resp=answer, body=None, data=None)
        return content_of(answer.response, min(self._until, time.monotonic() + left))


def _is_optional(wanted: Wanted, error: client.ApiException) -> bool:
    """Only kinds of named API groups may be missing: a server without pods is no API server."""
    return wanted.path.startswith("/apis/") and is_not_served(error)


def page_of(content: bytes, kind: Kind) -> tuple[Sequence[Any], ListMeta, int]:
    """A page's objects, its own metadata, and how many of the objects cannot be read."""
    try:
        page = _decoder(kind).decode(content)
        return page.items or [], page.metadata, 0
    except msgspec.ValidationError:
        rough = msgspec.json.decode(content, type=_ROUGH)
    made = [read_one(one, kind) for one in rough.items or [] if isinstance(one, dict)]
    read = [one for one in made if one is not None]
    return read, rough.metadata, len(rough.items or []) - len(read)


def _decoded(content: bytes, kind: Kind) -> Any | None:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        return read_one(msgspec.json.decode(content), kind)


def _page(items: Any) -> Any:
    return msgspec.defstruct("Page", [("metadata", ListMeta, ListMeta()), ("items", items, None)])


def _decoder(kind: Kind) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_page(GenericAlias(list, (kind,)) | None))


_ROUGH = _page(list[Any] | None)
