"""The payload store in Redis: people's words, quotes and tool output, by reference.

Each item is redacted, JSON, salted, compressed, and encrypted with its ledger's own key (AES-256-GCM, bound to
the ledger's name); a reference is SHA-256 of salt and bytes, so that erasing an item (or the ledger's key) breaks
no chain. Items and ledgers are capped: what is cut is said in its place. Everything expires with the retention.
"""

import json
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.adapters.redis_ledger import _translated
from bot.core.errors import NotFound
from bot.core.events import Ref

ITEM_BYTES = 512 * 1024
LEDGER_BYTES = 64 * 1024 * 1024
SALT = 16
NONCE = 12
SECRET_SECONDS = 3600
LASTING = frozenset({"inbox"})  # scopes that are no incident's: their key outlives any retention


class RedisPayloads:
    """`ports.Payloads`."""

    def __init__(self, client: "redis.Redis", redact: Callable[[Any], Any], retention_days: int = 90) -> None:
        self._redis = client
        self._redact = redact
        self._seconds = retention_days * 24 * 3600
        self._keys: dict[str, bytes] = {}

    def put(self, scope: str, content: Any) -> Ref:
        return self.put_all(scope, [content])[0]

    def put_all(self, scope: str, contents: Sequence[Any]) -> list[Ref]:
        """Many of one ledger in two round trips, however many they are."""
        raws = [self._bounded(content) for content in contents]
        with _translated(), self._redis.pipeline(transaction=False) as pipe:
            for raw in raws:
                pipe.incrby(f"mw:payload-bytes:{scope}", len(raw))
            totals = [int(total) for total in pipe.execute()]
        if raws and totals[0] == len(raws[0]):
            with _translated():
                self._redis.expire(f"mw:payload-bytes:{scope}", self._seconds)
        full = msgspec.json.encode({"cut": f"this incident already keeps {LEDGER_BYTES} bytes of payloads"})
        kept = [full if total > LEDGER_BYTES else raw for raw, total in zip(raws, totals, strict=True)]
        return self._store(scope, kept, self._seconds)

    def _bounded(self, content: Any) -> bytes:
        raw = as_json(self._redact(content))
        if len(raw) > ITEM_BYTES:
            return msgspec.json.encode({"cut": f"this item had {len(raw)} bytes; {ITEM_BYTES} are kept at most"})
        return raw

    def put_whole(self, scope: str, content: Any) -> Ref:
        """Store all of it, however large: its sender was bounded at the door. `forget` it when it is done with."""
        return self._store(scope, [as_json(self._redact(content))], self._seconds)[0]

    def forget(self, scope: str, ref: Ref) -> None:
        """One item that is needed no more."""
        with _translated():
            self._redis.delete(_key(scope, ref.ref))

    def get(self, scope: str, ref: Ref) -> Any:
        with _translated():
            sealed: Any = self._redis.get(_key(scope, ref.ref))
        if sealed is None:
            raise NotFound(f"payload {ref.ref[:12]} of {scope} was erased or never stored")
        try:
            packed = AESGCM(self._kept_key(scope)).decrypt(sealed[:NONCE], sealed[NONCE:], scope.encode())
        except InvalidTag as error:
            raise NotFound(f"payload {ref.ref[:12]} of {scope} cannot be read with the ledger's key") from error
        salted = zlib.decompress(packed)
        if sha256(salted).hexdigest() != ref.ref:
            raise NotFound(f"payload {ref.ref[:12]} of {scope} is not what was stored")
        return msgspec.json.decode(salted[SALT:])

    def has(self, scope: str, ref: str) -> bool:
        """Whether the payload is still there (`verify` counts the erased)."""
        with _translated():
            return bool(self._redis.exists(_key(scope, ref)))

    def erase(self, scope: str) -> None:
        """Forget the ledger's key: every payload of it becomes unreadable at once."""
        self._keys.pop(scope, None)
        with _translated():
            self._redis.delete(f"mw:key:{scope}")
            for key in self._redis.scan_iter(match=_key(scope, "*"), count=1000):
                self._redis.delete(key)

    def _store(self, scope: str, raws: Sequence[bytes], seconds: int) -> list[Ref]:
        sealed = [seal_item(scope, raw, self._key(scope)) for raw in raws]
        with _translated(), self._redis.pipeline(transaction=False) as pipe:
            for item in sealed:
                pipe.set(item.key, item.value, ex=seconds)
            pipe.execute()
        return [item.ref for item in sealed]

    def _key(self, scope: str) -> bytes:
        if scope not in self._keys:
            lasting = None if scope in LASTING else self._seconds
            with _translated():
                self._redis.set(f"mw:key:{scope}", os.urandom(32), nx=True, ex=lasting)
        return self._kept_key(scope)

    def _kept_key(self, scope: str) -> bytes:
        """The key there is: reading makes none, neither for an erased ledger nor with rights to read only."""
        if scope not in self._keys:
            with _translated():
                key: Any = self._redis.get(f"mw:key:{scope}")
            if key is None:
                raise NotFound(f"the payload key of {scope} is gone")
            self._keys[scope] = key
        return self._keys[scope]


@dataclass(frozen=True)
class SealedItem:
    """One payload, ready to be set in Redis."""

    ref: Ref
    key: str
    value: bytes


def as_json(content: Any) -> bytes:
    """What is stored. Half of a surrogate pair (a log line cut in the middle of a sign) becomes a question mark."""
    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(content), ensure_ascii=False).encode("utf-8", "replace")


def seal_item(scope: str, raw: bytes, key: bytes) -> SealedItem:
    """Salt, name, compress and encrypt; no network."""
    salted = os.urandom(SALT) + raw
    ref = sha256(salted).hexdigest()
    nonce = os.urandom(NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, zlib.compress(salted), scope.encode())
    return SealedItem(Ref(ref=ref, bytes=len(raw)), _key(scope, ref), sealed)


def _key(scope: str, ref: str) -> str:
    return f"mw:payload:{scope}:{ref}"
