"""How the values of one PromQL expression are written in a digest. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.measures import Unit, show, unit_of
from tools.read.shapes.promql import Rule, Threshold
from tools.read.shapes.wording import number


@dataclass(frozen=True)
class Saying:
    """How values of one expression are written: with the unit its own words tell, and beside its rule."""

    unit: Unit
    threshold: Threshold | None

    @classmethod
    def of(cls, rule: Rule, values: Iterable[float]) -> "Saying":
        return cls(unit_of(rule.measured, max((abs(value) for value in values), default=None)), rule.threshold)

    def value(self, value: float) -> str:
        return number(value) if self.unit is Unit.PLAIN else show(value, self.unit)

    def rule(self) -> str:
        return f"{self.threshold.op} {self.value(self.threshold.value)}" if self.threshold else ""
