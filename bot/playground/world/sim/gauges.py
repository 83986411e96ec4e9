"""Measures that are simply there, and move while a fault holds: how far a replica is behind, how full a disk is."""

from collections.abc import Sequence

import numpy as np

from bot.playground.world.beside import Gauge
from bot.playground.world.sim.lives import Trouble
from bot.playground.world.sim.meters import Line, Samples
from bot.playground.world.sim.weather import Floats, drift, seed_of

_PERIOD = 30.0


class Gauges:
    def __init__(self, gauges: Sequence[Gauge], troubles: Sequence[Trouble], seed: int) -> None:
        self._troubles = {one.name: one for one in troubles}
        self._seed = seed
        self._by_line = [(_line(gauge), gauge) for gauge in gauges]

    def scrape(self, samples: Samples, times: Floats) -> None:
        """Write what every gauge shows at each of the moments."""
        for line, gauge in self._by_line:
            samples.extend(line.full(), times, self._values(gauge, line, times))

    def rows(self, at: float) -> list[tuple[Line, float]]:
        """Return every gauge as it is at one moment."""
        return [(line, float(self._values(gauge, line, np.array([at]))[0])) for line, gauge in self._by_line]

    def _values(self, gauge: Gauge, line: Line, times: Floats) -> Floats:
        seed = seed_of(self._seed, line.name, *line.labels.values())
        found: Floats = gauge.value * (1 + gauge.noise * drift(times, seed, _PERIOD))
        for shift in gauge.shifts:
            trouble = self._troubles[shift.fault]
            holds = (times >= trouble.begin) & (times < trouble.end)
            level = found if shift.at is None else shift.at * (1 + 0.2 * gauge.noise * drift(times, seed + 1, _PERIOD))
            age = trouble.tempo.stories(times) - trouble.begins
            climbed = level + np.where(holds, age, 0.0) / 60 * shift.per_minute
            found = np.where(holds, climbed, found)
        return found


def _line(gauge: Gauge) -> Line:
    return Line(gauge.name, "gauge", gauge.name, {"job": "exporter", "instance": "exporter:9187", **gauge.labels})
