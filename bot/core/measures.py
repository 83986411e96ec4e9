"""How numbers are said: units told from the expression that was measured, times as people write them. Pure.

Numbers never pass through a model on their way to the reader; everything that prints one in a finding is here.
"""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

DIVISION = re.compile(r"\)\s*/\s*|/\s*(?:ignoring|on|sum|\()|\w\s*/\s*\w")
QUANTILE = re.compile(r"(?:histogram_)?quantile\s*\(\s*(0?\.\d+|[01])")
AGE = re.compile(r"(?<![\w.])time\(\)\s*-")
SECONDS = re.compile(r"_seconds(?:_bucket|_sum|_count)?\b|duration|latency", re.I)
MILLISECONDS = re.compile(r"_(?:ms|milliseconds)(?:_bucket|_sum)?\b", re.I)
BYTES = re.compile(r"_bytes\b", re.I)
FAILING = re.compile(r"5\.\.|5xx|\b50\d\b|err(?:or)?s?|fail|reject|denied|unsuccessful|exception", re.I)


class Unit(StrEnum):
    RATIO = "ratio"
    PERCENT = "percent"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    AGE = "age"  # seconds since something
    BYTES = "bytes"
    PLAIN = "plain"


def unit_of(expression: str, largest: float | None = None) -> Unit:
    """What the values of ``expression`` are, as far as its own words tell; ``largest`` value seen guards a ratio."""
    if AGE.search(expression) and not re.search(r"[*/]", expression):
        return Unit.AGE
    whole = QUANTILE.search(expression)
    if DIVISION.search(expression) and not whole:
        hundredfold = re.search(r"\*\s*100\b|\b100\s*\*", expression)
        if hundredfold:
            return Unit.PERCENT
        if SECONDS.search(expression) and "_sum" in expression:
            return Unit.SECONDS
        if largest is None or largest <= 1.0 + 1e-9:
            return Unit.RATIO
    if MILLISECONDS.search(expression):
        return Unit.MILLISECONDS
    if whole or ("_seconds" in expression and "rate" not in expression):
        return Unit.SECONDS if SECONDS.search(expression) else Unit.PLAIN
    return Unit.BYTES if BYTES.search(expression) and "rate" not in expression else Unit.PLAIN


def show(value: float, unit: Unit) -> str:
    """A value with its unit: 21 %, 0.1 %, 2.4 s, 340 ms, 1.5 GiB, 1,204."""
    match unit:
        case Unit.RATIO:
            return percent(value)
        case Unit.PERCENT:
            return percent(value / 100)
        case Unit.SECONDS:
            return seconds(value)
        case Unit.MILLISECONDS:
            return seconds(value / 1000)
        case Unit.AGE:
            return age(value)
        case Unit.BYTES:
            return size(value)
    return plain(value)


def plain(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    points = share * 100
    if points == 0 or abs(points) >= 9.95:
        return f"{points:.0f} %"
    return f"{points:.1f} %" if abs(points) >= 0.095 else "under 0.1 %" if points > 0 else f"{points:.1f} %"


def seconds(value: float) -> str:
    if abs(value) < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if abs(value) < 60 else f"{value / 60:.1f} min"


def age(value: float) -> str:
    """Seconds since something, with a decimal where hours and days have one: 24.1 h."""
    for unit, length in (("d", 86400), ("h", 3600)):
        if abs(value) >= 1.5 * length:
            return f"{value / length:.1f} {unit}"
    return seconds(value)


def size(value: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


TOGETHER = 2.0
"""Seconds within which two beginnings are called one."""


def ago(span: float) -> str:
    """Seconds as people say them: 40 s, 3 min, 2 h, 4 d."""
    length = abs(span)
    if length < 120:
        return f"{length:.0f} s"
    if length < 90 * 60:
        return f"{length / 60:.0f} min"
    return f"{length / 3600:.0f} h" if length < 36 * 3600 else f"{length / 86400:.0f} d"


def clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M:%S UTC")


def times(count: Any) -> str:
    return (
        f"{count:,} times"
        if isinstance(count, int) and count != 1
        else "once"
        if count == 1
        else "an unknown number of times"
    )


def share_words(share: float) -> str:
    """`about 1 in 5`, `nearly all`, `1.2 % of`: how a ratio of requests is said."""
    if share >= 0.95:
        return "nearly all"
    if share >= 0.55:
        return f"about {round(share * 10)} in 10"
    if share >= 0.45:
        return "about half of all"
    if share >= 0.03:
        return f"about 1 in {round(1 / share)}"
    return f"{percent(share)} of all"


def count_of(count: int, noun: str, many: str = "") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {many or noun + 's'}"


def listed(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def clip(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
