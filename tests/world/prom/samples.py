"""One seeded hour of samples with everything that makes PromQL hard: resets, gaps, odd floats, churn, ties, buckets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.playground.world.prom.series import STALE
from bot.playground.world.prom.store import SampleStore

BEGIN = 1_700_000_000
HOUR = 3600
INTERVAL = 15.0
ODD = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1e300, 2.5e-308, 1e21, 1e-7, 123456789.125, -1.0]


@dataclass(frozen=True)
class Written:
    labels: dict[str, str]
    times: NDArray[np.float64]
    values: NDArray[np.float64]


def hour(seed: int = 7) -> list[Written]:
    rng = np.random.default_rng(seed)
    return [*_requests(rng), *_gauges(rng), *_buckets(rng), *_oddities(rng), *_infos(rng)]


def stored(series: list[Written]) -> SampleStore:
    store = SampleStore()
    for one in series:
        store.extend(one.labels, one.times, one.values)
    return store


def as_openmetrics(series: list[Written]) -> str:
    lines = [
        f"{one.labels['__name__']}{{{_pairs(one.labels)}}} {value!r} {at:.3f}"
        for one in series
        for at, value in zip(one.times.tolist(), one.values.tolist(), strict=True)
    ]
    return "\n".join([*lines, "# EOF", ""])


def _pairs(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")


def _times(rng: np.random.Generator, start: float = 0, end: float = HOUR) -> NDArray[np.float64]:
    """Every 15 s at this series' own phase, to the millisecond, with an occasional late or missing scrape."""
    times = np.arange(start + rng.integers(0, 15_000) / 1000, end, INTERVAL)
    times = times + rng.choice([0, 0, 0, 0.013, -0.4], len(times))
    return np.round(BEGIN + times[rng.random(len(times)) > 0.03], 3)


def _requests(rng: np.random.Generator) -> Iterator[Written]:
    for service in ("api", "cart"):
        for code in ("200", "404", "500"):
            for pod in ("p0", "p1", "p2"):
                lives = [(0, HOUR)] if pod != "p2" else [(600, 1700)]
                for start, end in lives:
                    times = _times(rng, start, end)
                    values = np.cumsum(rng.poisson(4, len(times))).astype(np.float64)
                    for fall in rng.integers(1, len(times), 2 if pod == "p1" else 0):
                        values[fall:] -= values[fall] - rng.integers(0, 3)
                    labels = {"service": service, "code": code, "pod": pod, "job": "web"}
                    yield Written({"__name__": "requests_total", **labels}, times, values)


def _gauges(rng: np.random.Generator) -> Iterator[Written]:
    for service in ("api", "cart", "db"):
        for pod in ("p0", "p1"):
            labels = {"service": service, "pod": pod}
            times = _times(rng)
            yield Written({"__name__": "temp", **labels}, times, np.round(rng.normal(-2, 30, len(times)), 3))
            times = _times(rng)
            yield Written({"__name__": "level", **labels}, times, rng.integers(0, 4, len(times)).astype(np.float64))
            times = _times(rng)
            kept = (times - BEGIN) // 700 % 2 == 0
            yield Written({"__name__": "gap", **labels}, times[kept], rng.random(kept.sum()) * 1e6)


def _buckets(rng: np.random.Generator) -> Iterator[Written]:
    for service in ("api", "cart"):
        times = _times(rng)
        below = np.zeros(len(times))
        for bound in ("0.1", "0.25", "0.5", "1", "2.5", "+Inf"):
            below = below + np.cumsum(rng.poisson(3, len(times)))
            if service == "cart" and bound == "0.5":
                continue
            yield Written({"__name__": "latency_bucket", "service": service, "le": bound}, times, below.copy())


def _oddities(rng: np.random.Generator) -> Iterator[Written]:
    for number, value in enumerate(ODD):
        times = _times(rng)
        yield Written({"__name__": "odd", "kind": f"k{number}"}, times, np.full(len(times), value))
    for mixed in ("a", "b"):
        times = _times(rng)
        yield Written({"__name__": "mixed", "kind": mixed}, times, rng.choice([*ODD[:5], 1.0, 2.0, 3.0], len(times)))


def _infos(rng: np.random.Generator) -> Iterator[Written]:
    for pod, version in (("p0", "1.2"), ("p1", "1.3"), ("p2", "1.3")):
        times = _times(rng)
        yield Written({"__name__": "pod_info", "pod": pod, "version": version}, times, np.ones(len(times)))
    for service in ("api", "cart"):
        times = _times(rng)
        labels = {"service": service, "version": "dot.ted", "team": "é–x"}
        yield Written({"__name__": "service_info", **labels}, times, np.ones(len(times)))


def with_markers(series: list[Written], seed: int = 11) -> list[Written]:
    """The first 55 minutes, in order of labels, with staleness markers: some series end, some come back."""
    rng = np.random.default_rng(seed)
    cut = [_marked(rng, one) for one in sorted(series, key=lambda one: sorted(one.labels.items()))]
    return [one for one in cut if len(one.times)]


def _marked(rng: np.random.Generator, one: Written) -> Written:
    early = one.times < BEGIN + 3300
    times, values = one.times[early], one.values[early].copy()
    for place in rng.integers(0, len(times), rng.integers(0, 4)):
        values[place : place + rng.choice([1, 2, 40])] = STALE
    return Written(one.labels, times, values)
