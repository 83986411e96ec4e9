"""Ledgers in Redis: one list a ledger, appended by one script, timed by Redis's own clock.

`record` joins what several threads want written into one append (group commit) and tries again with jitter when
another process came between; it never folds. `append` is the compare-and-set under `decide`: the caller has folded.
Durability is Redis's: with `appendfsync always` a reply means it is on disk (`doctor` proves or disproves it).
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import msgspec
import redis

from bot.core.canonical import Json, canonical
from bot.core.errors import Contended, LedgerBroken, Unreachable
from bot.core.events import Fact
from bot.core.ledger import WORKSPACE, Event, Head, open_line, parse_stamp, seal
from bot.core.ports import Entry

OPEN = "mw:open"
ONCE_SECONDS = 7 * 24 * 3600
QUESTION_SECONDS = 7 * 24 * 3600
TRIES = 200
LONGEST_NAP = 0.02


def ledger_key(ledger: str) -> str:
    return f"mw:ledger:{ledger}"


def once_key(ledger: str, name: str) -> str:
    """The marker of what is recorded once; a name means something within its ledger only."""
    return f"mw:once:{ledger}:{name}"


@dataclass
class _Ticket:
    """What one thread wants recorded, until some thread has written it."""

    facts: Sequence[Fact]
    by: str
    once: str | None
    written: bool | None = None
    error: Exception | None = None
    settled: bool = False


@dataclass
class _Lane:
    """The tickets waiting for one ledger, and the lock of the thread that is writing for all of them."""

    writing: threading.Lock = field(default_factory=threading.Lock)
    tickets: list[_Ticket] = field(default_factory=list)


class RedisLedgers:
    """`ports.Ledgers`. Safe for threads; each process makes its own."""

    def __init__(self, client: "redis.Redis", jitter: random.Random | None = None) -> None:
        self._redis = client
        self._script = client.register_script(files("bot.adapters").joinpath("lua/append.lua").read_text())
        self._jitter = jitter or random.Random()
        self._lanes: dict[str, _Lane] = defaultdict(_Lane)
        self._joining = threading.Lock()

    # --- reading

    def now(self) -> datetime:
        with _translated():
            return _time(self._redis.time())

    def length(self, ledger: str) -> int:
        with _translated():
            return int(self._redis.llen(ledger_key(ledger)))

    def lengths(self, ledgers: Sequence[str]) -> list[int]:
        """The lengths of many ledgers in one round trip."""
        with _translated(), self._redis.pipeline(transaction=False) as pipe:
            for ledger in ledgers:
                pipe.llen(ledger_key(ledger))
            return [int(length) for length in pipe.execute()]

    def lines(self, ledger: str, start: int = 0) -> list[Any]:
        """The stored lines as they are, for verification (a line that is no JSON comes back as text)."""
        with _translated():
            stored: Any = self._redis.lrange(ledger_key(ledger), start, -1)
            return [_loads(raw) for raw in stored]

    def read(self, ledger: str, start: int = 0) -> list[Event]:
        try:
            return [open_line(line) for line in self.lines(ledger, start)]
        except ValueError as error:
            raise LedgerBroken(
                f"{ledger} holds a line that is none of ours; `midwatch ledger verify` says more"
            ) from error

    def names(self) -> list[str]:
        """Every ledger there is, closed ones too."""
        with _translated():
            keys = self._redis.scan_iter(match=ledger_key("*"), count=1000)
            return sorted(key.decode().removeprefix(ledger_key("")) for key in keys)

    def open_ledgers(self) -> list[str]:
        with _translated():
            names: Any = self._redis.zrange(OPEN, 0, -1)
            return [name.decode() for name in names]

    def reopen(self, ledger: str) -> None:
        with _translated():
            self._redis.zadd(OPEN, {ledger: _time(self._redis.time()).timestamp()}, nx=True)

    def close(self, ledger: str) -> None:
        with _translated():
            self._redis.zrem(OPEN, ledger)
            if ledger.startswith("ask-"):
                self._redis.expire(ledger_key(ledger), QUESTION_SECONDS)

    def head(self, ledger: str) -> Head:
        """Where the ledger ends now."""
        return self._head(ledger)[0]

    # --- writing

    def record(self, ledger: str, facts: Sequence[Fact], by: str, once: str | None = None) -> bool:
        # a name is spent in its own ledger only: every incident has an E1
        ticket = _Ticket(facts, by, once)
        with self._joining:
            lane = self._lanes[ledger]
            lane.tickets.append(ticket)
        with lane.writing:
            if not ticket.settled:
                with self._joining:
                    tickets, lane.tickets = lane.tickets, []
                self._settle(ledger, tickets)
        if ticket.error is not None:
            raise ticket.error
        return bool(ticket.written)

    def _settle(self, ledger: str, tickets: list[_Ticket]) -> None:
        try:
            self._write_all(ledger, tickets)
        except (Contended, LedgerBroken, Unreachable, ValueError) as error:
            for ticket in tickets:
                if ticket.written is None:
                    ticket.error = error
        finally:
            for ticket in tickets:
                ticket.settled = True

    def _write_all(self, ledger: str, tickets: list[_Ticket]) -> None:
        waiting = list(tickets)
        for attempt in range(TRIES):
            head, now = self._head(ledger)
            lines = _seal_all(ledger, waiting, now, head)
            once = [ticket.once for ticket in waiting if ticket.once is not None]
            verdict = self._run([(ledger, head.length, lines)], once, now)
            if verdict[0] == b"ok":
                for ticket in waiting:
                    ticket.written = True
                return
            if verdict[0] == b"once":
                marker = once[int(verdict[1]) - 1]
                spent = next(ticket for ticket in waiting if ticket.once == marker)
                spent.written = False
                waiting.remove(spent)
                if not waiting:
                    return
            else:
                time.sleep(self._jitter.uniform(0, min(LONGEST_NAP, 0.001 * 2 ** min(attempt, 5))))
        raise Contended(f"{ledger} moved {TRIES} times; nothing was recorded")

    def append(self, entries: Sequence[Entry], by: str) -> bool:
        batches = []
        with _translated(), self._redis.pipeline(transaction=True) as pipe:
            pipe.time()
            for entry in entries:
                pipe.lindex(ledger_key(entry.ledger), entry.expected - 1 if entry.expected else 0)
            answers: list[Any] = pipe.execute()
        now = _time(answers[0])
        for entry, raw in zip(entries, answers[1:], strict=True):
            if entry.expected and raw is None:
                return False
            head = _head_of(raw) if entry.expected else Head()
            batches.append((entry.ledger, entry.expected, seal(entry.ledger, entry.facts, by, now, head)))
        return bool(self._run(batches, [], now)[0] == b"ok")

    def _head(self, ledger: str) -> tuple[Head, datetime]:
        with _translated(), self._redis.pipeline(transaction=True) as pipe:
            pipe.time()
            pipe.lindex(ledger_key(ledger), -1)
            moment, raw = pipe.execute()
        return (_head_of(raw) if raw is not None else Head()), _time(moment)

    def _run(self, batches: Sequence[tuple[str, int, list[Json]]], once: Sequence[str], now: datetime) -> list[bytes]:
        keys = [OPEN, *(once_key(batches[0][0], name) for name in once), *(ledger_key(name) for name, _, _ in batches)]
        arguments: list[Any] = [len(once), ONCE_SECONDS, now.timestamp()]
        for name, expected, lines in batches:
            arguments += [name, expected, len(lines), *(canonical(line) for line in lines)]
        with _translated():
            answer: list[bytes] = self._script(keys=keys, args=arguments)
            return answer


def _seal_all(ledger: str, tickets: Sequence[_Ticket], now: datetime, head: Head) -> list[Json]:
    lines: list[Json] = []
    for ticket in tickets:
        lines += seal(ledger, ticket.facts, ticket.by, now, head)
        if lines:
            head = Head(lines[-1]["seq"] + 1, lines[-1]["hash"], parse_stamp(lines[-1]["at"]))
    return lines


def _head_of(raw: bytes) -> Head:
    try:
        line = msgspec.json.decode(raw)
        return Head(line["seq"] + 1, line["hash"], parse_stamp(line["at"]))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise LedgerBroken(
            "the last line of this ledger is none of ours; `midwatch ledger verify` says more"
        ) from error


def _loads(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw.decode(errors="replace")


def _time(answer: tuple[int, int]) -> datetime:
    seconds, micros = answer
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros // 1000 * 1000)


class _translated:  # noqa: N801  reads as a word where it is used
    """Redis's errors as ours; a context manager so that it can wrap a pipeline too."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, _: Any) -> None:
        if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
            raise Unreachable(f"Redis refused this process: {error}") from error
        if isinstance(error, redis.ConnectionError | redis.TimeoutError | redis.exceptions.BusyLoadingError):
            raise Unreachable(f"Redis does not answer: {error}") from error
        if isinstance(error, redis.RedisError):  # read-only after a failover, out of memory, …: nothing was kept
            raise Unreachable(f"Redis cannot keep this: {error}") from error


__all__ = ["OPEN", "WORKSPACE", "RedisLedgers", "ledger_key"]
