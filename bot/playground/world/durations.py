"""Lengths of time as people write them in scenarios: `-8m`, `4s`, `1h30m`, `500ms`; always seconds inside."""

import re
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
_WHOLE = re.compile(r"-?(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+")


def seconds(written: object) -> float:
    """Return the seconds of a written length; plain 0 needs no unit, every other number does."""
    if written in (0, "0") and not isinstance(written, bool):
        return 0.0
    if not isinstance(written, str) or not _WHOLE.fullmatch(written):
        raise ValueError("a length of time such as 4s, -8m, 1h30m or 500ms")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(written))
    return -total if written.startswith("-") else total


def _length(written: object) -> float:
    found = seconds(written)
    if found <= 0:
        raise ValueError("a length of time above zero such as 4s or 1h30m")
    return found


def written(length: float) -> str:
    """Return the length as Prometheus's rule files and Go print it: `1h30m`, `4s`, `0s`."""
    if length == 0:
        return "0s"
    millis = round(abs(length) * 1000)
    parts = []
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, millis = divmod(millis, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if length < 0 else "") + "".join(parts)


Moment = Annotated[float, BeforeValidator(seconds)]
"""Seconds before (negative) or after the start of the world."""

Length = Annotated[float, BeforeValidator(_length)]
"""Seconds, above zero."""

Wait = Annotated[float, BeforeValidator(lambda given: abs(seconds(given)))]
"""Seconds, zero allowed."""
