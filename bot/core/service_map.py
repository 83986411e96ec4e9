"""Who calls whom: the map by which a cause is told from its victims, and the impact of an action is known. Pure.

An edge goes from the caller to what it depends on. What is not on the map is not known to be independent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edge:
    """``told_by`` says where it is from: catalogue, traces, service graph, configuration, logs."""

    caller: str
    callee: str
    told_by: str = ""


@dataclass(frozen=True)
class ServiceMap:
    edges: tuple[Edge, ...] = field(default=())

    def dependencies_of(self, service: str) -> tuple[str, ...]:
        """What it calls itself."""
        return tuple(dict.fromkeys(edge.callee for edge in self.edges if edge.caller == service))

    def dependents_of(self, service: str) -> tuple[str, ...]:
        """Who calls it."""
        return tuple(dict.fromkeys(edge.caller for edge in self.edges if edge.callee == service))

    def reach(self, service: str) -> tuple[str, ...]:
        """Everybody whom its trouble can reach, nearest first."""
        return self._walk(service, self.dependents_of)

    def stands_on(self, service: str) -> tuple[str, ...]:
        """Everything it depends on, nearest first."""
        return self._walk(service, self.dependencies_of)

    def path(self, caller: str, callee: str) -> tuple[str, ...]:
        """The shortest way from a caller to what it depends on, both included; empty where there is none."""
        before: dict[str, str] = {caller: ""}
        line = [caller]
        while line:
            here = line.pop(0)
            if here == callee:
                way = [here]
                while before[way[0]]:
                    way.insert(0, before[way[0]])
                return tuple(way)
            for there in self.dependencies_of(here):
                if there not in before:
                    before[there] = here
                    line.append(there)
        return ()

    def with_edges(self, more: Iterable[Edge]) -> "ServiceMap":
        known = {(edge.caller, edge.callee) for edge in self.edges}
        fresh = {(edge.caller, edge.callee): edge for edge in more if edge.caller != edge.callee}
        return ServiceMap((*self.edges, *(edge for pair, edge in fresh.items() if pair not in known)))

    def _walk(self, service: str, step: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        line = [service]
        while line:
            for there in step(line.pop(0)):
                if there not in found and there != service:
                    found[there] = None
                    line.append(there)
        return tuple(found)
