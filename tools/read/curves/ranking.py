"""Which service the curves point at first: robust deviation, weighed by what a metric measures and when it moved. Pure.

Resources of the culprit leave their usual values first and farthest; errors and latency run on to the callers; more
requests alone are usually a consequence. Where nobody says when it was broken, the moment at which most curves leave
their usual values together is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from bot.core.records import Curve
from tools.read.curves.judging import Floats, usual_of
from tools.read.curves.kinds import Kind, kind_of

WEIGHTS = {
    Kind.CPU: 1.0, Kind.MEMORY: 1.0, Kind.DISK: 1.0, Kind.NETWORK: 0.9, Kind.CONNECTIONS: 0.9, Kind.RESTARTS: 1.0,
    Kind.AVAILABLE: 0.9, Kind.QUEUE: 0.8, Kind.ERRORS: 0.85, Kind.LATENCY: 0.8, Kind.CACHE: 0.8, Kind.OTHER: 0.8,
    Kind.TRAFFIC: 0.5,
}  # fmt: skip
LEAST = 5
EARLIER = 1.15
MOST_Z = 1e4


@dataclass(frozen=True)
class Suspicious:
    service: str
    metric: str
    score: float
    rose: bool
    onset: datetime | None = None


@dataclass(frozen=True)
class Ranking:
    """``services`` and ``metrics`` likeliest first; ``broken_at`` is where before and after were told apart."""

    services: tuple[tuple[str, float], ...] = ()
    metrics: tuple[Suspicious, ...] = ()
    broken_at: datetime | None = None


def rank_services(curves: Sequence[Curve], broken_at: datetime | None = None) -> Ranking:
    told = broken_at or joint_onset(curves)
    if told is None:
        return Ranking()
    found = [one for curve in curves if (one := _suspicious(curve, told)) is not None]
    metrics = tuple(sorted(found, key=lambda one: (-one.score, one.service, one.metric)))
    best: dict[str, list[float]] = {}
    for one in metrics:
        best.setdefault(one.service, []).append(one.score)
    # the largest deviation speaks, further ones of the same service add a little
    totals = {name: scores[0] + 0.15 * sum(scores[1:3]) for name, scores in best.items() if name}
    services = tuple(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))
    return Ranking(services, metrics, told)


def _suspicious(curve: Curve, at: datetime) -> Suspicious | None:
    before = np.array([value for moment, value in curve.points if moment < at])
    after = np.array([value for moment, value in curve.points if moment >= at])
    if len(before) < LEAST or not len(after):
        return None
    usual, spread = usual_of(before, np.concatenate([before, after]))
    away = (after - usual) / spread
    # a high quantile, not the one largest sample: a single leap is noise
    far = float(np.quantile(np.abs(away), 0.9 if len(away) >= 10 else 1.0))
    usual_far = float(np.quantile(np.abs((before - usual) / spread), 0.95))
    score = float(np.log1p(min(max(0.0, far - usual_far), MOST_Z))) * WEIGHTS[kind_of(curve.name)]
    rose = bool(np.median(after) >= usual)
    outside = np.flatnonzero(np.abs(away) > max(4.0, 1.5 * usual_far))
    moments = [moment for moment, _ in curve.points if moment >= at]
    onset = moments[int(outside[0])] if len(outside) else None
    if onset is not None and onset - at <= timedelta(seconds=60):
        score *= EARLIER
    return Suspicious(curve.service, curve.name, score, rose, onset)


def joint_onset(curves: Sequence[Curve]) -> datetime | None:
    """The moment at which splitting all curves in two tells before and after apart best, over all of them together."""
    usable = [curve for curve in curves if len(curve.points) >= 4 * LEAST]
    if not usable:
        return None
    longest = max(usable, key=lambda curve: len(curve.points))
    times = np.array([at.timestamp() for at, _ in longest.points])
    tries = np.unique(np.linspace(len(times) * 0.2, len(times) * 0.9, 120).astype(int))
    total = np.zeros(len(tries))
    for curve in usable:
        own = np.array([at.timestamp() for at, _ in curve.points])
        values = np.interp(times, own, np.array([value for _, value in curve.points]))
        total += np.minimum(_split_gain(values, tries), 3.0)
    return longest.points[int(tries[int(np.argmax(total))])][0]


def _split_gain(values: Floats, tries: NDArray[np.int64]) -> Floats:
    """How much better two levels explain a curve than one, at each split; of ranks, so that outliers do not speak."""
    ranks = np.argsort(np.argsort(values)).astype(np.float64)
    ranks = (ranks - ranks.mean()) / (ranks.std() or 1.0)
    sums = np.concatenate([[0.0], np.cumsum(ranks)])
    left = sums[tries] / tries
    right = (sums[-1] - sums[tries]) / (len(values) - tries)
    share = tries / len(values)
    gain: Floats = share * (1 - share) * (right - left) ** 2
    return gain
