"""Objects by kind and name, one revision counter, and what changed since a revision.

A stored object is never changed in place: every write puts a new value, so a reader may keep what it got. Decides
nothing about who may write what; that is `registry.py`.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
Key = tuple[str, str]


class TooOld(LookupError):
    """A revision from before what is remembered."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


@dataclass(frozen=True)
class Change:
    revision: int
    type: str
    key: Key
    object: Object
    before: Object | None


@dataclass
class _Shelf:
    """The objects of one kind and its remembered changes."""

    objects: dict[Key, Object]
    changes: deque[Change]
    forgotten: int = 0


class Store:
    def __init__(self, remembered: int = 10_000) -> None:
        self.revision = 1
        self._remembered = remembered
        self._shelves: dict[str, _Shelf] = {}
        self._owned: dict[str, dict[tuple[str, Key], None]] = {}

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        return self._shelf(kind).objects.get((namespace, name))

    def all(self, kind: str, namespace: str | None = None) -> list[Object]:
        """Return the objects in the order the real server lists them: by namespace, then name."""
        return _sorted(self._shelf(kind).objects, namespace)

    def owned(self, uid: str, kind: str) -> list[Object]:
        """Return the objects of a kind whose controlling owner has this uid, oldest first."""
        return [one for of, one in self.dependents(uid) if of == kind and controller_of(one) == uid]

    def dependents(self, uid: str) -> list[tuple[str, Object]]:
        """Return everything that names this uid as an owner, with its kind, oldest first."""
        return [(kind, self._shelf(kind).objects[key]) for kind, key in self._owned.get(uid, ())]

    def put(self, kind: str, new: Object) -> Object:
        """Store an object under its name at a new revision; return it with that resourceVersion."""
        shelf, key = self._shelf(kind), key_of(new)
        self.revision += 1
        before = shelf.objects.get(key)
        kept = {**new, "metadata": {**new["metadata"], "resourceVersion": str(self.revision)}}
        shelf.objects[key] = kept
        self._index(kind, key, before, kept)
        self._remember(shelf, Change(self.revision, "MODIFIED" if before else "ADDED", key, kept, before))
        return kept

    def remove(self, kind: str, gone: Object) -> None:
        shelf, key = self._shelf(kind), key_of(gone)
        before = shelf.objects.pop(key)
        self.revision += 1
        last = {**before, "metadata": {**before["metadata"], "resourceVersion": str(self.revision)}}
        self._index(kind, key, before, None)
        self._remember(shelf, Change(self.revision, "DELETED", key, last, before))

    def changes(self, kind: str, since: int) -> Iterator[Change]:
        """Yield what happened to a kind after a revision, oldest first; raises TooOld."""
        shelf = self._shelf(kind)
        if since < shelf.forgotten:
            raise TooOld(since, shelf.forgotten)
        later = []
        for change in reversed(shelf.changes):
            if change.revision <= since:
                break
            later.append(change)
        return reversed(later)

    def as_of(self, kind: str, revision: int, namespace: str | None = None) -> list[Object]:
        """Return a kind as it stood at a revision; raises TooOld."""
        objects = dict(self._shelf(kind).objects)
        for change in reversed(list(self.changes(kind, revision))):
            if change.before is None:
                objects.pop(change.key, None)
            else:
                objects[change.key] = change.before
        return _sorted(objects, namespace)

    def _shelf(self, kind: str) -> _Shelf:
        if kind not in self._shelves:
            self._shelves[kind] = _Shelf({}, deque())
        return self._shelves[kind]

    def _remember(self, shelf: _Shelf, change: Change) -> None:
        shelf.changes.append(change)
        if len(shelf.changes) > self._remembered:
            shelf.forgotten = shelf.changes.popleft().revision

    def _index(self, kind: str, key: Key, before: Object | None, after: Object | None) -> None:
        was, now = _owners(before), _owners(after)
        for uid in was - now:
            self._owned[uid].pop((kind, key), None)
        for uid in now - was:
            self._owned.setdefault(uid, {})[(kind, key)] = None


def key_of(thing: Mapping[str, Any]) -> Key:
    meta = thing["metadata"]
    return meta.get("namespace", ""), meta["name"]


def controller_of(thing: Mapping[str, Any] | None) -> str:
    """Return the uid of the owner that controls an object, or nothing."""
    owners = thing["metadata"].get("ownerReferences") or () if thing else ()
    return next((owner["uid"] for owner in owners if owner.get("controller")), "")


def _owners(thing: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(owner["uid"] for owner in thing["metadata"].get("ownerReferences") or ()) if thing else frozenset()


def clone(value: Any) -> Any:
    """Copy JSON-like values all the way down."""
    if isinstance(value, dict):
        return {name: clone(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [clone(one) for one in value]
    return value


def _sorted(objects: Mapping[Key, Object], namespace: str | None) -> list[Object]:
    return [objects[key] for key in sorted(objects) if namespace is None or key[0] == namespace]
