"""How fast every process together may call Slack: token buckets in Redis; and who narrates an incident just now.

Slack counts per workspace and channel, not per process, so the counting is shared. Nothing here sleeps: it says how
long to wait. Losing these keys costs a 429, never a message.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import redis

from bot.adapters.redis_ledger import _translated

RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
CLAIM_SECONDS = 400 * 24 * 3600
TURN_MS = 4000
BEAT_SECONDS = 1.0
log = logging.getLogger("midwatch.narrator")


class RedisPace:
    """`slack_calls.Pace` and `narrating.Turns`."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._bucket = client.register_script(files("bot.adapters").joinpath("lua/pace.lua").read_text())
        self._release = client.register_script(RELEASE)
        self._renew = client.register_script(RENEW)

    def wait(self, key: str, per_second: float, burst: int) -> float:
        """Seconds to wait; 0.0 when a token was taken and the call may be made."""
        with _translated():
            answer: Any = self._bucket(keys=[f"mw:pace:{key}"], args=[per_second, burst])
        return int(answer) / 1000

    def close(self, key: str, seconds: float) -> None:
        """No token of this bucket for ``seconds``: Slack said so."""
        with _translated():
            moment: Any = self._redis.time()
            until = moment[0] * 1000 + moment[1] // 1000 + int(seconds * 1000)
            self._redis.hset(f"mw:pace:{key}", "closed", until)
            self._redis.pexpire(f"mw:pace:{key}", int(seconds * 1000) + 60_000)

    # --- one narrator an incident

    @contextmanager
    def turn(self, incident: str, who: str) -> Iterator[bool]:
        """Narrate alone: False while another process does. Held by a heartbeat, so that a death ends it in seconds."""
        if not self.still(incident, who):
            yield False
            return
        over = threading.Event()
        threading.Thread(target=self._keep, args=(incident, who, over), daemon=True).start()
        try:
            yield True
        finally:
            over.set()
            with _translated():
                self._release(keys=[_turn(incident)], args=[who])

    def still(self, incident: str, who: str) -> bool:
        """Whether it is (or just became) this one's turn."""
        with _translated():
            if self._redis.set(_turn(incident), who, nx=True, px=TURN_MS):
                return True
            return bool(self._renew(keys=[_turn(incident)], args=[who, TURN_MS]))

    def _keep(self, incident: str, who: str, over: threading.Event) -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                self._renew(keys=[_turn(incident)], args=[who, TURN_MS])
            except redis.RedisError as error:
                log.warning("turn of %s not renewed: %s", incident, error)

    def others_wait(self, most: int = 0) -> bool:
        """Whether more than ``most`` other jobs wait in the queue of the talking process."""
        with _translated():
            return int(self._redis.llen("rq:queue:talk")) > most

    def claim(self, channel: str, incident: str) -> bool:
        """Note that a channel is this incident's; False when it is another's."""
        key = f"mw:slack:channel:{channel}"
        with _translated():
            if self._redis.set(key, incident, nx=True, ex=CLAIM_SECONDS):
                return True
            return bool(self._redis.get(key) == incident.encode())


def _turn(incident: str) -> str:
    return f"mw:slack:turn:{incident}"
