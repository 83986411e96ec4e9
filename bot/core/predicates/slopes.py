"""Whether a curve climbs bit by bit or jumps: a leak and a step end at the same height by different ways.

Facts: `query_metrics`, the points of the series that moved most.
"""

from bot.core.case import Seen
from bot.core.measures import ago, show
from bot.core.predicates.metrics import main_series, unit, usual_of
from bot.core.predicates.shape import Context, Judged, Predicate, check, either, no, number_of, quote, time_of, unknown

LEAST_SECONDS = 90.0  # what gets from low to high faster than this jumped
LEAST_STEPS = 4
LOW, HIGH = 0.2, 0.8  # parts of the way from usual to the first summit
FALL = 0.3  # a fall by this part of the way ends a climb: a container that starts again
Point = tuple[float, float]


def climbing(_: Context, metric: Seen) -> Judged:
    """The curve rises bit by bit, perhaps starting over again and again, and does not jump."""
    series = main_series(metric)
    usual = usual_of(series) if series else None
    began = time_of(series.get("began_at")) if series else None
    if series is None or usual is None:
        return unknown(f"how {metric.name} rose cannot be told: nothing from before to compare with", metric)
    if began is None or series.get("direction") != "up":
        return no(f"{metric.name} did not rise", metric)
    step = number_of(metric.facts.get("step_s")) or 0.0
    points = _points(series.get("points"), began.timestamp() - LEAST_STEPS * step)
    summit = _first_summit(points, usual)
    if not summit or summit[-1][1] <= usual:
        return unknown(f"how {metric.name} rose cannot be told", metric)
    height = summit[-1][1] - usual
    low = next((at for at, value in summit if value >= usual + LOW * height), summit[0][0])
    high = next((at for at, value in summit if value >= usual + HIGH * height), summit[-1][0])
    took, what = high - low, unit(metric)
    way = f"from {show(usual, what)} towards {show(summit[-1][1], what)}"
    if took < max(LEAST_SECONDS, LEAST_STEPS * step):
        return no(f"{metric.name} jumped {way} within {ago(took)}", metric)
    return either(True, f"{metric.name} climbed bit by bit {way}", metric, quotes=quote(metric, series["began_at"]))


def _points(told: object, since: float) -> list[Point]:
    pairs = told if isinstance(told, list | tuple) else ()
    found = [(number_of(one[0]), number_of(one[1])) for one in pairs if isinstance(one, list | tuple) and len(one) == 2]
    return [(at, value) for at, value in found if at is not None and value is not None and at >= since]


def _first_summit(points: list[Point], usual: float) -> list[Point]:
    """The points up to the highest before the first real fall."""
    best = 0
    for index, (_, value) in enumerate(points):
        if value > points[best][1]:
            best = index
        elif points[best][1] - value > FALL * (points[best][1] - usual) > 0 and best > 0:
            break
    return points[: best + 1]


PREDICATES = (Predicate("climbing", (check("metric", "query_metrics"),), climbing),)
