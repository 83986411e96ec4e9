"""Protocols for everything outside. Services receive these; only `bot/wiring` knows what stands behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.events import Fact, Ref
from bot.core.ledger import Event
from bot.core.tool import Look, Observation, Spec


@dataclass(frozen=True)
class Entry:
    """Facts for one ledger in a conditional append; ``expected`` is the length the ledger must still have."""

    ledger: str
    expected: int
    facts: tuple[Fact, ...]


class Ledgers(Protocol):
    """Hash-chained, append-only. ``at`` comes from the store's own clock."""

    def now(self) -> datetime:
        """The store's time (aware, UTC)."""

    def length(self, ledger: str) -> int: ...

    def lengths(self, ledgers: Sequence[str]) -> list[int]:
        """Of many at once, in their order."""

    def read(self, ledger: str, start: int = 0) -> list[Event]:
        """Events from seq ``start`` on; empty for a ledger that does not exist."""

    def record(self, ledger: str, facts: Sequence[Fact], by: str, once: str | None = None) -> bool:
        """Append observations at the newest head, durably, before returning.

        ``once`` names what this is a record of: when something was recorded under that name before, nothing is
        appended and False comes back. Raises `Contended` or `Unreachable`.
        """

    def append(self, entries: Sequence[Entry], by: str) -> bool:
        """Append to every ledger named, if each still has its expected length; all or nothing. False: one moved."""

    def open_ledgers(self) -> list[str]:
        """Ledgers (incidents and questions) that are not closed yet, oldest first."""

    def reopen(self, ledger: str) -> None:
        """Put it on the open list again, where it is not."""

    def close(self, ledger: str) -> None:
        """Take it off the open list (its events stay)."""


class Payloads(Protocol):
    """Texts and tool output, by reference. Content is redacted before it is stored, encrypted and capped."""

    def put(self, scope: str, content: Any) -> Ref:
        """Store JSON or text for the ledger ``scope``; secrets are taken out first."""

    def put_all(self, scope: str, contents: Sequence[Any]) -> list[Ref]:
        """Many at once, in their order."""

    def get(self, scope: str, ref: Ref) -> Any:
        """What was stored; raises `NotFound` where it was erased or never there."""


class ApprovalIndex(Protocol):
    """Which incident an approval belongs to: a button carries the approval's id and nothing else."""

    def put(self, approval: str, incident: str) -> None:
        """Remember it, durably, before the approval is proposed; an id is never given to another incident."""


class Doorbell(Protocol):
    """Tells the reconciler that a ledger moved. Losing a ring costs seconds, not truth."""

    def ring(self, ledger: str) -> None: ...


@dataclass(frozen=True)
class Posted:
    channel: str
    ts: str


@dataclass(frozen=True)
class File:
    """What is uploaded: its name ends in ``ending``; a ``snippet`` is shown as text of that language.

    ``alt`` says what is seen, for people who do not see it; ``comment`` is the message it comes with.
    """

    title: str
    content: str | bytes
    ending: str
    snippet: str | None = None
    alt: str | None = None
    comment: str | None = None


class SlackRoom(Protocol):
    """What the narrator may do in Slack. Raises `Busy`, `Refused` (with Slack's name of the error) or `Unreachable`."""

    def post(self, channel: str, message: Mapping[str, Any], mark: str, thread: str | None = None) -> Posted: ...
    def find(self, channel: str, mark: str, since: datetime, thread: str | None = None) -> Posted | None:
        """The message an earlier, interrupted ``post`` with this mark left, or None."""

    def edit(self, at: Posted, message: Mapping[str, Any]) -> None: ...
    def whisper(self, channel: str, user: str, message: Mapping[str, Any]) -> None:
        """An ephemeral message to one person."""

    def answer(self, url: str, message: Mapping[str, Any]) -> None:
        """Through a command's or click's response URL, ephemeral."""

    def create_channel(self, name: str) -> str:
        """Its id; raises `Refused("name_taken")` and the like."""

    def find_channel(self, name: str, since: datetime) -> str | None:
        """A channel of this name that this bot itself made since then, or None."""

    def invite(self, channel: str, users: Sequence[str]) -> None: ...
    def set_topic(self, channel: str, topic: str) -> None: ...
    def pin(self, at: Posted) -> None: ...
    def join(self, channel: str) -> None: ...
    def link(self, at: Posted) -> str:
        """The message's permalink."""

    def upload(self, channel: str, thread: str | None, file: "File", mark: str) -> str:
        """A file in the thread; its id."""

    def find_file(self, channel: str, mark: str, since: datetime, thread: str | None = None) -> str | None:
        """The id of the file an earlier, interrupted ``upload`` with this mark left, or None."""

    def members_of(self, group: str) -> tuple[str, ...]:
        """User ids of a user group."""

    def name_of(self, user: str) -> str:
        """What people call this user, for lines that must not notify anybody; the id where it cannot be read."""


class Looks(Protocol):
    """The reading tools of this process."""

    def specs(self) -> tuple[Spec, ...]:
        """Those that are offered (their settings are there)."""

    def not_offered(self) -> Mapping[str, str]:
        """Tool name -> why it is not offered, for `/ops status` and the card."""

    def look(self, tool: str, arguments: Mapping[str, Any], look: Look) -> Observation:
        """Never raises for a failed look: the outcome says what happened. `BadInput` for unknown tool or arguments."""


@dataclass(frozen=True)
class Page:
    """One runbook found for a question; ``score`` in 0..1, ``why`` says what matched."""

    id: str
    title: str
    score: float
    why: str
    excerpt: str
    url: str = ""


class Runbooks(Protocol):
    def search(self, query: str, alertname: str = "", most: int = 5) -> list[Page]: ...
    def candidates(self, query: str, alertname: str = "", most: int = 5) -> list[Page]:
        """As search, but also what is not near enough."""


@dataclass(frozen=True)
class Words:
    """What goes to the payload store beside a fact: ``text`` redacted and kept, ``url`` as it is, for an hour."""

    text: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Kept:
    text: Ref | None
    url: Ref | None


class Front(Protocol):
    """The durable append before an acknowledgement, in as few round trips as can be."""

    def write(self, ledger: str, words: Words, fact: Callable[[Kept], Fact], by: str, once: str) -> bool:
        """Keep the words, append the fact that refers to them, ring the bell. False: it was written before."""
