"""The durable append before an acknowledgement: two round trips to Redis, whatever a click or command carries.

The first asks for the time, the ledger's head and its payload key; the second stores the payloads, appends by the
same script as every other append, and rings the bell. Somebody else's append in between costs one more try.
"""

import os
import random
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import redis
from redis.exceptions import NoScriptError

from bot.adapters.heard import note_heard
from bot.adapters.payloads import SECRET_SECONDS, SealedItem, as_json, seal_item
from bot.adapters.redis_ledger import ONCE_SECONDS, OPEN, _head_of, _time, _translated, ledger_key, once_key
from bot.adapters.rq_jobs import RedisBell
from bot.core.canonical import canonical
from bot.core.errors import Contended
from bot.core.events import Fact
from bot.core.ledger import Head, seal
from bot.core.ports import Kept, Words

TRIES = 60
LONGEST_TEXT = 8000


class RedisFront:
    """`reception.Front`."""

    def __init__(self, client: "redis.Redis", redact: Callable[[Any], Any], retention_days: int = 90) -> None:
        self._redis = client
        self._redact = redact
        self._seconds = retention_days * 24 * 3600
        self._script = client.register_script(files("bot.adapters").joinpath("lua/append.lua").read_text())

    def write(self, ledger: str, words: Words, fact: Callable[[Kept], Fact], by: str, once: str) -> bool:
        """Raises `Unreachable` when it may not have been written, `Contended` when it was not."""
        head, now, key = self._ask(ledger)
        text = self._sealed(ledger, self._redact(words.text[:LONGEST_TEXT]), key) if words.text is not None else None
        url = self._sealed(ledger, words.url, key) if words.url else None
        kept = Kept(text.ref if text else None, url.ref if url else None)
        items = [(text, self._seconds), (url, SECRET_SECONDS)]
        for _ in range(TRIES):
            made = fact(kept)
            lines = seal(ledger, [made], by, now, head)
            verdict = self._append(ledger, made, lines, once, items, now.timestamp())
            if verdict != b"moved":
                return verdict == b"ok"
            time.sleep(random.uniform(0, 0.01))
            items = []
            head, now, _ = self._ask(ledger)
        raise Contended(f"{ledger} moved {TRIES} times; nothing was written")

    def _ask(self, ledger: str) -> tuple[Head, Any, bytes]:
        name, new = f"mw:key:{ledger}", os.urandom(32)
        with _translated(), self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.lindex(ledger_key(ledger), -1)
            pipe.set(name, new, nx=True, get=True, ex=self._seconds)
            moment, last, key = pipe.execute()
        return (_head_of(last) if last is not None else Head()), _time(moment), key or new

    def _sealed(self, ledger: str, text: str, key: bytes) -> SealedItem:
        return seal_item(ledger, as_json(text), key)

    def _append(
        self,
        ledger: str,
        fact: Fact,
        lines: list[Any],
        once: str,
        items: list[tuple[SealedItem | None, int]],
        score: float,
    ) -> bytes:
        keys = [OPEN, once_key(ledger, once), ledger_key(ledger)]
        arguments = [1, ONCE_SECONDS, score, ledger, lines[0]["seq"], len(lines), *(canonical(line) for line in lines)]
        with _translated(), self._redis.pipeline(transaction=False) as pipe:
            for item, seconds in items:
                if item is not None:
                    pipe.set(item.key, item.value, ex=seconds)
            note_heard(pipe, fact)
            # by its digest: a Script in a pipeline asks first whether Redis knows it, which is one more round trip
            pipe.evalsha(self._script.sha, len(keys), *keys, *arguments)
            pipe.zadd(RedisBell.KEY, {ledger: time.monotonic()}, nx=True)
            answers: list[Any] = pipe.execute(raise_on_error=False)
            verdict = answers[-2]
            if isinstance(verdict, NoScriptError):  # Redis was started anew
                verdict = answers[-2] = self._script(keys=keys, args=arguments)
            for failed in (answer for answer in answers if isinstance(answer, Exception)):
                raise failed
        return bytes(verdict[0])
