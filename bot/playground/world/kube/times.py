"""Unix seconds to the ways Kubernetes writes a time, and back."""

from datetime import UTC, datetime


def stamp(at: float) -> str:
    """Return a `metav1.Time`: whole seconds, UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def nano_stamp(at: float) -> str:
    """Return what a log line is stamped with: nanoseconds, trailing zeros dropped as Go does."""
    whole = int(at)
    fraction = f"{round((at - whole) * 1e6):06d}000".rstrip("0")
    text = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def seconds(text: str) -> float:
    """Parse RFC 3339; raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return at.timestamp()
