"""What an incident's channel is called: `inc-20261120-checkout-errors`, and what it is called when that is taken. Pure.

Slack takes lowercase letters, digits, `-` and `_`, 80 at most. A taken name gets -2 to -5, then the incident's own
number; a channel that is already there is never taken over.
"""

import re
from collections.abc import Iterable
from datetime import datetime

LONGEST_SLUG = 50
TRIES = 5
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
OUTSIDE = re.compile(r"[^a-z0-9]+")


def names(incident: str, opened_at: datetime, words: Iterable[str]) -> tuple[str, ...]:
    """Every name to try, in order. ``incident`` is `inc-<day>-<number>`."""
    base = f"inc-{opened_at:%Y%m%d}-{slug(words)}"
    own = OUTSIDE.sub("-", incident.lower().rpartition("-")[2])[:20]
    return (base, *(f"{base}-{number}" for number in range(2, TRIES + 1)), f"{base}-{own}")


def slug(words: Iterable[str]) -> str:
    """`checkout-error-rate-high` from a service and an alert's name; each word once, cut between words."""
    parts = [part for word in words for part in OUTSIDE.split(HUMP.sub(" ", word).lower()) if part]
    kept = ""
    for part in dict.fromkeys(parts):
        longer = f"{kept}-{part}" if kept else part[:LONGEST_SLUG]
        if len(longer) > LONGEST_SLUG:
            break
        kept = longer
    return kept or "incident"


def following(candidates: tuple[str, ...], taken: str | None) -> str | None:
    """The name after ``taken`` (None: the first); None when all were tried."""
    if taken not in candidates:
        return candidates[0]
    at = candidates.index(taken) + 1
    return candidates[at] if at < len(candidates) else None
