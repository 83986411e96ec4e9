"""What `serve` remembers of being reached: its heartbeat, the Watchdog's last word, and Alertmanager's receivers.

Only serve's Redis user may write these; the others read them, for `/ops status` and to tell what was missed.
"""

from datetime import UTC, datetime
from typing import Any

import redis

from bot.adapters.redis_ledger import _time, _translated

BEAT, WATCHDOG, RECEIVERS = "mw:serve:beat", "mw:serve:watchdog", "mw:serve:receivers"
MOST_RECEIVERS = 50


class RedisBeat:
    """`presence.Beat`; times are Redis's own."""

    def __init__(self, client: "redis.Redis", key: str = BEAT) -> None:
        self._redis = client
        self._key = key

    def last(self) -> datetime | None:
        with _translated():
            kept: Any = self._redis.get(self._key)
        return datetime.fromtimestamp(int(kept) / 1000, UTC) if kept is not None else None

    def keep(self, at: datetime) -> None:
        with _translated():
            self._redis.set(self._key, round(at.timestamp() * 1000))


class RedisWatchdog:
    """When the always firing alert was last heard."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._beat = RedisBeat(client, WATCHDOG)

    def heard(self) -> None:
        """It came in just now."""
        with _translated():
            now = _time(self._redis.time())
        self._beat.keep(now)

    def last(self) -> datetime | None:
        return self._beat.last()


class RedisReceivers:
    """The receivers of Alertmanager that lead here, learned from what it sends: other alerts are not for us."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._known: set[str] = set()

    def note(self, name: str) -> None:
        """Remember it durably; asks Redis once a process and name."""
        if not name or name in self._known or len(self._known) >= MOST_RECEIVERS:
            return
        with _translated():
            self._redis.sadd(RECEIVERS, name[:200])
        self._known.add(name)

    def all(self) -> frozenset[str]:
        with _translated():
            names: Any = self._redis.smembers(RECEIVERS)
        return frozenset(name.decode() for name in names)


class RedisHearing:
    """`webhooks.Hearing`."""

    def __init__(self, client: "redis.Redis", watchdog: str) -> None:
        self.watchdog = watchdog
        self._watchdog = RedisWatchdog(client)
        self._receivers = RedisReceivers(client)

    def heard(self) -> None:
        self._watchdog.heard()

    def receiver(self, name: str) -> None:
        self._receivers.note(name)
