"""How reading tools write numbers, times and other people's words: bounded, with units, in UTC. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from bot.core.ledger import stamp

MOST_WORDS = 6000  # characters of a digest: about 1,500 tokens


def clip(text: object, most: int = 200) -> str:
    """One line of at most ``most`` characters; what is cut is said."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def digest_of(lines: Iterable[str]) -> str:
    """The lines as one text of at most `MOST_WORDS` characters, whole lines only; says how many were left out."""
    kept: list[str] = []
    room = MOST_WORDS
    every = list(lines)
    for number, line in enumerate(every):
        if len(line) + 1 > room - 60:
            return "\n".join([*kept, f"({len(every) - number} more lines are not shown)"])
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept)


def at_text(unix: float) -> str:
    """RFC 3339 UTC with milliseconds, of unix seconds."""
    return stamp(datetime.fromtimestamp(unix, UTC))


def clock(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%H:%M:%S")


def span_text(start: datetime, end: datetime) -> str:
    return f"{stamp(start)} to {stamp(end)}"


def number(value: float) -> str:
    """Four significant digits, no exponent for what people read: 0.2134, 12.5, 1,204."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if value and abs(value) < 0.0001:
        return f"{value:.3g}"
    return f"{value:.4g}"


def ago(seconds: float) -> str:
    """Seconds as people say them: 45 s, 8 min, 3 h, 2 d."""
    size = abs(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= 2 * length or (size >= length and size % length < 1):
            return f"{size / length:.0f} {unit}"
    return f"{size:.0f} s"


def labels_text(labels: Mapping[str, str], most: int = 160) -> str:
    """`{code="500",pod="…"}`, or a word for no labels at all."""
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return clip("{" + inside + "}", most) if inside else "(no labels)"


def of_labels(labels: Mapping[str, str]) -> str:
    """What a line about one series begins with: its labels, or nothing where it has none."""
    return f"{labels_text(labels)}: " if labels else ""


def listed(names: Iterable[str], most: int = 6) -> str:
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def bounded_labels(labels: Mapping[str, object], most: int = 30) -> dict[str, str]:
    """Names and values from outside, each clipped, at most ``most`` of them."""
    return {clip(name, 100): clip(value, 200) for name, value in list(labels.items())[:most]}


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
