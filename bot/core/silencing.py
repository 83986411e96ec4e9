"""What a silence of Midwatch looks like in Alertmanager, and how its execution is known by it. Pure.

A silence has no annotations: its comment carries the mark, and counts only where Midwatch is who made it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

BY = "midwatch"
MARKED = re.compile(r"midwatch (x-[A-Za-z0-9.-]+)(?:: .*)?", re.DOTALL)
LIVE = frozenset({"active", "pending"})

Silence = Mapping[str, Any]


def comment_of(execution: str, words: str) -> str:
    return f"midwatch {execution}: {words}" if words else f"midwatch {execution}"


def execution_of(silence: Silence) -> str:
    """The execution that made it, "" where none of ours did."""
    found = MARKED.fullmatch(str(silence.get("comment") or "")) if silence.get("createdBy") == BY else None
    return found[1] if found else ""


def state_of(silence: Silence) -> str:
    """active, pending or expired; "" where it does not say."""
    status = silence.get("status")
    return str(status.get("state") or "") if isinstance(status, Mapping) else ""


def matchers_of(silence: Silence) -> dict[str, str] | None:
    """Label to value; None where it has a matcher that is no plain equality."""
    rows = [one for one in silence.get("matchers") or () if isinstance(one, Mapping)]
    if not rows or any(one.get("isRegex") or one.get("isEqual") is False for one in rows):
        return None
    return {str(one.get("name")): str(one.get("value")) for one in rows}


def live(silences: Iterable[Silence], matchers: Mapping[str, str]) -> list[Silence]:
    """Those in force, or about to be, with exactly these matchers."""
    return [one for one in silences if state_of(one) in LIVE and matchers_of(one) == matchers]


def silence_facts(silence: Silence) -> dict[str, Any]:
    """{kind, namespace, name, id, state, seconds, ends_at, matchers, execution}; seconds is how long it was made for.

    Raises `ValueError` where its times cannot be read.
    """
    matchers = matchers_of(silence) or {}
    starts, ends = (datetime.fromisoformat(str(silence.get(key))) for key in ("startsAt", "endsAt"))
    return {
        "kind": "Silence",
        "namespace": matchers.get("namespace", ""),
        "name": matchers.get("alertname", ""),
        "id": str(silence.get("id") or ""),
        "state": state_of(silence),
        "seconds": int((ends - starts).total_seconds()),
        "ends_at": ends.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "matchers": matchers,
        "execution": execution_of(silence),
    }
