"""What every part of the cluster shares: the store, the clock (which may be set back for a while), chance, the queue.

The queue is Kubernetes' own idea: whatever changes rings for itself and for its owners, and a controller looks again.
"""

import heapq
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.playground.world.kube.store import Object, Store
from bot.playground.world.kube.waiting import RealTime, Waits

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Ref(NamedTuple):
    """An object by kind and name."""

    kind: str
    namespace: str
    name: str


class Clock:
    """The injected clock; `set_back` lets the past be lived through with the same code as the present."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._past: float | None = None

    def now(self) -> float:
        return self._now() if self._past is None else self._past

    def present(self) -> float:
        """Return the real now, also while set back."""
        return self._now()

    @contextmanager
    def set_back(self, at: float) -> Iterator[None]:
        before, self._past = self._past, at
        try:
            yield
        finally:
            self._past = before

    def move_to(self, at: float) -> None:
        """Go on within the past; only while set back."""
        self._past = at


class Queue:
    """Objects somebody should look at: at once, or when their time comes."""

    def __init__(self) -> None:
        self._ready: dict[Ref, None] = {}
        self._later: list[tuple[float, Ref]] = []

    def add(self, ref: Ref) -> None:
        self._ready[ref] = None

    def after(self, ref: Ref, at: float) -> None:
        heapq.heappush(self._later, (at, ref))

    def release(self, now: float) -> None:
        """Make ready what is due."""
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[1])

    def take(self) -> Ref | None:
        if not self._ready:
            return None
        ref = next(iter(self._ready))
        del self._ready[ref]
        return ref

    def next_due(self) -> float | None:
        return self._later[0][0] if self._later else None


@dataclass
class State:
    clock: Clock
    chance: random.Random
    store: Store = field(default_factory=Store)
    queue: Queue = field(default_factory=Queue)
    tempo: Waits = field(default_factory=RealTime)

    def put(self, kind: str, new: Object) -> Object:
        """Store an object and ring for it and its owners."""
        kept = self.store.put(kind, new)
        self._ring(kind, kept)
        return kept

    def remove(self, kind: str, gone: Object) -> None:
        self.store.remove(kind, gone)
        self._ring(kind, gone)

    def uid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def suffix(self, length: int = 5) -> str:
        """Return random letters as generated names end in."""
        return "".join(self.chance.choices(_LETTERS, k=length))

    def _ring(self, kind: str, thing: Object) -> None:
        meta = thing["metadata"]
        namespace = meta.get("namespace", "")
        self.queue.add(Ref(kind, namespace, meta["name"]))
        for owner in meta.get("ownerReferences") or ():
            self.queue.add(Ref(owner["kind"], namespace, owner["name"]))
        if kind == "Node":
            for daemon in self.store.all("DaemonSet"):
                self.queue.add(Ref("DaemonSet", daemon["metadata"]["namespace"], daemon["metadata"]["name"]))
        if kind == "Pod":
            for budget in self.store.all("PodDisruptionBudget", namespace):
                self.queue.add(Ref("PodDisruptionBudget", namespace, budget["metadata"]["name"]))


def encoded(number: int) -> str:
    """Write a number in letters that spell no words, one a decimal digit, as `pod-template-hash` is written."""
    return "".join(_LETTERS[ord(digit) % len(_LETTERS)] for digit in str(number))
