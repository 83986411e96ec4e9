"""Faults that touch the pods themselves: containers that restart and pods that are not ready, told to the cluster."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.sim.lives import PAUSE, PodLife, Trouble, matches
from bot.playground.world.sim.stage import Cluster, k8s_stamp
from bot.playground.world.tempo import Tempo

_MOST_RESTARTS = 100
"""What one look of the present lives through of a crash loop, and what a pod remembers of it: the rest is skipped."""
_EXIT = {"OOMKilled": 137, "Completed": 0}


@dataclass
class Mishaps:
    """Applies restarts and readiness to pods that a fault holds for, and takes it back when it no longer does."""

    cluster: Cluster
    start: float
    troubles: Sequence[Trouble]
    tempo: Tempo
    _looked: float = 0.0
    _down: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why a pod is held unready by us."""

    def happen(self, lives: Iterable[PodLife], now: float) -> None:
        """Let everything happen that is due until now; the first call covers the whole past."""
        since, self._looked = self._looked, now
        for life in lives:
            # a pod may have been deleted since it was counted; then nothing can happen to it any more
            with suppress(KeyError):
                self._happen_to(life, since, now)

    def _happen_to(self, life: PodLife, since: float, now: float) -> None:
        for trouble in self.troubles:
            if trouble.fault.service == life.service and matches(trouble.fault.when, life, self.start):
                self._restarts(life, trouble, since, now)
        self._readiness(life, now)

    def _restarts(self, life: PodLife, trouble: Trouble, since: float, now: float) -> None:
        for at in _due(life, trouble, since, now):
            life.restarts.append(at)
            self._tell_restart(life, trouble, at, now)
            state = _terminated(life, trouble, at)
            ready = now >= self.tempo.reached(at, PAUSE)
            self._down.update({} if ready else {life.key: "Restarting"})
            why = "" if ready else "Restarting"
            self.cluster.set_pod_health(life.namespace, life.name, ready, why, life.restarted, state)
        if since:
            life.forget(_MOST_RESTARTS)
        at = max(trouble.begin, life.began)
        if since < at <= now and at < trouble.end:
            for event in trouble.fault.events:
                self.cluster.event(life.namespace, _reference(life), event.reason, event.message, event.type, at=at)

    def _tell_restart(self, life: PodLife, trouble: Trouble, at: float, now: float) -> None:
        if trouble.fault.restart_every:
            message = f"Back-off restarting failed container {life.service} in pod {life.name}"
            self.cluster.event(life.namespace, _reference(life), "BackOff", message, at=at)
        started, when = f"Started container {life.service}", min(now, at + 1)
        self.cluster.event(life.namespace, _reference(life), "Started", started, "Normal", at=when)

    def _readiness(self, life: PodLife, now: float) -> None:
        why = self._why_down(life, now)
        if why and self._down.get(life.key) != why:
            self.cluster.set_pod_health(life.namespace, life.name, False, why)
            self._down[life.key] = why
        elif not why and life.key in self._down:
            self.cluster.set_pod_health(life.namespace, life.name, True)
            del self._down[life.key]

    def _why_down(self, life: PodLife, now: float) -> str:
        for trouble in self.troubles:
            concerned = trouble.fault.service == life.service and matches(trouble.fault.when, life, self.start)
            if concerned and not trouble.fault.ready and trouble.holds_at(now):
                return trouble.fault.reason
        return "Restarting" if life.restarts and now < self.tempo.reached(life.restarts[-1], PAUSE) else ""


def _reference(life: PodLife) -> Mapping[str, str]:
    """Return what an event is about, as its `involvedObject`."""
    return {"kind": "Pod", "apiVersion": "v1", "namespace": life.namespace, "name": life.name, "uid": life.uid}


def _due(life: PodLife, trouble: Trouble, since: float, now: float) -> Iterator[float]:
    """Yield the moments after `since` until now at which a fault restarts a pod's container."""
    fault, last = trouble.fault, min(now, trouble.end)
    if fault.restart and since < trouble.begin <= last and life.began < trouble.begin:
        yield trouble.begin
    if fault.restart_every:
        first, tempo = max(trouble.begin, life.began), trouble.tempo
        number = max(1, int(tempo.elapsed(first, since) // fault.restart_every))
        if since:
            number = max(number, int(tempo.elapsed(first, last) // fault.restart_every) - _MOST_RESTARTS)
        while (at := tempo.reached(first, number * fault.restart_every)) <= last:
            if at > since:
                yield at
            number += 1


def _terminated(life: PodLife, trouble: Trouble, at: float) -> Mapping[str, Any]:
    previous = max([life.began, *life.restarts[:-1]])
    reason = trouble.fault.reason
    times = {"startedAt": k8s_stamp(previous), "finishedAt": k8s_stamp(at)}
    return {"terminated": {"exitCode": _EXIT.get(reason, 1), "reason": reason, **times}}
