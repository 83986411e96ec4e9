"""Numbers as Go writes and reads them: in results, in `count_values` labels, in `le`."""

import math
import re
from decimal import Decimal

_TINY, _HUGE = 1e-6, 1e21
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?|nan", re.IGNORECASE | re.ASCII)


def plain(value: float) -> str:
    """The shortest digits that mean this value, without an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def in_json(value: float) -> str:
    """As `plain`, but with an exponent for the very small and the very large, as the HTTP API writes samples."""
    if math.isfinite(value) and value != 0 and not _TINY <= abs(value) < _HUGE:
        return repr(value)
    return plain(value)


def read(text: str) -> float | None:
    return float(text) if _FLOAT.fullmatch(text) else None
