"""One request to the API server, answered: authorization, then the verb's step, then the record of a write.

Decides nothing about HTTP beyond status codes; streams (watch, followed logs) are handed back for `http.py` to send.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.decoding import read_body, read_patch
from bot.playground.world.kube.discovery import documents
from bot.playground.world.kube.eviction import EVICTED
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.listing import last, listed, read_filter, shown
from bot.playground.world.kube.options import read_delete_options, read_write_options
from bot.playground.world.kube.paths import Place, place_of
from bot.playground.world.kube.podlogs import LogQuery, chosen, container_of, read_query, written
from bot.playground.world.kube.rbac import Ask, Identity, authorize
from bot.playground.world.kube.registry import Kept
from bot.playground.world.kube.reviews import review
from bot.playground.world.kube.scaling import Scales
from bot.playground.world.kube.store import key_of
from bot.playground.world.kube.watching import Watch
from bot.playground.world.kube.writes import Write, execution_in

_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Followed:
    """A log to be sent as it grows."""

    namespace: str
    pod: str
    query: LogQuery


Reply = Answer | Watch | Followed
Step = Callable[["_Task"], Reply]


@dataclass(frozen=True)
class _Task:
    """A request whose sender may do what it asks."""

    call: Call
    place: Place
    kind: Kind
    who: Identity
    verb: str


class Api:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._registry, self._store = cluster.registry, cluster.state.store
        self._scales = Scales(cluster.registry)
        self._documents = documents()
        self._steps: Mapping[tuple[str, str], Step] = {
            ("get", ""): self._get,
            ("list", ""): self._list,
            ("watch", ""): self._watch,
            ("create", ""): self._create,
            ("update", ""): self._update,
            ("patch", ""): self._patch,
            ("delete", ""): self._delete,
            ("deletecollection", ""): self._delete_all,
            ("get", "status"): self._get,
            ("update", "status"): self._update,
            ("patch", "status"): self._patch,
            ("get", "scale"): self._get_scale,
            ("update", "scale"): self._update,
            ("patch", "scale"): self._patch,
            ("get", "log"): self._log,
            ("create", "eviction"): self._evict,
        }

    def answer(self, call: Call, who: Identity) -> Reply:
        """Answer a request of an authenticated identity; raises Refusal."""
        with self._cluster.lock:
            path = call.path.rstrip("/") or "/"
            if path in self._documents:
                return self._document(call, path)
            place = place_of(path)
            if place is None:
                raise refusal.Refusal(404, "", "404 page not found")
            return self._on_resource(call, place, who)

    def _document(self, call: Call, path: str) -> Answer:
        if call.method not in ("GET", "HEAD"):
            raise refusal.method_not_allowed()
        return Answer(self._documents[path])

    def _on_resource(self, call: Call, place: Place, who: Identity) -> Reply:
        verb = _verb_of(call, place)
        ask = Ask(verb, place.group, place.resource, place.subresource, place.namespace, place.name)
        authorize(who, ask)
        kind = place.kind
        known = kind is not None and (not place.subresource or place.subresource in kind.all_subresources)
        if kind is None or not known or (place.namespace and not kind.namespaced and kind.name != "Namespace"):
            raise refusal.no_such_resource()
        step = self._steps.get((verb, place.subresource))
        wrong = not place.subresource and verb not in kind.verbs
        placed = _fits(verb, place)
        if step is None or wrong or not placed or (kind.namespaced and not place.namespace and place.name):
            raise refusal.method_not_allowed()
        if kind.namespaced and not place.namespace and verb in ("create", "deletecollection"):
            raise refusal.method_not_allowed()
        return step(_Task(call, place, kind, who, verb))

    def _get(self, task: _Task) -> Answer:
        return Answer(shown(task.kind, self._registry.get(task.kind, _home(task), task.place.name)))

    def _list(self, task: _Task) -> Answer:
        wanted = read_filter(task.kind, _home(task), task.call.query)
        return Answer(listed(self._store, wanted, task.call.query))

    def _watch(self, task: _Task) -> Watch:
        query = dict(task.call.query)
        if task.place.name:
            query["fieldSelector"] = [f"metadata.name={task.place.name}"]
        wanted = read_filter(task.kind, _home(task), query)
        return Watch(self._store, wanted, query, self._cluster.state.clock.now())

    def _create(self, task: _Task) -> Answer:
        options = read_write_options(task.call.query, "CreateOptions")
        body = read_body(task.call.body, task.call.content_type)
        if task.kind.verbs == ("create",):
            return Answer(review(task.kind, body, task.who, options), 201)
        kept = self._registry.create(task.kind, _home(task), body, options)
        self._note(task, kept.value["metadata"]["name"], body, options.dry_run)
        return Answer(kept.value, 201, kept.warnings)

    def _update(self, task: _Task) -> Answer:
        options = read_write_options(task.call.query, "UpdateOptions")
        body = read_body(task.call.body, task.call.content_type)
        where = (task.kind, _home(task), task.place.name)
        if task.place.subresource == "scale":
            kept = self._scales.replace(*where, body, options)
        else:
            kept = self._registry.replace(*where, body, options, task.place.subresource)
        return self._written(task, kept, body, options.dry_run)

    def _patch(self, task: _Task) -> Answer:
        options = read_write_options(task.call.query, "PatchOptions")
        patch = read_patch(task.call.body, task.call.content_type)
        where = (task.kind, _home(task), task.place.name)
        if task.place.subresource == "scale":
            kept = self._scales.patch(*where, patch, options)
        else:
            kept = self._registry.patch(*where, patch, options, task.place.subresource)
        return self._written(task, kept, patch.document, options.dry_run)

    def _written(self, task: _Task, kept: Kept, body: Any, dry_run: bool) -> Answer:
        self._note(task, task.place.name, body, dry_run)
        return Answer(kept.value, 200, kept.warnings)

    def _delete(self, task: _Task) -> Answer:
        body = read_body(task.call.body, task.call.content_type) if task.call.body else None
        options = read_delete_options(task.call.query, body)
        told = self._cluster.deletion.delete(task.kind, _home(task), task.place.name, options)
        self._note(task, task.place.name, body, options.dry_run)
        return Answer(shown(task.kind, told) if told["kind"] == "Event" else told)

    def _delete_all(self, task: _Task) -> Answer:
        body = read_body(task.call.body, task.call.content_type) if task.call.body else None
        options = read_delete_options(task.call.query, body)
        found = listed(self._store, read_filter(task.kind, _home(task), task.call.query), {})
        for item in found["items"]:
            namespace, name = key_of(item)
            self._cluster.deletion.delete(task.kind, namespace, name, options)
            self._note(task, name, body, options.dry_run)
        return Answer(found)

    def _get_scale(self, task: _Task) -> Answer:
        return Answer(self._scales.get(task.kind, _home(task), task.place.name))

    def _evict(self, task: _Task) -> Answer:
        asked = read_write_options(task.call.query, "CreateOptions")
        body = read_body(task.call.body, task.call.content_type)
        options = self._cluster.evictions.evict(_home(task), task.place.name, body, asked.dry_run)
        self._note(task, task.place.name, body, options.dry_run)
        return Answer(EVICTED, 201)

    def _log(self, task: _Task) -> Answer | Followed:
        asked = read_query(task.call.query, task.place.name)
        if asked.follow:
            container_of(self._registry.get(task.kind, _home(task), task.place.name), asked)
            return Followed(_home(task), task.place.name, asked)
        return Answer(self.log(_home(task), task.place.name, task.kind, asked))

    def log(self, namespace: str, name: str, kind: Kind, asked: LogQuery) -> bytes:
        """Return the log as it is now; raises 400 or 404."""
        pod = self._registry.get(kind, namespace, name)
        status, now = container_of(pod, asked), self._cluster.state.clock.now()
        lines = self._cluster.logs(namespace, name, status["name"])
        return written(chosen(lines, status, asked, now), asked)

    def _note(self, task: _Task, name: str, body: Any, dry_run: bool) -> None:
        if dry_run:
            return
        place, now = task.place, self._cluster.state.clock.now()
        mark = execution_in(body)
        self._cluster.writes.append(
            Write(now, task.who.user, task.verb, task.kind.name, _home(task), name, mark, body, place.subresource)
        )


def _home(task: _Task) -> str:
    """The namespace objects are stored under; a Namespace itself lives in none."""
    return task.place.namespace if task.kind.namespaced else ""


def _fits(verb: str, place: Place) -> bool:
    """Creating is done in a collection, all else on one object; a subresource is always one object's."""
    if place.subresource or verb in ("get", "update", "patch", "delete"):
        return bool(place.name)
    return verb != "create" or not place.name


def _verb_of(call: Call, place: Place) -> str:
    verb = _VERBS.get(call.method)
    if verb is None:
        raise refusal.method_not_allowed()
    watched = last(call.query, "watch") in ("true", "1")
    if verb == "get" and not place.subresource and (watched or not place.name):
        return "watch" if watched else "list"
    return "deletecollection" if verb == "delete" and not place.name else verb
