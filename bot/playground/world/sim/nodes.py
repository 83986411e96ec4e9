"""Nodes in trouble: a pressure that comes and goes with its fault, and pods that are evicted for it.

Evicted pods go one after the other; what replaces them finds another node, because the pressed one is tainted.
"""

from collections.abc import Sequence
from contextlib import suppress

from bot.playground.world.sim.lives import PodLife, Trouble
from bot.playground.world.sim.stage import Cluster

_RESOURCE = {"MemoryPressure": "memory", "DiskPressure": "ephemeral-storage", "PIDPressure": "pids"}


class Nodes:
    def __init__(self, cluster: Cluster, troubles: Sequence[Trouble]) -> None:
        self._cluster, self._troubles = cluster, [one for one in troubles if one.fault.pressure]
        self._pressed: set[str] = set()
        self._evicted: dict[str, int] = {}

    def happen(self, living: Sequence[PodLife], now: float) -> None:
        """Bring every node to what its faults say of now, and evict at most one pod a fault."""
        for trouble in self._troubles:
            node, pressure = str(trouble.fault.when.node), str(trouble.fault.pressure)
            holds = trouble.holds_at(now)
            if holds != (trouble.name in self._pressed):
                self._cluster.press(node, pressure, on=holds)
                (self._pressed.add if holds else self._pressed.discard)(trouble.name)
                self._evicted[trouble.name] = 0
            if holds:
                self._evict_one(trouble, living, now)

    def _evict_one(self, trouble: Trouble, living: Sequence[PodLife], now: float) -> None:
        fault, gone = trouble.fault, self._evicted[trouble.name]
        due = int(trouble.tempo.elapsed(trouble.begin, now) / fault.evict_every) + 1
        pods = [life for life in living if life.service in fault.evicts and life.node == fault.when.node]
        if gone >= due or not pods:
            return
        self._evicted[trouble.name] = gone + 1
        first = min(pods, key=lambda life: (fault.evicts.index(life.service), life.name))
        words = f"The node was low on resource: {_RESOURCE[str(fault.pressure)]}."
        involved = {"kind": "Pod", "apiVersion": "v1", "namespace": first.namespace, "name": first.name}
        with suppress(KeyError):  # it may have been deleted since it was counted
            self._cluster.set_pod_health(first.namespace, first.name, False, "Evicted")
            self._cluster.event(first.namespace, {**involved, "uid": first.uid}, "Evicted", words, at=now)
