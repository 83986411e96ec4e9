"""What one curve says: its usual level, when it left that for good, where it is now. Pure, standard library only.

The usual level is median and MAD of the clean time before the incident, so that a few odd points there do not move
it. A departure is *sustained*: three points in a row outside the band (two when they reach the end of the curve, one
when that point also breaks the rule's threshold); of several episodes the heaviest counts, because onset means the
onset of the thing people see. Times are unix seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from tools.read.shapes.promql import Threshold

Point = tuple[float, float]
_LEAST_BASELINE = 3
_SPREADS = 4.0  # band half-width, in robust standard deviations
_FLOOR = 0.10  # and never narrower than this part of the usual level
_GAP = 2  # points back inside the band that do not yet end an episode


@dataclass(frozen=True)
class Baseline:
    median: float
    mad: float
    n: int
    band: float

    def away(self, value: float) -> float:
        """How many bands from usual, signed; within -1..1 is usual."""
        return (value - self.median) / self.band


@dataclass(frozen=True)
class Episode:
    began_at: float
    ended_at: float | None  # None: it still goes on at the last point
    direction: str


@dataclass(frozen=True)
class Curve:
    points: tuple[Point, ...]
    baseline: Baseline | None
    episode: Episode | None
    now: Point | None
    peak: Point | None
    appeared_at: float | None


def read_curve(
    points: Sequence[Point], start: float, end: float, step: float, threshold: Threshold | None = None
) -> Curve:
    """``start`` to ``end`` is the incident, before it the baseline. ``now`` is None when the curve ended early."""
    baseline = baseline_of([value for at, value in points if at < start], threshold)
    last = points[-1] if points and end - points[-1][0] <= 2.5 * step else None
    episode = _episode(points, start, step, baseline, threshold, bool(last))
    return Curve(
        points=tuple(points),
        baseline=baseline,
        episode=episode,
        now=last,
        peak=_peak([point for point in points if point[0] >= start], episode, threshold),
        appeared_at=points[0][0] if points and points[0][0] > start + 2 * step else None,
    )


def baseline_of(values: Sequence[float], threshold: Threshold | None = None) -> Baseline | None:
    """The usual level and its band. A rule says what matters: the band is never narrower than a part of the way to it,
    so that one stray error after an hour of none is no onset.
    """
    if len(values) < _LEAST_BASELINE:
        return None
    middle = median(values)
    distances = [abs(value - middle) for value in values]
    mad = median(distances)
    # Where more than half the points are alike, MAD is 0 and says nothing: the mean distance still sees the blips.
    spread = 1.4826 * mad if mad else 1.2533 * fmean(distances)
    to_rule = abs(threshold.value - middle) if threshold else 0.0
    band = max(_SPREADS * spread, _FLOOR * abs(middle), _FLOOR * to_rule)
    return Baseline(middle, mad, len(values), band or 1e-9)


def _peak(points: Sequence[Point], episode: Episode | None, threshold: Threshold | None) -> Point | None:
    """The point farthest along in the direction that matters: the episode's, else the rule's, else up."""
    if not points:
        return None
    down = episode.direction == "down" if episode else bool(threshold and threshold.op in ("<", "<="))
    return (min if down else max)(points, key=lambda point: point[1])


def _episode(
    points: Sequence[Point],
    start: float,
    step: float,
    baseline: Baseline | None,
    threshold: Threshold | None,
    reaches_end: bool,
) -> Episode | None:
    signs = [_sign(value, baseline, threshold) for _, value in points]
    runs = [run for run in _runs(signs, points, step) if points[run[1]][0] >= start]
    kept = [run for run in runs if _sustained(run, points, threshold, reaches_end)]
    if not kept:
        return None
    first, last = max(kept, key=lambda run: _weight(points[run[0] : run[1] + 1], baseline))
    over = last < len(points) - 1
    return Episode(points[first][0], points[last + 1][0] if over else None, "up" if signs[first] > 0 else "down")


def _sign(value: float, baseline: Baseline | None, threshold: Threshold | None) -> int:
    """1 above usual, -1 below, 0 usual. Without a baseline only the rule's threshold can tell."""
    if baseline is None:
        broken = threshold is not None and threshold.broken_by(value)
        return (-1 if threshold and threshold.op in ("<", "<=") else 1) if broken else 0
    away = baseline.away(value)
    return 0 if abs(away) <= 1 else 1 if away > 0 else -1


def _runs(signs: Sequence[int], points: Sequence[Point], step: float) -> list[tuple[int, int]]:
    """First and last index of each stretch of one sign; short returns to usual and missing points are bridged."""
    runs: list[tuple[int, int]] = []
    for index, sign in enumerate(signs):
        if sign == 0:
            continue
        previous = runs[-1] if runs else None
        near = previous and index - previous[1] <= _GAP + 1 and points[index][0] - points[previous[1]][0] <= 6 * step
        if previous and near and signs[previous[1]] == sign:
            runs[-1] = (previous[0], index)
        else:
            runs.append((index, index))
    return runs


def _sustained(run: tuple[int, int], points: Sequence[Point], threshold: Threshold | None, reaches_end: bool) -> bool:
    length = run[1] - run[0] + 1
    if length >= 3:
        return True
    at_the_end = reaches_end and run[1] == len(points) - 1
    if length == 2:
        return at_the_end
    return at_the_end and threshold is not None and threshold.broken_by(points[run[1]][1])


def _weight(points: Sequence[Point], baseline: Baseline | None) -> float:
    if baseline is None:
        return float(len(points))
    return sum(abs(baseline.away(value)) for _, value in points)


def step_for(seconds: float, most_points: int = 300) -> int:
    """Whole seconds, so that a range has at most ``most_points`` points."""
    return max(1, int(-(-seconds // (most_points - 1))))


def gaps(points: Sequence[Point], step: float) -> int:
    """How many times the curve was interrupted for more than two steps."""
    return sum(1 for before, after in pairwise(points) if after[0] - before[0] > 2.5 * step)
