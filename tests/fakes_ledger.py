"""Ledgers, payloads, a bell and the approval index in memory, with the semantics of the real ones.

The clock stands still until a test moves it. Everything else is the real thing: the same envelope, the same chain,
the same all-or-nothing append. The tests of the act process run on these and on Redis alike.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.core.canonical import Json
from bot.core.errors import NotFound, Unreachable
from bot.core.events import Fact, Ref
from bot.core.ledger import WORKSPACE, Event, Head, open_line, parse_stamp, seal
from bot.core.ports import Entry
from bot.core.redact import redact_json

BEGINNING = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


@dataclass
class MemoryLedgers:
    """`ports.Ledgers`. ``outage`` makes the next so many writes fail; ``at`` is the store's clock."""

    at: datetime = BEGINNING
    outage: int = 0
    lines: dict[str, list[Json]] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    spent: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> datetime:
        return self.at

    def pass_time(self, **lapse: float) -> None:
        self.at += timedelta(**lapse)

    def length(self, ledger: str) -> int:
        return len(self.lines.get(ledger, ()))

    def lengths(self, ledgers: Sequence[str]) -> list[int]:
        return [self.length(ledger) for ledger in ledgers]

    def read(self, ledger: str, start: int = 0) -> list[Event]:
        with self.lock:
            return [open_line(line) for line in self.lines.get(ledger, [])[start:]]

    def record(self, ledger: str, facts: Sequence[Fact], by: str, once: str | None = None) -> bool:
        with self.lock:
            if once is not None and (ledger, once) in self.spent:
                return False
            self._write([Entry(ledger, self.length(ledger), tuple(facts))], by)
            self.spent |= {(ledger, once)} if once is not None else set()
            return True

    def append(self, entries: Sequence[Entry], by: str) -> bool:
        with self.lock:
            if any(self.length(entry.ledger) != entry.expected for entry in entries):
                return False
            self._write(entries, by)
            return True

    def open_ledgers(self) -> list[str]:
        return list(self.opened)

    def reopen(self, ledger: str) -> None:
        if ledger not in self.opened:
            self.opened.append(ledger)

    def close(self, ledger: str) -> None:
        self.opened = [name for name in self.opened if name != ledger]

    def _write(self, entries: Sequence[Entry], by: str) -> None:
        if self.outage:
            self.outage -= 1
            raise Unreachable("Redis does not answer")
        for entry in entries:
            known = self.lines.setdefault(entry.ledger, [])
            head = Head(len(known), known[-1]["hash"], parse_stamp(known[-1]["at"])) if known else Head()
            known += seal(entry.ledger, entry.facts, by, self.at, head)
            if entry.expected == 0 and entry.ledger != WORKSPACE:
                self.opened.append(entry.ledger)


@dataclass
class MemoryPayloads:
    """`ports.Payloads`: redacted as the real one does, lost when a test erases it."""

    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def put(self, scope: str, content: Any) -> Ref:
        return self._keep(scope, redact_json(content))

    def put_all(self, scope: str, contents: Sequence[Any]) -> list[Ref]:
        return [self.put(scope, content) for content in contents]

    def get(self, scope: str, ref: Ref) -> Any:
        if (scope, ref.ref) not in self.kept:
            raise NotFound(f"payload {ref.ref[:12]} of {scope} was erased or never stored")
        return json.loads(self.kept[scope, ref.ref])

    def _keep(self, scope: str, content: Any) -> Ref:
        text = json.dumps(content)
        ref = sha256(f"{len(self.kept)}{text}".encode()).hexdigest()
        self.kept[scope, ref] = text
        return Ref(ref=ref, bytes=len(text))


@dataclass
class NotingBell:
    """`ports.Doorbell`."""

    rung: list[str] = field(default_factory=list)

    def ring(self, ledger: str) -> None:
        self.rung.append(ledger)


@dataclass
class MemoryIndex:
    """`ports.ApprovalIndex`."""

    known: dict[str, str] = field(default_factory=dict)

    def put(self, approval: str, incident: str) -> None:
        self.known.setdefault(approval, incident)
