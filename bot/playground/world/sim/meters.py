"""The series of one pod: labels, values now, history. Names and labels are the scenario's choice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.scenario import MetricNames, Service
from bot.playground.world.sim.counters import EDGES, Drawn
from bot.playground.world.sim.lives import PAUSE, PodLife
from bot.playground.world.sim.weather import Floats

Labels = dict[str, str]


class Samples(Protocol):
    """Where samples go; the store of the Prometheus half is one."""

    def append(self, labels: Mapping[str, str], at: float, value: float) -> None: ...
    def extend(self, labels: Mapping[str, str], times: NDArray[np.float64], values: NDArray[np.float64]) -> None: ...
    def mark_stale(self, labels: Mapping[str, str], at: float) -> None: ...


@dataclass(frozen=True)
class Line:
    """One series: its family and type for the text exposition, and its labels without the name."""

    family: str
    kind: str
    name: str
    labels: Labels

    def full(self) -> Labels:
        return {"__name__": self.name, **self.labels}


def lines_of(names: MetricNames, service: Service, pod: PodLife, codes: Sequence[str]) -> list[Line]:
    """Return the pod's series in the order of `Drawn.counters()`, then memory and `up`."""
    own = {
        names.label("namespace"): pod.namespace,
        names.label("service"): pod.service,
        names.label("pod"): pod.name,
        names.label("instance"): f"{pod.address or pod.name}:{service.port}",
        names.label("job"): pod.service,
    }
    found = [Line(names.requests, "counter", names.requests, {**own, names.label("code"): code}) for code in codes]
    for edge in (*map(_edge, EDGES), "+Inf"):
        found.append(Line(names.latency, "histogram", f"{names.latency}_bucket", {**own, "le": edge}))
    found.append(Line(names.latency, "histogram", f"{names.latency}_sum", own))
    found.append(Line(names.latency, "histogram", f"{names.latency}_count", own))
    box = {"namespace": pod.namespace, "pod": pod.name, "container": pod.service, "node": pod.node}
    cadvisor = {**box, "job": "cadvisor", "instance": f"{pod.node}:10250"}
    found.append(Line(names.cpu, "counter", names.cpu, cadvisor))
    found.append(Line(names.memory, "gauge", names.memory, cadvisor))
    return [*found, Line("up", "gauge", "up", own)]


def _edge(edge: float) -> str:
    return f"{edge:g}"


class PodMeter:
    """The counters of one pod. A restarted container counts from zero again."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self._series = [line.full() for line in lines]
        self._counted = np.zeros(len(lines) - 3)
        self._memory = 0.0
        self._up = 1.0

    def restart(self) -> None:
        self._counted[:] = 0.0

    def add(self, drawn: Drawn, up: bool) -> None:
        """Count one step of the present."""
        self._counted += drawn.counters()[-1]
        self._memory, self._up = float(drawn.memory[-1]), float(up)

    def values(self) -> list[float]:
        return _row(self._counted, self._memory, self._up)

    def scrape(self, samples: Samples, at: float) -> None:
        for labels, value in zip(self._series, self.values(), strict=True):
            samples.append(labels, at, value)

    def end(self, samples: Samples, at: float) -> None:
        for labels in self._series:
            samples.mark_stale(labels, at)

    def backfill(self, samples: Samples, times: Floats, drawn: Drawn, pod: PodLife) -> None:
        """Write the pod's whole past at once and keep counting from where it ends."""
        living = (times >= pod.began) & (times < (np.inf if pod.ended is None else pod.ended))
        if not living.any():
            return
        piled = _since_restart(np.cumsum(drawn.counters(), axis=0), times, pod.restarts)
        self._counted = piled[-1].copy()
        self._memory = float(drawn.memory[-1])
        up = 1.0 - _restarting(times, pod.restarts)
        table = np.column_stack([_with_count(piled), drawn.memory, up])[living]
        for labels, column in zip(self._series, table.T, strict=True):
            samples.extend(labels, times[living], np.ascontiguousarray(column))
        if pod.ended is not None:
            self.end(samples, float(pod.ended))

    def exposed(self) -> Iterator[tuple[Line, float]]:
        yield from zip(self.lines, self.values(), strict=True)


def _with_count(piled: Floats) -> Floats:
    """Put the histogram's count, which is its +Inf bucket, between its sum and the processor time."""
    return np.column_stack([piled[:, :-1], piled[:, -3], piled[:, -1]])


def _row(counted: Floats, memory: float, up: float) -> list[float]:
    return [*_with_count(counted[None, :])[0].tolist(), memory, up]


def _since_restart(piled: Floats, times: Floats, restarts: Sequence[float]) -> Floats:
    found = piled.copy()
    for at in sorted(restarts):
        first = int(np.searchsorted(times, at))
        if 0 < first < len(times):
            found[first:] = piled[first:] - piled[first - 1]
    return found


def _restarting(times: Floats, restarts: Sequence[float]) -> Floats:
    down = np.zeros(len(times))
    for at in restarts:
        down[(times >= at) & (times < at + PAUSE)] = 1.0
    return down


def exposition(rows: Iterator[tuple[Line, float]]) -> str:
    """Return series as the Prometheus text format, one TYPE line a family; `up` is left to who scrapes."""
    families: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for line, value in rows:
        if line.name == "up":
            continue
        kinds[line.family] = line.kind
        labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in line.labels.items())
        families.setdefault(line.family, []).append(f"{line.name}{{{labels}}} {value!r}")
    return "".join(f"# TYPE {family} {kinds[family]}\n" + "\n".join(found) + "\n" for family, found in families.items())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
