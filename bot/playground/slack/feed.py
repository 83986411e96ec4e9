"""Everything that happens in the workspace, in one numbered list that people's side reads and waits on.

The Events API, the browser page and the tests read this list; nothing that happens is told anywhere else first.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.clock import Clock

Listener = Callable[["Entry"], None]
KEPT = 50_000


@dataclass(frozen=True)
class Entry:
    seq: int
    at: float
    kind: str
    body: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"seq": self.seq, "at": self.at, "kind": self.kind, **self.body}


class Feed:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._news = asyncio.Event()
        self.entries: list[Entry] = []
        self.first_seq = 1
        self.listeners: list[Listener] = []

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self.entries) - 1

    def say(self, kind: str, **body: Any) -> Entry:
        entry = Entry(self.last_seq + 1, self._clock.now(), kind, body)
        self.entries.append(entry)
        if len(self.entries) > KEPT:
            # A playground left open for days must not grow without end.
            del self.entries[: KEPT // 10]
            self.first_seq += KEPT // 10
        self._news.set()
        self._news = asyncio.Event()
        for listener in self.listeners:
            listener(entry)
        return entry

    def since(self, seq: int) -> list[Entry]:
        return self.entries[max(0, seq - self.first_seq + 1) :]

    async def wait_since(self, seq: int, wait_s: float) -> list[Entry]:
        """What came after ``seq``; waits up to ``wait_s`` when there is nothing yet."""
        news = self._news
        if not self.since(seq) and wait_s > 0:
            try:
                await asyncio.wait_for(news.wait(), wait_s)
            except TimeoutError:
                return []
        return self.since(seq)

    def clear(self) -> None:
        """Forget what was said but keep counting, so that a waiting reader never sees a number twice."""
        self.first_seq = self.last_seq + 1
        self.entries = []
        self.say("reset")
