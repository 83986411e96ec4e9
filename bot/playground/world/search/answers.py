"""What each Elasticsearch endpoint answers; the table at the end says which there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from bot.playground.world.durations import seconds
from bot.playground.world.search.catalogue import Guard, Points, Reader, resolve
from bot.playground.world.search.documents import FIELDS, Document, Index, Indices, nested
from bot.playground.world.search.parameters import body_of, narrowed, search_body, truth
from bot.playground.world.search.refusal import SearchRefused, illegal
from bot.playground.world.search.search import count, gathered, search

VERSION = "9.2.1"


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200


@dataclass(frozen=True)
class Call:
    method: str
    path: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes
    reader: Reader


@dataclass(frozen=True)
class Desk:
    """What the endpoints answer from."""

    indices: Indices
    now: Callable[[], float]
    guard: Guard = field(default_factory=Guard)
    points: Points = field(default_factory=Points)

    def millis(self) -> int:
        return round(self.now() * 1000)

    def chosen(self, call: Call, written: str | None = None) -> list[Index]:
        """Return the indices a call is about that exist, once its reader may read all of them."""
        name = call.path.get("index", "") if written is None else written
        ignore, allow = truth(call.params, "ignore_unavailable", False), truth(call.params, "allow_no_indices", True)
        found = resolve(self.indices, name, ignore, allow)
        for index in found:
            call.reader.check(index.name)
        return found


Endpoint = Callable[[Desk, Call], Answer]


def _root(_: Desk, __: Call) -> Answer:
    version = {
        "number": VERSION,
        "build_flavor": "default",
        "build_type": "tar",
        "build_hash": "0" * 40,
        "build_date": "2026-01-01T00:00:00.000000000Z",
        "build_snapshot": False,
        "lucene_version": "10.3.1",
        "minimum_wire_compatibility_version": "8.19.0",
        "minimum_index_compatibility_version": "8.0.0",
    }
    cluster = {"name": "world", "cluster_name": "world", "cluster_uuid": "playgroundplaygroundpg"}
    return Answer({**cluster, "version": version, "tagline": "You Know, for Search"})


def _health(desk: Desk, call: Call) -> Answer:
    shards = len(desk.chosen(call))
    names = ("relocating_shards", "initializing_shards", "unassigned_shards", "delayed_unassigned_shards")
    idle = dict.fromkeys((*names, "number_of_pending_tasks", "number_of_in_flight_fetch"), 0)
    state = {"cluster_name": "world", "status": "green", "timed_out": False, "number_of_nodes": 1}
    active = {"number_of_data_nodes": 1, "active_primary_shards": shards, "active_shards": shards, **idle}
    return Answer({**state, **active, "active_shards_percent_as_number": 100.0})


def _cat_indices(desk: Desk, call: Call) -> Answer:
    rows = []
    for index in desk.chosen(call):
        row = {"health": "green", "status": "open", "index": index.name, "uuid": "-", "pri": "1", "rep": "0"}
        rows.append({**row, "docs.count": str(len(index.documents)), "docs.deleted": "0"})
    if call.params.get("format") == "json":
        return Answer(rows)
    columns = list(rows[0]) if rows else []
    lines = [" ".join(columns)] if truth(call.params, "v", False) else []
    return Answer("".join(f"{line}\n" for line in [*lines, *(" ".join(row.values()) for row in rows)]))


def _mapping(desk: Desk, call: Call) -> Answer:
    tree = nested({name: {"type": kind} for name, kind in FIELDS.items()})
    return Answer({index.name: {"mappings": {"properties": _properties(tree)}} for index in desk.chosen(call)})


def _properties(tree: Mapping[str, Any]) -> dict[str, Any]:
    leaf = {name: one for name, one in tree.items() if isinstance(one.get("type"), str)}
    return leaf | {name: {"properties": _properties(one)} for name, one in tree.items() if name not in leaf}


def _field_caps(desk: Desk, call: Call) -> Answer:
    asked = call.params.get("fields") or body_of(call.body).get("fields") or []
    patterns = asked.split(",") if isinstance(asked, str) else [str(one) for one in asked]
    if not patterns:
        raise SearchRefused(400, "action_request_validation_exception", "Validation Failed: 1: no fields specified;")
    fields: dict[str, Any] = {}
    for name, kind in FIELDS.items():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            able = {"type": kind, "metadata_field": False, "searchable": True, "aggregatable": kind != "text"}
            fields[name] = {kind: able}
    return Answer({"indices": [index.name for index in desk.chosen(call)], "fields": fields})


def _exists(desk: Desk, call: Call) -> Answer:
    return Answer({index.name: {"aliases": {}, "mappings": {}, "settings": {}} for index in desk.chosen(call)})


def _search(desk: Desk, call: Call) -> Answer:
    body = search_body(body_of(call.body), call.params)
    if "pit" in body and "index" in call.path:
        reason = "Validation Failed: 1: [indices] cannot be used with point in time.;"
        raise SearchRefused(400, "action_request_validation_exception", reason)
    return Answer(narrowed(_answered(desk, call, body), call.params.get("filter_path")))


def _answered(desk: Desk, call: Call, body: Mapping[str, Any], written: str | None = None) -> dict[str, Any]:
    documents: Sequence[Document]
    if "pit" in body:
        pit = body["pit"] if isinstance(body["pit"], Mapping) else {}
        now = desk.now()
        documents, shards = desk.points.documents(pit.get("id"), now, now + _keep(pit.get("keep_alive", "0s"))), 1
    else:
        indices = desk.chosen(call, written)
        documents, shards = gathered(indices), len(indices)
    try:
        answer = search(body, documents, desk.millis(), shards)
    except SearchRefused as refusal:
        raise _of_all_shards(refusal) from refusal
    return {"pit_id": body["pit"]["id"], **answer} if "pit" in body else answer


def _of_all_shards(refusal: SearchRefused) -> SearchRefused:
    """A refusal met while searching comes wrapped, with the true cause as root cause."""
    if refusal.kind not in ("illegal_argument_exception", "query_shard_exception"):
        return refusal
    cause = {"type": refusal.kind, "reason": refusal.reason}
    shard = {"shard": 0, "index": "_all", "node": "world", "reason": cause}
    extra = {"phase": "query", "grouped": True, "failed_shards": [shard], "caused_by": cause, "root_cause": [cause]}
    return SearchRefused(refusal.status, "search_phase_execution_exception", "all shards failed", **extra)


def _keep(written: object) -> float:
    try:
        return seconds(written)
    except ValueError as error:
        raise illegal(f"failed to parse setting [keep_alive] with value [{written}] as a time value") from error


def _count(desk: Desk, call: Call) -> Answer:
    body = body_of(call.body)
    if "q" in call.params:
        body = {"query": {"query_string": {"query": call.params["q"]}}}
    indices = desk.chosen(call)
    return Answer(count(body, gathered(indices), desk.millis(), len(indices)))


def _msearch(desk: Desk, call: Call) -> Answer:
    lines = [line for line in call.body.decode().split("\n") if line.strip()]
    if not lines or len(lines) % 2:
        raise illegal("The msearch request must be terminated by a newline [\\n] and hold a header before each body")
    answers = []
    for header, body in zip(lines[::2], lines[1::2], strict=True):
        answers.append(_one_of_many(desk, call, body_of(header.encode()), body.encode()))
    return Answer({"took": 1, "responses": answers})


def _one_of_many(desk: Desk, call: Call, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    named = header.get("index", call.path.get("index", ""))
    written = ",".join(named) if isinstance(named, list) else str(named)
    params = {**call.params, **{key: str(value).lower() for key, value in header.items() if key != "index"}}
    try:
        asked = Call(call.method, {"index": written}, params, body, call.reader)
        return {**_answered(desk, asked, search_body(body_of(body), {}), written), "status": 200}
    except SearchRefused as refusal:
        return refusal.body()


def _open_point(desk: Desk, call: Call) -> Answer:
    if "keep_alive" not in call.params:
        raise SearchRefused(400, "action_request_validation_exception", "Validation Failed: 1: keep_alive is required;")
    documents = gathered(desk.chosen(call))
    name = desk.points.open(documents, desk.now() + _keep(call.params["keep_alive"]))
    return Answer({"id": name, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}})


def _close_point(desk: Desk, call: Call) -> Answer:
    closed = desk.points.close(body_of(call.body).get("id"))
    return Answer({"succeeded": closed, "num_freed": int(closed)}, 200 if closed else 404)


def _document(desk: Desk, call: Call) -> Answer:
    for index in desk.chosen(call):
        for document in index.documents:
            if document.id == call.path["id"]:
                return Answer({"_index": index.name, "_id": document.id, "found": True, "_source": document.source()})
    return Answer({"_index": call.path["index"], "_id": call.path["id"], "found": False}, 404)


def _who(_: Desk, call: Call) -> Answer:
    return Answer({"username": call.reader.name, "roles": [], "enabled": True, "authentication_type": "api_key"})


def _privileges(desk: Desk, call: Call) -> Answer:
    """What a reader may do with the names it asks about: look, where its patterns cover them, and never write."""
    if not desk.guard.api_keys and not desk.guard.users:
        return Answer({"error": "no handler found for uri [/_security/user/_has_privileges]"}, 400)
    asked = [one for one in body_of(call.body).get("index") or [] if isinstance(one, Mapping)]
    found: dict[str, dict[str, bool]] = {}
    for one in asked:
        for name in one.get("names") or []:
            may = any(fnmatchcase(name, pattern) for pattern in call.reader.patterns)
            looks = {privilege: may and privilege in _LOOKING for privilege in one.get("privileges") or []}
            found[name] = {**found.get(name, {}), **looks}
    every = all(yes for privileges in found.values() for yes in privileges.values())
    told = {"username": call.reader.name, "has_all_requested": every, "cluster": {}, "index": found}
    return Answer({**told, "application": {}})


_LOOKING = ("read", "view_index_metadata", "monitor")
_READ = ("GET", "POST")
ENDPOINTS: Sequence[tuple[Sequence[str], str, Endpoint]] = (
    (("GET", "HEAD"), "/", _root),
    (("GET",), "/_cluster/health", _health),
    (("GET",), "/_cluster/health/{index}", _health),
    (("GET",), "/_cat/indices", _cat_indices),
    (("GET",), "/_cat/indices/{index}", _cat_indices),
    (("GET",), "/_security/_authenticate", _who),
    (_READ, "/_security/user/_has_privileges", _privileges),
    (("GET",), "/_mapping", _mapping),
    (("GET",), "/{index}/_mapping", _mapping),
    (_READ, "/_field_caps", _field_caps),
    (_READ, "/{index}/_field_caps", _field_caps),
    (_READ, "/_search", _search),
    (_READ, "/{index}/_search", _search),
    (_READ, "/_count", _count),
    (_READ, "/{index}/_count", _count),
    (_READ, "/_msearch", _msearch),
    (_READ, "/{index}/_msearch", _msearch),
    (("POST",), "/{index}/_pit", _open_point),
    (("DELETE",), "/_pit", _close_point),
    (("GET", "HEAD"), "/{index}/_doc/{id}", _document),
    (("GET", "HEAD"), "/{index}", _exists),
)
