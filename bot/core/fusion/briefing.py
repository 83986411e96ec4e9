"""From the looks of a diagnosis to a brief: signs, the map, what changed, what could not be read. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.case import NOT_NEEDED, NOT_OFFERED, Seen
from bot.core.changed import Change, ChangeVerdict
from bot.core.fusion.values import Brief, Unlooked
from bot.core.predicates.shape import Context, rows
from bot.core.ranking import is_quiet
from bot.core.service_map import Edge, ServiceMap
from bot.core.signs import Sign, signs_in
from bot.core.three_valued import Truth

SILENT = frozenset({NOT_OFFERED, NOT_NEEDED})  # nobody set it up, or nobody needs it: no gap in this diagnosis


def brief_of(context: Context) -> Brief:
    """Everything the looks say, in the order they were taken; changes are not judged yet."""
    looks = list(context.seen.values())
    quiet = {Truth.TRUE: True, Truth.FALSE: False}.get(is_quiet(context))
    return Brief(
        case=context.case,
        signs=signs_of(looks),
        changes=ChangeVerdict(),
        map=map_of(looks),
        unlooked=tuple(
            Unlooked(one.name, one.outcome, one.digest)
            for one in looks
            if not one.readable and one.outcome not in SILENT
        ),
        quiet=quiet,
    )


def signs_of(looks: Sequence[Seen]) -> tuple[Sign, ...]:
    return tuple(sign for one in looks if one.readable for sign in signs_in(one.facts, one.ids))


def map_of(looks: Sequence[Seen]) -> ServiceMap:
    """Every edge that any look found, the first to tell it named."""
    found = (_edge(row) for one in looks if one.readable for row in rows(one.facts, "edges"))
    return ServiceMap().with_edges(edge for edge in found if edge is not None)


def changes_in(looks: Sequence[Seen]) -> tuple[Change, ...]:
    """Every change that a look lists under `changes`, each once by kind and id."""
    found: dict[tuple[str, str, str], Change] = {}
    for one in looks:
        for row in rows(one.facts, "changes") if one.readable else ():
            change = change_of(row, one.ids)
            if change is not None:
                found.setdefault((change.kind, change.service, change.id), change)
    return tuple(found.values())


def change_of(row: Mapping[str, Any], evidence: tuple[str, ...] = ()) -> Change | None:
    """A change as a tool stores it; None for what names no id or no time."""
    at = _moment(row.get("at"))
    if not isinstance(row.get("id"), str) or at is None:
        return None
    return Change(
        id=row["id"],
        kind=str(row.get("kind") or "event"),
        at=at,
        says=str(row.get("says") or ""),
        service=str(row.get("service") or ""),
        services=tuple(_texts(row.get("services"))),
        author=str(row.get("author") or ""),
        version=str(row.get("version") or ""),
        files=tuple(_texts(row.get("files"))),
        diff=str(row.get("diff") or ""),
        written=_moment(row.get("written")),
        undo=str(row.get("undo") or ""),
        evidence=evidence,
        facts=facts if isinstance(facts := row.get("facts"), Mapping) else {},
    )


def _edge(row: Mapping[str, Any]) -> Edge | None:
    caller, callee = row.get("caller"), row.get("callee")
    if not (isinstance(caller, str) and isinstance(callee, str) and caller and callee):
        return None
    return Edge(caller, callee, str(row.get("told_by") or ""))


def _texts(value: Any) -> Iterator[str]:
    return (str(one) for one in (value if isinstance(value, list | tuple) else ()))


def _moment(value: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read if read is None or read.tzinfo else None
