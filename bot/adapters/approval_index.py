"""Which incident an approval belongs to: a button carries an opaque id and nothing else."""

import redis

from bot.adapters.redis_ledger import _translated

SECONDS = 400 * 24 * 3600
REMEMBERED = 5000


class RedisApprovalIndex:
    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._found: dict[str, str] = {}

    def put(self, approval: str, incident: str) -> None:
        with _translated():
            self._redis.set(f"mw:approval:{approval}", incident, nx=True, ex=SECONDS)

    def find(self, approval: str) -> str | None:
        """Its incident, or None; an id never moves to another incident, so what was found is remembered."""
        if approval in self._found:
            return self._found[approval]
        with _translated():
            found = self._redis.get(f"mw:approval:{approval}")
        if not isinstance(found, bytes):
            return None
        if len(self._found) < REMEMBERED:
            self._found[approval] = found.decode()
        return found.decode()
