"""What a service promises (its SLO), and how much of that is left, as facts for the policy. Pure.

Measured by the act process itself, when a plan is prepared and again before it is carried out. What the diagnosis saw
is not taken for it: whoever writes to Redis could write that too, and a fact that can let one person decide has to be
first-hand. What could not be measured is None, never zero; one service that could not leaves all of them unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints

from bot.core.events import Value

WINDOW = "$window"
RECENT = "5m"  # over which customers are counted as affected now
Query = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"\$window")]


class Slo(Value):
    """``errors`` and ``total`` are PromQL for one number each, with `$window` where the range goes."""

    objective: Annotated[Decimal, Field(gt=0, lt=100)]  # percent of all requests that go well
    window: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}[hdw]$")] = "30d"
    errors: Query
    total: Query

    def over(self, window: str) -> tuple[str, str]:
        return self.errors.replace(WINDOW, window), self.total.replace(WINDOW, window)


@dataclass(frozen=True)
class Counted:
    """Requests of a stretch of time; ``errors`` of ``total`` went wrong."""

    errors: Decimal
    total: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """None where it says nothing: no requests at all, or numbers that are none."""
        usable = self.errors.is_finite() and self.total.is_finite() and self.errors >= 0 and self.total > 0
        return min(Decimal(1), self.errors / self.total) if usable else None


class Meter(Protocol):
    def count(self, slo: Slo, window: str, now: datetime) -> Counted | None:
        """None: it could not be measured, for whatever reason. Never raises, and takes seconds at most."""


@dataclass(frozen=True)
class Promises:
    """``declared``: at least one service concerned has an SLO. Both numbers are whole percent, 0 to 100.

    Rounded against the change: the impact up, what is left of the budget down.
    """

    declared: bool = False
    impact_percent: int | None = None
    budget_left_percent: int | None = None


def promises(slos: Sequence[Slo], meter: Meter | None, now: datetime) -> Promises:
    """The worst of these services' numbers."""
    if not slos or meter is None:
        return Promises(declared=bool(slos))
    impacts = [_impact(meter.count(slo, RECENT, now)) for slo in slos]
    budgets = [_left(slo, meter.count(slo, slo.window, now)) for slo in slos]
    known_impacts, known_budgets = [i for i in impacts if i is not None], [b for b in budgets if b is not None]
    return Promises(
        declared=True,
        impact_percent=max(known_impacts) if len(known_impacts) == len(slos) else None,
        budget_left_percent=min(known_budgets) if len(known_budgets) == len(slos) else None,
    )


def _impact(counted: Counted | None) -> int | None:
    ratio = counted.ratio if counted is not None else None
    return None if ratio is None else int((ratio * 100).to_integral_value(ROUND_CEILING))


def _left(slo: Slo, counted: Counted | None) -> int | None:
    """Of the errors the objective allows over its window, the part that has not happened yet."""
    ratio = counted.ratio if counted is not None else None
    if ratio is None:
        return None
    allowed = 1 - slo.objective / 100
    return max(0, int((100 * (1 - ratio / allowed)).to_integral_value(ROUND_FLOOR)))
