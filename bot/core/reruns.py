"""What a re-run of a Job may differ in, and what it is called. Pure; shared by what reads, proposes and changes.

The owner of a CronJob says which variables may be overridden, and with which values, in an annotation of the CronJob:
`midwatch.dev/overridable: '{"SOURCE_HOST": ["replica-a", "replica-b"]}'`. What is not there cannot be overridden.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

OVERRIDABLE = "midwatch.dev/overridable"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
VALUE = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")  # visible ASCII on one line: nothing a card could not show
MOST_NAMES, MOST_VALUES = 20, 50
LONGEST_OWN = 40

Allowed = Mapping[str, tuple[str, ...]]


def declared(annotations: Mapping[str, str]) -> Allowed:
    """Which variables may be overridden with which values; none where nothing is declared.

    Raises ValueError, in words for the CronJob's owner, where the declaration cannot be understood.
    """
    text = annotations.get(OVERRIDABLE)
    if text is None:
        return {}
    try:
        told = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise ValueError(f"its annotation {OVERRIDABLE} is not JSON that says each variable once") from error
    if not isinstance(told, dict) or len(told) > MOST_NAMES:
        raise ValueError(f"its annotation {OVERRIDABLE} is no object of at most {MOST_NAMES} variables")
    return {name: _values(name, values) for name, values in told.items()}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def _values(name: str, values: object) -> tuple[str, ...]:
    if not NAME.fullmatch(name):
        raise ValueError(f"its annotation {OVERRIDABLE} names {name[:40]!r}, which is no variable")
    if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
        raise ValueError(f"its annotation {OVERRIDABLE} lists no values for {name}")
    if not all(isinstance(value, str) and VALUE.fullmatch(value) for value in values):
        raise ValueError(f"its annotation {OVERRIDABLE} has a value for {name} that is no plain text")
    return tuple(values)


def job_name(cron_job: str, execution: str) -> str:
    """The one name an execution's Job can have, so that creating it twice is refused by the cluster itself."""
    own = cron_job[:LONGEST_OWN].rstrip("-.")
    return f"{own}-mw-{sha256(execution.encode()).hexdigest()[:12]}"


def from_pairs(told: Any) -> Any:
    """`[{"name", "value"}]` as a mapping; anything else, and a name that is there twice, as it is."""
    if not isinstance(told, list) or not all(
        isinstance(one, Mapping) and set(one) == {"name", "value"} for one in told
    ):
        return told
    pairs = {one["name"]: one["value"] for one in told if isinstance(one["name"], str)}
    return pairs if len(pairs) == len(told) else told
