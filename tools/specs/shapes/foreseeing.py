"""What rolling a Deployment back would do, as far as the rollouts that were read tell. Pure; nobody tried it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.case import Seen
from bot.core.tool import Foreseen

LOOK = "rollout_history"
MOST_CHANGES = 8
UNDO = "kubectl --namespace {} rollout undo deployment/{} --to-revision={}"
Row = Mapping[str, Any]


def rolled_back(namespace: str, name: str, to_revision: int | None, looks: Sequence[Seen]) -> Foreseen | None:
    """None where no look at the Deployment's rollouts tells which revision is live and which it would go back to."""
    for look in looks:
        if look.tool != LOOK or not look.readable or look.arguments.get("namespace") != namespace:
            continue
        rows = [row for row in _rows(look) if row.get("workload") == name and isinstance(row.get("revision"), int)]
        live = next((row for row in rows if row.get("current") is True), None)
        older = sorted((row for row in rows if live and row["revision"] < live["revision"]), key=_revision)
        wanted = [row for row in older if to_revision in (None, row["revision"])]
        if live is not None and wanted:
            return Foreseen(
                changes=_changes(live, wanted[-1], direct=wanted[-1] is older[-1]),
                touches=_touches(live),
                way_back=UNDO.format(namespace, name, live["revision"]),
                evidence=look.evidence or "",
            )
    return None


def _rows(look: Seen) -> list[Row]:
    found: Any = look.facts.get("rollouts")
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _revision(row: Row) -> int:
    return int(row["revision"])


def _changes(live: Row, wanted: Row, *, direct: bool) -> tuple[str, ...]:
    """What the live revision changed against the one before it, the other way round; of older ones the images alone."""
    if direct:
        rows = [row for row in live.get("changes") or () if isinstance(row, Mapping)]
        told = [_back(str(row.get("what")), str(row.get("before")), str(row.get("after"))) for row in rows]
        more = [f"and {len(told) - MOST_CHANGES} more"] if len(told) > MOST_CHANGES else []
        return (*told[:MOST_CHANGES], *more)
    now, then = live.get("images"), wanted.get("images")
    return (f"image {_listed(now)} to {_listed(then)}",) if now != then else ()


def _back(what: str, before: str, after: str) -> str:
    if not before:
        return f"{what} removed (now {after})"
    return f"{what}: {after or 'not set'} to {before}"


def _listed(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(one) for one in value.values())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _touches(live: Row) -> str:
    pods, ready = live.get("replicas"), live.get("ready")
    if not isinstance(pods, int):
        return ""
    known = f", {ready} of them ready" if isinstance(ready, int) else ""
    return f"{pods} {'pod' if pods == 1 else 'pods'} of revision {live['revision']}{known}"
