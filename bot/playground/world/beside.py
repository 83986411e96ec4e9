"""What lives beside the services of a scenario: work by the clock, and measures that are simply there."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bot.playground.world.durations import Length, Moment, Wait
from bot.playground.world.parts import Dns, Label, Metric, Part, Ratio, Text

HOUR, DAY = 3600.0, 86_400.0


class Said(Part):
    """A line of a run that goes well, `after` its start."""

    after: Wait = 0.0
    level: Literal["DEBUG", "INFO", "WARN", "ERROR", "FATAL"] = "INFO"
    message: str = Field(min_length=1)
    logger: str | None = None


class Scheduled(Part):
    """A CronJob. Its schedule follows from when it was last due, so that a story fits the clock it is played by."""

    name: Dns
    namespace: Dns | None = None
    image: str = Field(min_length=1)
    env: dict[str, Text] = Field(default_factory=dict)
    annotations: dict[str, Text] = Field(default_factory=dict)
    every: Length = DAY
    last: Moment
    """When it was last due, before the start; kept to whole minutes."""
    runs: int = Field(default=3, ge=1, le=8)
    """Runs that were, the last one included."""
    takes: Length = 4.0
    concurrency: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    backoff_limit: int = Field(default=0, ge=0, le=6)
    memory_mb: float = Field(default=256.0, gt=0)
    logs: list[Said] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits_a_schedule(self) -> Self:
        if self.every not in (HOUR, DAY):
            raise ValueError("every: 1h or 24h")
        if self.last >= 0:
            raise ValueError("a last moment before the start")
        return self


class Shift(Part):
    """What a gauge does while a fault holds: stands `at` a value, or climbs."""

    fault: str
    at: float | None = None
    per_minute: float = 0.0


class Gauge(Part):
    """A measure that is simply there, such as how far a replica is behind, in whatever unit its name says."""

    name: Metric
    labels: dict[Label, Text] = Field(default_factory=dict)
    value: float = 0.0
    noise: Ratio = 0.05
    shifts: list[Shift] = Field(default_factory=list)
