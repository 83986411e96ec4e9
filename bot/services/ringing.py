"""What the reconciler is given: workers' queues, the bell it hears, a lock that one of many holds. Ports only."""

from contextlib import AbstractContextManager
from typing import Protocol

from bot.core.due import Due


class Queues(Protocol):
    """Rings the queue of a worker; knows whether a job is alive."""

    def ring(self, what: Due) -> str:
        """Enqueue unless it is queued or under way: ``rang``, ``waiting`` or ``underway``."""

    def alive(self, job_id: str) -> bool:
        """Whether somebody is known to be working on it."""

    def waiting(self) -> frozenset[str]:
        """The ids of every job that stands in a queue now."""


class Bell(Protocol):
    def wait(self, seconds: float) -> str | None:
        """The next ledger that moved, or None after ``seconds``."""


class Inbox(Protocol):
    def alone(self, name: str, milliseconds: int) -> AbstractContextManager[bool]: ...
