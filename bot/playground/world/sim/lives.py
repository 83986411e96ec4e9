"""What the simulation knows of a pod, and which faults hold for it. Decides nothing about numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.playground.world.scenario import Fault, When
from bot.playground.world.tempo import Tempo

PAUSE = 3.0
"""Seconds of the story a restarted container needs to be ready again."""


@dataclass
class PodLife:
    """One pod from its first request to its last. Times are unix seconds; `ended` is None while it lives."""

    namespace: str
    name: str
    service: str
    image: str
    env: Mapping[str, str]
    revision: int
    ordinal: int
    node: str = ""
    uid: str = ""
    template_hash: str = ""
    replicaset: str = ""
    address: str = ""
    began: float = 0.0
    ready_at: float | None = 0.0
    ended: float | None = None
    restarts: list[float] = field(default_factory=list)
    forgotten: int = 0
    """Restarts so long ago that only their number still counts."""
    limit_mb: float = 0.0
    """How much memory its container may take; 0 is not told."""

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name

    @property
    def restarted(self) -> int:
        """How often its container restarted, all in all."""
        return self.forgotten + len(self.restarts)

    def forget(self, most: int) -> None:
        """Keep the newest restarts alone, so that no step of a crash loop costs more than the one before."""
        surplus = max(0, len(self.restarts) - most)
        del self.restarts[:surplus]
        self.forgotten += surplus


@dataclass
class Trouble:
    """A fault; it can be switched off and on again.

    Kept by the world's own clock: another speed moves what is still to come and nothing that has been.
    """

    name: str
    fault: Fault
    tempo: Tempo
    begins: float
    ends: float

    @property
    def begin(self) -> float:
        """The moment of the real clock at which it begins, as `end` is the one at which it ends."""
        return self.tempo.moment(self.begins)

    @property
    def end(self) -> float:
        return self.tempo.moment(self.ends)

    def hold(self, begin: float, end: float) -> None:
        """Let it hold from one moment of the real clock to another."""
        self.begins, self.ends = self.tempo.story(begin), self.tempo.story(end)

    def holds_at(self, at: float) -> bool:
        return self.begins <= self.tempo.story(at) < self.ends


def troubles_of(faults: list[Fault], start: float, tempo: Tempo) -> list[Trouble]:
    """Return the faults by moments of the world's own clock; one that is off has neither begun nor ended."""
    found, begun = [], tempo.story(start)
    for number, fault in enumerate(faults):
        begin = begun + fault.begin if fault.on else float("inf")
        end = begun + fault.end if fault.end is not None and fault.on else float("inf")
        found.append(Trouble(fault.name or f"{fault.service}-{number}", fault, tempo, begin, end))
    return found


def matches(when: When, pod: PodLife, start: float) -> bool:
    """Say whether a pod is one the fault is about; a pod made by a roll back or a restart no longer is."""
    return (
        (when.image is None or when.image == pod.image)
        and all(pod.env.get(name) == value for name, value in when.env.items())
        and (when.revision is None or when.revision == pod.revision)
        and (when.ordinal is None or when.ordinal == pod.ordinal)
        and (when.node is None or when.node == pod.node)
        and (when.started_before is None or _last_start(pod) < start + when.started_before)
    )


def _last_start(pod: PodLife) -> float:
    return max([pod.began, *pod.restarts])
