"""Watches: what changed since a revision, as the watcher's selectors see it; bookmarks; 410 when it is too long ago.

Decides events; how they get to the watcher is `http.py`.
"""

import json
from collections.abc import Iterator
from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.listing import Filter, Query, last, read_revision, shown, whole
from bot.playground.world.kube.store import Change, Object, Store, TooOld

_LONGEST = 1800
_BOOKMARK_EVERY = 60.0
_INITIAL_END = "k8s.io/initial-events-end"


class Watch:
    """One watcher's place in the stream of changes."""

    def __init__(self, store: Store, wanted: Filter, query: Query, now: float) -> None:
        self._store, self._wanted = store, wanted
        self._bookmarks = last(query, "allowWatchBookmarks") == "true"
        self._bookmark_at = now + _BOOKMARK_EVERY
        self.ends_at = now + (whole(query, "timeoutSeconds") or _LONGEST)
        self.over = False
        self._initial = _starts_with_everything(query)
        self._announces_end = last(query, "sendInitialEvents") == "true"
        asked = last(query, "resourceVersion")
        self._since = store.revision if self._initial else read_revision(store, asked)

    def news(self, now: float) -> Iterator[bytes]:
        """Yield the lines that are due; `over` says when there will be no more."""
        if self._initial:
            self._initial = False
            yield from self._everything()
        try:
            for change in self._store.changes(self._wanted.kind.stored_as, self._since):
                self._since = change.revision
                if event := self._seen(change):
                    yield event
        except TooOld as error:
            self.over = True
            yield _line("ERROR", refusal.expired(str(error)).body())
            return
        if self._bookmarks and now >= self._bookmark_at:
            self._bookmark_at = now + _BOOKMARK_EVERY
            yield self._bookmark({})
        self.over = now >= self.ends_at

    def _everything(self) -> Iterator[bytes]:
        kind = self._wanted.kind
        for one in self._store.all(kind.stored_as, self._wanted.namespace or None):
            if self._wanted.holds(one):
                yield _line("ADDED", shown(kind, one))
        self._since = self._store.revision
        if self._announces_end and self._bookmarks:
            yield self._bookmark({"annotations": {_INITIAL_END: "true"}})

    def _seen(self, change: Change) -> bytes | None:
        """A selector may see an object come that changed, or go that still is."""
        kind, wanted = self._wanted.kind, self._wanted
        was = change.before is not None and wanted.holds(change.before)
        is_now = change.type != "DELETED" and wanted.holds(change.object)
        if is_now:
            return _line("MODIFIED" if was else "ADDED", shown(kind, change.object))
        if was:
            return _line("DELETED", shown(kind, _left(change)))
        return None

    def _bookmark(self, head: dict[str, Any]) -> bytes:
        kind: Kind = self._wanted.kind
        meta = {"resourceVersion": str(self._store.revision), **head}
        return _line("BOOKMARK", {"kind": kind.name, "apiVersion": kind.api_version, "metadata": meta})


def _left(change: Change) -> Object:
    """The object as the watcher last saw it, at the revision at which it left its sight."""
    before = change.before or change.object
    return {**before, "metadata": {**before["metadata"], "resourceVersion": str(change.revision)}}


def _starts_with_everything(query: Query) -> bool:
    asked = last(query, "sendInitialEvents")
    if asked == "true":
        return True
    return asked != "false" and last(query, "resourceVersion") in ("", "0")


def _line(kind: str, thing: Any) -> bytes:
    return json.dumps({"type": kind, "object": thing}, separators=(",", ":")).encode() + b"\n"
