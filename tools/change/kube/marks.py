"""What an object's owner left to people's own hands: the label or annotation `midwatch.dev/hands-only`. Pure.

Its value says why (payment, database, auth, failover), or just "true"; "false" takes it back. Any other value counts
as a mark, because whoever wrote it wanted something held back.
"""

from bot.core.canonical import Json
from bot.core.hands import HANDS_ONLY


def marks_of(thing: Json) -> tuple[str, ...]:
    metadata = thing.get("metadata") or {}
    said = [(metadata.get(where) or {}).get(HANDS_ONLY) for where in ("labels", "annotations")]
    return tuple(str(value) or "true" for value in said if value is not None and str(value).lower() != "false")
