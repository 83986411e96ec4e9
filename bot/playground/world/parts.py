"""What every part of a scenario is made of: names, texts, ratios, and the lines somebody prints."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_DNS = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _spelled(pattern: re.Pattern[str], wanted: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(wanted)
        return value

    return AfterValidator(check)


def _as_text(value: object) -> object:
    """Label and environment values are text for Kubernetes and Prometheus; YAML may read numbers and switches."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Dns = Annotated[str, _spelled(_DNS, "a Kubernetes name: lower case letters, digits and dashes, at most 63")]
Metric = Annotated[str, _spelled(_METRIC, "a metric name: letters, digits, underscores and colons")]
Label = Annotated[str, _spelled(_LABEL, "a label name: letters, digits and underscores")]
Text = Annotated[str, BeforeValidator(_as_text)]
Meaning = Literal["service", "code", "pod", "namespace", "instance", "job"]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LogLine(Part):
    """A line some pods print; `rate` is lines per second of the whole service."""

    level: Literal["DEBUG", "INFO", "WARN", "ERROR", "FATAL"] = "ERROR"
    rate: float = Field(default=1.0, gt=0, le=500)
    message: str = Field(min_length=1)
    logger: str | None = None
    stack: str | None = None
