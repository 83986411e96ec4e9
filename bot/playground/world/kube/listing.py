"""Lists: selectors, pages with `continue` tokens that keep to one moment, resource versions. And how objects are shown.

An object is stored in one shape; an Event has a second one for `events.k8s.io`.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.fields import fields_of
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.selectors import (
    FieldSelector,
    Selector,
    Unreadable,
    matches,
    parse_fields,
    parse_labels,
)
from bot.playground.world.kube.store import Object, Store, TooOld, key_of

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter."
)
Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Filter:
    """Which objects of a kind somebody wants to see."""

    kind: Kind
    namespace: str
    labels: Selector = ()
    fields: FieldSelector = field(default_factory=FieldSelector)

    @property
    def picks(self) -> bool:
        return bool(self.labels or self.fields.terms)

    def holds(self, thing: Object) -> bool:
        meta = thing["metadata"]
        if self.namespace and meta.get("namespace", "") != self.namespace:
            return False
        return matches(self.labels, meta.get("labels")) and self.fields.holds(thing)


def read_filter(kind: Kind, namespace: str, query: Query) -> Filter:
    """Read the selectors of a query; raises 400."""
    labels, fields = last(query, "labelSelector"), last(query, "fieldSelector")
    try:
        chosen = parse_labels(labels)
    except Unreadable as error:
        raise refusal.bad_request(str(error)) from error
    try:
        by_field = parse_fields(fields, fields_of(kind.stored_as))
    except Unreadable as error:
        shown = f'Unable to find "{kind.version}, Resource={kind.plural}" that match label selector "{labels}", field '
        if kind.group:
            shown = shown.replace('"', f'"{kind.group}/', 1)
        raise refusal.bad_request(f'{shown}selector "{fields}": {error}') from error
    return Filter(kind, namespace, chosen, by_field)


def listed(store: Store, wanted: Filter, query: Query) -> dict[str, Any]:
    """Return the list object a query gets; raises 400, 410 or 504."""
    limit, token = whole(query, "limit"), last(query, "continue")
    revision, after = _read_token(token) if token else (_moment(store, query), None)
    found = [one for one in _standing(store, wanted, revision, bool(token)) if wanted.holds(one)]
    if after is not None:
        found = [one for one in found if key_of(one) > after]
    page = found[:limit] if limit else found
    head: dict[str, Any] = {"resourceVersion": str(revision)}
    if len(page) < len(found):
        head["continue"] = _token(revision, key_of(page[-1]))
        if not wanted.picks:
            head["remainingItemCount"] = len(found) - len(page)
    kind = wanted.kind
    items = [bare(shown(kind, one)) for one in page]
    return {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": head, "items": items}


def shown(kind: Kind, thing: Object) -> Object:
    """Return an object as this kind's API shows it."""
    if kind.group != "events.k8s.io":
        return thing
    renamed = {
        "deprecatedCount": thing.get("count"),
        "deprecatedFirstTimestamp": thing.get("firstTimestamp"),
        "deprecatedLastTimestamp": thing.get("lastTimestamp"),
        "deprecatedSource": thing.get("source"),
        "note": thing.get("message"),
        "regarding": thing.get("involvedObject"),
        "reportingController": thing.get("reportingComponent"),
    }
    same = ("metadata", "reason", "type", "action", "series", "related", "reportingInstance")
    kept = {name: thing[name] for name in same if name in thing}
    told = {name: value for name, value in renamed.items() if value is not None}
    head = {"kind": "Event", "apiVersion": kind.api_version, "eventTime": thing.get("eventTime")}
    return {**head, **kept, **told}


def bare(thing: Object) -> Object:
    """Return a list's item: the list says the kind, its items do not."""
    return {name: value for name, value in thing.items() if name not in ("kind", "apiVersion")}


def last(query: Query, name: str) -> str:
    return next(reversed(query.get(name) or ("",)))


def whole(query: Query, name: str) -> int:
    """Return a query's whole number, 0 without one; raises 400."""
    text = last(query, name)
    if text and not text.isdigit():
        raise refusal.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text or 0)


def read_revision(store: Store, text: str) -> int:
    """Return a resource version somebody named; raises 400, or 504 for one that is still to come."""
    if not text.isdigit():
        raise refusal.bad_request(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    asked = int(text)
    if asked > store.revision:
        words = f"Timeout: Too large resource version: {asked}, current: {store.revision}"
        causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        raise refusal.Refusal(504, "Timeout", words, {"causes": causes}, retry_after=1)
    return asked


def _moment(store: Store, query: Query) -> int:
    asked = last(query, "resourceVersion")
    match = last(query, "resourceVersionMatch")
    if match and match not in ("Exact", "NotOlderThan"):
        raise refusal.bad_request(f'resourceVersionMatch: Unsupported value: "{match}"')
    if match and not asked:
        raise refusal.bad_request("resourceVersionMatch is forbidden unless resourceVersion is provided")
    if not asked or asked == "0":
        return store.revision
    revision = read_revision(store, asked)
    return revision if match == "Exact" else store.revision


def _standing(store: Store, wanted: Filter, revision: int, paged: bool) -> list[Object]:
    kind, namespace = wanted.kind.stored_as, wanted.namespace or None
    if revision == store.revision:
        return store.all(kind, namespace)
    try:
        return store.as_of(kind, revision, namespace)
    except TooOld as error:
        raise refusal.expired(_TOO_OLD if paged else str(error)) from error


def _token(revision: int, after: tuple[str, str]) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": f"{after[0]}/{after[1]}\u0000"})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, tuple[str, str]]:
    try:
        told = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, _, name = told["start"].rstrip("\u0000").partition("/")
        return int(told["rv"]), (namespace, name)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise refusal.bad_request(f"continue key is not valid: {error}") from error
