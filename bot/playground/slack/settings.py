"""What a test or the playground may change about how the stand-in behaves, and the values Slack itself has."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    enforce_rates: bool = Field(default=False, description="Answer 429 instead of only noting a violation")
    ack_timeout_s: float = Field(default=3.0, gt=0)
    retry_schedule_s: tuple[float, ...] = Field(default=(0.0, 60.0, 300.0), description="Waits before the retries")
    retry_scale: float = Field(default=1.0, ge=0, description="Multiplies the schedule, so that tests need not wait")
    file_ready_s: float = Field(
        default=1.5, ge=0, description="How long Slack looks at a file before a block may show it"
    )
    trigger_life_s: float = Field(default=3.0, gt=0)
    response_url_life_s: float = Field(default=1800.0, gt=0)
    response_url_uses: int = Field(default=5, gt=0)
    max_connections: int = Field(default=10, gt=0)
    clock_offset_s: float = Field(default=0.0, description="Moves the workspace's clock, not the signatures' clock")


def changed(settings: Settings, changes: dict[str, object]) -> Settings:
    """The settings with ``changes`` applied, all of them checked; raises pydantic's error and changes nothing."""
    return Settings.model_validate({**settings.model_dump(), **changes})
