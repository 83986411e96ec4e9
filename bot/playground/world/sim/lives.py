"""What the simulation knows of a pod, and which faults hold for it. Decides nothing about numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.playground.world.scenario import Fault, When


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
    limit_mb: float = 0.0
    """How much memory its container may take; 0 is not told."""

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


@dataclass
class Trouble:
    """A fault on the real clock; it can be switched off and on again."""

    name: str
    fault: Fault
    begin: float
    end: float

    def holds_at(self, at: float) -> bool:
        return self.begin <= at < self.end


def troubles_of(faults: list[Fault], start: float) -> list[Trouble]:
    """Return the faults by moments of the clock; one that is off has neither begun nor ended."""
    found = []
    for number, fault in enumerate(faults):
        begin = start + fault.begin if fault.on else float("inf")
        end = start + fault.end if fault.end is not None and fault.on else float("inf")
        found.append(Trouble(fault.name or f"{fault.service}-{number}", fault, begin, end))
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
