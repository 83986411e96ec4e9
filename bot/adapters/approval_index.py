"""Which incident a button is about: it carries an opaque id and nothing else, an approval's or the incident's own."""

import re

import redis

from bot.adapters.redis_ledger import _translated, ledger_key

SECONDS = 400 * 24 * 3600
REMEMBERED = 5000
INCIDENT = re.compile(r"inc-[A-Za-z0-9-]{1,80}")


class RedisApprovalIndex:
    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._found: dict[str, str] = {}

    def put(self, approval: str, incident: str) -> None:
        with _translated():
            self._redis.set(f"mw:approval:{approval}", incident, nx=True, ex=SECONDS)

    def find(self, approval: str) -> str | None:
        """Its incident, or None; an id never moves to another incident, so what was found is remembered.

        An incident's own id leads to itself, where there is a ledger of it: a card may be older than the store.
        """
        if approval in self._found:
            return self._found[approval]
        found = self._asked(approval)
        if found is not None and len(self._found) < REMEMBERED:
            self._found[approval] = found
        return found

    def _asked(self, subject: str) -> str | None:
        with _translated():
            if INCIDENT.fullmatch(subject):
                return subject if self._redis.llen(ledger_key(subject)) else None
            found = self._redis.get(f"mw:approval:{subject}")
        return found.decode() if isinstance(found, bytes) else None
