"""Whether and when a curve left what was usual: robust against noise, outliers, gaps and daily seasons. Pure.

Usual is the baseline's median with a spread from its absolute deviations (never zero: a floor from the level and the
curve's own steps keeps a constant from making every change infinite). A curve moved when it stays outside for several
samples, not when one sample leaps. Lessons of public root-cause sets: deviation relative to the curve's own spread
ranks better than absolute height; the largest robust deviation is a strong score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bot.core.records import Curve
from bot.core.window import Window

Floats = NDArray[np.float64]
LEAST_BEFORE, LEAST_NOW = 4, 2
OUTSIDE = 4.0  # spreads away from the usual
STAYS = 3  # samples in a row, or all there are
DAY = timedelta(days=1)
LIKE_YESTERDAY = 1.5  # spreads: within them a curve does what it did a day ago


class Move(StrEnum):
    ROSE = "rose"
    FELL = "fell"
    STEADY = "steady"
    TOO_SHORT = "too_short"


@dataclass(frozen=True)
class Judged:
    """``before`` and ``after`` are medians; ``score`` the largest deviation in spreads, 0 where it stayed; ``over``
    that it came back before the end; ``seasonal`` that it moved as it did a day before."""

    curve: Curve
    move: Move
    before: float | None = None
    after: float | None = None
    peak: float | None = None
    onset: datetime | None = None
    score: float = 0.0
    over: bool = False
    seasonal: bool = False

    @property
    def moved(self) -> bool:
        return self.move in (Move.ROSE, Move.FELL) and not self.seasonal


def judge(curves: Sequence[Curve], window: Window) -> tuple[Judged, ...]:
    """Each curve against its own baseline, from `window.baseline_start` to `start`; in the order given."""
    return tuple(judge_one(curve, window.start, window.end) for curve in curves)


def judge_one(curve: Curve, start: datetime, end: datetime | None = None) -> Judged:
    points = [one for one in curve.points if end is None or one[0] <= end]
    values = np.array([value for _, value in points], dtype=np.float64)
    split = sum(1 for at, _ in points if at < start)
    if split < LEAST_BEFORE or len(values) - split < LEAST_NOW:
        return Judged(curve, Move.TOO_SHORT)
    usual, spread = usual_of(values[:split], values)
    spread = max(spread, _rare(values[:split], usual))
    away = (values - usual) / spread
    run = _stays_outside(away, max(0, split - _early(split)))
    before = float(usual)
    if run is None:
        return Judged(curve, Move.STEADY, before, float(np.median(values[split:])))
    first, last = run
    after = values[first : last + 1]
    peak = float(after[np.argmax(np.abs(after - usual))])
    seasonal = _as_yesterday(points, values, first, last, spread)
    move = Move.ROSE if np.median(after) > usual else Move.FELL
    return Judged(
        curve, move, before, float(np.median(after)), peak, points[first][0], float(np.max(np.abs(away[first:]))),
        over=last < len(values) - STAYS, seasonal=seasonal,
    )  # fmt: skip


def usual_of(before: Floats, every: Floats) -> tuple[float, float]:
    """(median, spread) of a baseline; the spread never zero."""
    usual = float(np.median(before))
    deviation = 1.4826 * float(np.median(np.abs(before - usual)))
    quartiles = float(np.subtract(*np.percentile(before, [75, 25]))) / 1.349
    floor = max(abs(usual) * 0.02, float(np.max(np.abs(every))) * 0.005, 1e-9)
    return usual, max(deviation, quartiles, floor)


def _rare(before: Floats, usual: float) -> float:
    """Of a curve that mostly repeats one value (counts near zero): what its rare samples spread to, by the baseline's
    first part alone, as trouble can begin in the rest; 1.96 makes it a normal curve's spread."""
    if np.subtract(*np.percentile(before, [75, 25])):
        return 0.0
    early = np.abs(before[: len(before) - _early(len(before))] - usual)
    return float(np.percentile(early, 95)) / 1.96


def _early(split: int) -> int:
    """The last part of the baseline is looked at as well: trouble can begin before the window does."""
    return split // 3


def _stays_outside(away: Floats, since: int) -> tuple[int, int] | None:
    """The first run of samples outside on one side that lasts, and where it ends."""
    length = min(STAYS, max(LEAST_NOW, (len(away) - since) // 2))
    for sign in _sides(away[since:]):
        outside = sign * away[since:] > OUTSIDE
        start = None
        for at, is_outside in enumerate(outside):
            start = (at if start is None else start) if is_outside else None
            if start is not None and at - start + 1 >= length:
                return since + start, since + _end(outside, at)
    return None


def _sides(away: Floats) -> tuple[float, float]:
    return (1.0, -1.0) if np.max(away) >= -np.min(away) else (-1.0, 1.0)


def _end(outside: NDArray[np.bool_], at: int) -> int:
    """The last sample outside before it stays inside for good."""
    later = np.flatnonzero(outside[at:])
    return at + int(later[-1])


def _as_yesterday(
    points: Sequence[tuple[datetime, float]], values: Floats, first: int, last: int, spread: float
) -> bool:
    """Whether the samples a day before the run did the same; without a day of data nobody can say so."""
    if points[first][0] - points[0][0] < DAY * 0.95:
        return False
    times = np.array([at.timestamp() for at, _ in points])
    wanted = times[first : last + 1] - DAY.total_seconds()
    then = np.interp(wanted, times, values)
    return bool(np.median(np.abs(values[first : last + 1] - then)) <= LIKE_YESTERDAY * spread * OUTSIDE / 2)
