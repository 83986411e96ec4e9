"""Which live object somebody means by `/ops do …`: looked for where it may be, never chosen between two. Only reads.

What it gives is a `Target` or the reason why there is none, as the answer's payload: several (with what to type to
mean one), none (with what there is), or a place that could not be read, where there might be another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.canonical import Json
from bot.core.case import Seen
from bot.core.predicates.shape import rows
from bot.core.tool import Asked, Look
from bot.core.wanted import Wanted

MOST_PLACES = 10
MOST_NAMED = 12


class Take(Protocol):
    """One look: what for, tool, arguments (`Surveying` has it)."""

    def __call__(self, what: str, tool: str, arguments: Json, look: Look) -> Seen: ...


@dataclass(frozen=True)
class Target:
    namespace: str
    name: str


@dataclass(frozen=True)
class Places:
    """``listed`` are the namespaces this process was told of (empty: any); ``also`` where incidents are open."""

    listed: Sequence[str]
    also: Sequence[str] = ()

    def for_one(self, wanted: Wanted) -> list[str]:
        return [wanted.namespace] if wanted.namespace else list(dict.fromkeys([*self.listed, *self.also]))


def find_target(wanted: Wanted, asked: Asked, places: Places, take: Take, look: Look) -> Target | Json:
    """The one object that is meant, or the payload of an answer that says why there is none."""
    if not wanted.placed:
        return Target("", wanted.name)  # whether there is one is for its plan to say
    if wanted.namespace and places.listed and wanted.namespace not in places.listed:
        return _no("namespace_not_listed", wanted, known=sorted(places.listed))
    where = places.for_one(wanted)
    if not where:
        return _no("where", wanted)
    if not asked.look:
        return Target(where[0], wanted.name) if len(where) == 1 else _no("where", wanted, known=where)
    found = [_looked(namespace, wanted, asked, take, look) for namespace in where[:MOST_PLACES]]
    matches = [target for one in found for target in one.targets]
    exact = [target for target in matches if target.name == wanted.name]
    unread = [f"{one.namespace} ({one.why})" for one in found if one.why]
    unread += [f"{name} (not looked at)" for name in where[MOST_PLACES:]]
    if len(exact or matches) > 1:
        return _no("several", wanted, known=[f"{one.name} in {one.namespace}" for one in exact or matches])
    if unread:
        return _no("unread", wanted, known=[f"{one.name} in {one.namespace}" for one in matches], unread=unread)
    if not matches:
        others = [name for one in found for name in one.others]
        return _no("nothing", wanted, known=_there(where, asked, take, look), places=where, others=others[:MOST_NAMED])
    return (exact or matches)[0]


@dataclass(frozen=True)
class _Found:
    """``why`` is set where the namespace could not be read; ``others`` fit by name or label and are of another kind."""

    namespace: str
    targets: tuple[Target, ...] = ()
    why: str = ""
    others: tuple[str, ...] = ()


def _looked(namespace: str, wanted: Wanted, asked: Asked, take: Take, look: Look) -> _Found:
    arguments: Json = {"namespace": namespace, "service": wanted.name}
    seen = take(f"{asked.kind}s in {namespace}", asked.look, arguments, look)
    if not seen.readable:
        return _Found(namespace, why=f"{seen.outcome.replace('_', ' ')}: {seen.digest[:150]}")
    if not isinstance(seen.facts.get(asked.rows, []), list) or _is_cut(seen, asked):
        return _Found(namespace, why=f"not everything there could be read: {seen.incomplete}"[:200])
    every = rows(seen.facts, asked.rows)
    others = tuple(f"{one['kind']} {one.get('name')} in {namespace}" for one in every if not _is_of(one, asked))
    return _Found(namespace, tuple(_targets(every, namespace, asked)), others=others)


def _is_cut(seen: Seen, asked: Asked) -> bool:
    """Whether another of this very kind may be missing; kinds that nobody asked for may be unreadable."""
    unread = seen.facts.get("kinds_unread")
    other_kinds = isinstance(unread, list) and bool(unread) and asked.kind not in unread
    return bool(seen.facts.get("left_out")) or bool(seen.incomplete and not other_kinds)


def _is_of(row: Any, asked: Asked) -> bool:
    """Looks that say no kind see one only."""
    return row.get("kind") in (None, asked.kind)


def _targets(found: Iterable[Any], namespace: str, asked: Asked) -> Iterable[Target]:
    for row in found:
        if (name := row.get("name")) and _is_of(row, asked):
            yield Target(str(row.get("namespace") or namespace), str(name))


def _there(where: Sequence[str], asked: Asked, take: Take, look: Look) -> list[str]:
    """What there is instead, to choose from."""
    names: list[str] = []
    for namespace in where[:MOST_PLACES]:
        seen = take(f"{asked.kind}s in {namespace}", asked.look, {"namespace": namespace}, look)
        names += [f"{one.name} in {one.namespace}" for one in _targets(rows(seen.facts, asked.rows), namespace, asked)]
    return sorted(names)


def _no(why: str, wanted: Wanted, known: Sequence[str] = (), **more: Any) -> Json:
    return {
        "kind": "not_requested",
        "why": why,
        "wanted": wanted.name,
        "object": wanted.kind,
        "known": list(known)[:MOST_NAMED],
        "known_total": len(known),
        **more,
    }
