"""What is left of a promise: rounded against the change, and unknown wherever it could not be measured."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from bot.core.objectives import Counted, Promises, Slo, promises

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
ASKED = {"errors": "sum(increase(bad[$window]))", "total": "sum(increase(all[$window]))"}
THREE_NINES = Slo(objective=Decimal("99.9"), **ASKED)


@dataclass(frozen=True)
class Canned:
    """Errors of a thousand requests, by window; a window that is left out could not be measured."""

    errors: dict[str, str]

    def count(self, slo: Slo, window: str, now: datetime) -> Counted | None:
        return Counted(Decimal(self.errors[window]), Decimal(1000)) if window in self.errors else None


@pytest.mark.parametrize(
    ("errors", "left"),
    [("0", 100), ("0.001", 99), ("0.5", 50), ("0.999", 0), ("1", 0), ("5", 0), ("1000", 0), ("2000", 0)],
)
def test_the_budget_left_is_rounded_down_and_never_below_nothing(errors: str, left: int) -> None:
    found = promises([THREE_NINES], Canned({"30d": errors, "5m": "0"}), NOW)
    assert found == Promises(True, 0, left)


@pytest.mark.parametrize(("errors", "impact"), [("0", 0), ("0.001", 1), ("210", 21), ("210.1", 22), ("3000", 100)])
def test_the_impact_is_rounded_up(errors: str, impact: int) -> None:
    assert promises([THREE_NINES], Canned({"30d": "0", "5m": errors}), NOW).impact_percent == impact


@pytest.mark.parametrize(("errors", "total"), [("0", "0"), ("NaN", "5"), ("1", "Infinity"), ("-1", "5"), ("1", "-5")])
def test_numbers_that_say_nothing_are_unknown_and_not_zero(errors: str, total: str) -> None:
    assert Counted(Decimal(errors), Decimal(total)).ratio is None


def test_one_that_could_not_be_measured_leaves_it_unknown_however_well_the_other_is() -> None:
    weekly = Slo(objective=Decimal("99"), window="7d", **ASKED)
    both = promises([THREE_NINES, weekly], Canned({"30d": "0", "5m": "0"}), NOW)
    assert both == Promises(True, 0, None)
    assert promises([THREE_NINES, weekly], Canned({"30d": "0", "7d": "5", "5m": "0"}), NOW).budget_left_percent == 50


def test_without_an_slo_nothing_is_declared_and_without_a_meter_it_is_unknown() -> None:
    assert promises([], Canned({}), NOW) == Promises(False, None, None)
    assert promises([THREE_NINES], None, NOW) == Promises(True, None, None)


@pytest.mark.parametrize(
    "wrong",
    [{"objective": 100}, {"objective": 0}, {"window": "month"}, {"errors": "sum(bad)"}, {"total": ""}, {"burn": 1}],
)
def test_what_makes_no_slo_is_refused_when_the_catalogue_is_read(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Slo.model_validate({"objective": 99.9, **ASKED, **wrong})
