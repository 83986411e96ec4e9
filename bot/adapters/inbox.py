"""Webhook deliveries between their acknowledgement and their incident: a durable Redis stream, emptied by intake.

A body that came in twice within a minute (a sender's retry) is kept once, unless another about the same came between:
then it is news, as of an alert that fires, ends and fires again. Intake is idempotent beyond that.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from secrets import token_hex
from typing import Any

import redis

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_ledger import _translated
from bot.core.errors import NotFound
from bot.core.events import Ref

INBOX = "mw:inbox"
PARKED = "mw:inbox-parked"
SCOPE = "inbox"
SAME_WITHIN_SECONDS = 60
AT_ONCE_BYTES = 4 * 1024 * 1024
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True)
class Delivery:
    id: str
    kind: str
    body: Any
    at: datetime  # when it came in, by Redis's clock
    ref: Ref | None = None


class RedisInbox:
    def __init__(self, client: "redis.Redis", payloads: RedisPayloads) -> None:
        self._redis = client
        self._payloads = payloads
        self._deliver = client.register_script(files("bot.adapters").joinpath("lua/deliver.lua").read_text())
        self._release = client.register_script(RELEASE)

    def deliver(self, kind: str, about: str, raw: bytes, body: Any) -> bool:
        """Keep one delivery, durably, before returning; False when the last one about the same was this very body."""
        marker = f"mw:serve:said:{kind}:{about}"
        said = hashlib.sha256(raw).hexdigest()
        ref = self._payloads.put_whole(SCOPE, body)
        arguments: list[str | int] = [SAME_WITHIN_SECONDS, said, kind, ref.ref, ref.bytes]
        with _translated():
            new = bool(self._deliver(keys=[INBOX, marker], args=arguments))
        if not new:
            self._payloads.forget(SCOPE, ref)
        return new

    def waiting(self, most: int = 50) -> list[Delivery]:
        """The oldest deliveries that no incident holds yet; as many as may be held in memory at once."""
        with _translated():
            entries: Any = self._redis.xrange(INBOX, count=most)
        opened: list[Delivery] = []
        room = AT_ONCE_BYTES
        for entry_id, fields in entries:
            room -= int(fields[b"bytes"])
            if opened and room < 0:
                break
            opened.append(self._open(entry_id.decode(), fields))
        return opened

    def park(self, delivery: Delivery) -> None:
        """Put a delivery that cannot be sorted aside; it must not hold up the others. `GET /metrics` counts them."""
        with _translated(), self._redis.pipeline(transaction=True) as pipe:
            where: dict[Any, Any] = {"ref": delivery.ref.ref, "bytes": delivery.ref.bytes} if delivery.ref else {}
            pipe.xadd(PARKED, {"kind": delivery.kind, "delivery": delivery.id, **where}, maxlen=1000)
            pipe.xdel(INBOX, delivery.id)
            pipe.execute()

    def parked(self) -> int:
        """How many were put aside."""
        with _translated():
            return int(self._redis.xlen(PARKED))

    def finish(self, delivery: Delivery) -> None:
        with _translated():
            self._redis.xdel(INBOX, delivery.id)
        if delivery.ref is not None:
            self._payloads.forget(SCOPE, delivery.ref)

    def __len__(self) -> int:
        with _translated():
            return int(self._redis.xlen(INBOX))

    def _open(self, entry_id: str, fields: dict[bytes, bytes]) -> Delivery:
        ref = Ref(ref=fields[b"ref"].decode(), bytes=int(fields[b"bytes"]))
        try:
            body = self._payloads.get(SCOPE, ref)
        except NotFound as error:
            body = {"lost": str(error)}  # it fails its reading, and is put aside
        at = datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC)
        return Delivery(entry_id, fields[b"kind"].decode(), body, at, ref)

    @contextmanager
    def alone(self, name: str, milliseconds: int) -> Iterator[bool]:
        """Whether this process leads ``name`` now; at most one does. Ends by itself if we die."""
        token = token_hex(16)
        key = f"mw:lock:{name}"
        with _translated():
            mine = bool(self._redis.set(key, token, nx=True, px=milliseconds))
        try:
            yield mine
        finally:
            if mine:
                with _translated():
                    self._release(keys=[key], args=[token])
