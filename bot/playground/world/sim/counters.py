"""Draws requests from flows and counts them as a Prometheus client would: by code, by latency bucket, by time spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bot.playground.world.scenario import Service
from bot.playground.world.sim.flows import Flow
from bot.playground.world.sim.weather import Floats

EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TYPICAL = np.array([0.003, *(float(np.sqrt(low * high)) for low, high in pairwise(EDGES)), 14.0])
_STEEPNESS = 3.4
_NOT_FOUND = 0.004
GOOD, MISSING = "200", "404"


@dataclass(frozen=True)
class Drawn:
    """What happened in each step; one row a moment."""

    codes: Floats
    buckets: Floats
    cpu: Floats
    memory: Floats

    def counters(self) -> Floats:
        """Return the growing numbers side by side: codes, cumulative buckets with +Inf, sum of seconds, processor."""
        piled = np.cumsum(self.buckets, axis=1)
        spent = self.buckets @ _TYPICAL
        return np.column_stack([self.codes, piled, spent, self.cpu])


def codes_of(extra: Sequence[str]) -> list[str]:
    """Return the codes a service counts from its start, so that a first error is an increase and no new series."""
    return [GOOD, MISSING, *sorted({"500", "503", *extra})]


def draw(rng: np.random.Generator, service: Service, flow: Flow, codes: Sequence[str], step: float) -> Drawn:
    """Draw what a pod does in steps of `step` seconds that end at each moment of the flow."""
    meant = np.maximum(0.0, flow.rate * step)
    buckets = rng.poisson(meant[:, None] * _latency_shares(flow.latency_ms)).astype(np.float64)
    total = buckets.sum(axis=1)
    counted = _split(rng, total, flow, codes)
    idle = 0.004 * step * flow.alive
    cpu = total * service.cpu_ms / 1000 * (1 + 0.1 * rng.standard_normal(len(total))).clip(0.5) + idle
    base = service.memory_mb * (1 + 0.015 * rng.standard_normal(len(total)))
    return Drawn(counted, buckets, cpu, (base + flow.leaked_mb) * 1_048_576)


def _latency_shares(latency_ms: Floats) -> Floats:
    """Return which share of requests falls into each bucket: log-logistic around the median, with a long tail."""
    median = latency_ms[:, None] / 1000
    below = 1.0 / (1.0 + (median / np.array(EDGES)) ** _STEEPNESS)
    edges = np.column_stack([np.zeros(len(latency_ms)), below, np.ones(len(latency_ms))])
    shares: Floats = np.diff(edges, axis=1)
    return shares


def _split(rng: np.random.Generator, total: Floats, flow: Flow, codes: Sequence[str]) -> Floats:
    left = total.astype(np.int64)
    share = np.ones(len(total))
    counted = np.zeros((len(total), len(codes)))
    for at, code in enumerate(codes):
        ratio = _NOT_FOUND if code == MISSING else flow.wrong.get(code)
        if code == GOOD or ratio is None:
            continue
        part = np.broadcast_to(np.clip(ratio / np.maximum(share, 1e-9), 0, 1), total.shape)
        hit = rng.binomial(left, part)
        counted[:, at] = hit
        left, share = left - hit, share - ratio
    counted[:, list(codes).index(GOOD)] = left
    return counted


def served_well(counted: Floats) -> float:
    """Return how many requests of a row of counts by code did not fail: found or not found, but answered."""
    return float(counted[:2].sum())
