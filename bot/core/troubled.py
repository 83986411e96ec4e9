"""What the recorded curve of the alert says of the trouble: since when, and how bad it was. Pure.

The alert begins after the trouble does: a rule waits before it fires. People ask for the beginning, so where the
alert's own expression was drawn and its onset stands in the record, that is what they are told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.case import Seen
from bot.core.measures import Unit, show
from bot.core.predicates.metrics import main_series, series_of, unit
from bot.core.predicates.shape import number_of, time_of

EARLIER = timedelta(seconds=60)  # less than that reads as the same minute
WAYS = {">": "up", "<": "down"}


@dataclass(frozen=True)
class Troubled:
    """``began_at`` only where it is earlier than the alert; ``worst`` with its unit, "" where that is not known."""

    began_at: datetime | None = None
    worst: str = ""


def troubled(expression: str, alert_at: datetime, looks: Iterable[Seen]) -> Troubled:
    """Out of the newest readable curve of the alert's own rule; nothing where there is none."""
    found = [one for one in looks if _is_curve(one, expression)]
    for one in reversed(found):
        series, way = main_series(one), _way(one)
        if series is None or way is None or series.get("direction") != way:
            continue
        began, ended = time_of(series.get("began_at")), time_of(series.get("ended_at"))
        earlier = began is not None and began + EARLIER <= alert_at and (ended is None or ended > alert_at)
        worst, kind = number_of(series.get("peak")), unit(one)
        return Troubled(
            began_at=began if earlier else None,
            worst=show(worst, kind) if worst is not None and kind is not Unit.PLAIN else "",
        )
    return Troubled()


def _is_curve(one: Seen, expression: str) -> bool:
    own = bool(expression) and one.arguments.get("expression") == expression
    return own and one.tool == "query_metrics" and one.readable and bool(series_of(one))


def _way(one: Seen) -> str | None:
    """In which direction the rule calls it trouble; None where it names no level."""
    threshold = one.facts.get("threshold")
    return WAYS.get(str(threshold.get("op", ""))[:1]) if isinstance(threshold, dict) else None
