"""Which incident an approval belongs to: a button carries an opaque id and nothing else."""

import redis

from bot.adapters.redis_ledger import _translated

SECONDS = 400 * 24 * 3600


class RedisApprovalIndex:
    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def put(self, approval: str, incident: str) -> None:
        with _translated():
            self._redis.set(f"mw:approval:{approval}", incident, nx=True, ex=SECONDS)

    def find(self, approval: str) -> str | None:
        with _translated():
            found = self._redis.get(f"mw:approval:{approval}")
        return found.decode() if isinstance(found, bytes) else None
