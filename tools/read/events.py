"""What Kubernetes itself reported about a service lately, and whether the object is still in trouble.

A namespace's events come in the order of their objects' names, so of a list that was cut the service's own may all be
missing: then its objects are asked about one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from bot.core.errors import Denied
from bot.core.ledger import stamp
from bot.core.redact import redact
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.objects import Event, when
from tools.read.shapes.podstate import is_done, is_ready
from tools.read.shapes.wording import clip, plural
from tools.read.shapes.workloadstate import kind_of, why_unhealthy
from tools.read.sources.belonging import Own, joined, own_of, readable, with_gaps, workloads_of
from tools.read.sources.cluster import FOR_MORE, KINDS, Cluster, ClusterSettings, Listed, Only

_MOST_EVENTS = 60
_MOST_ONE_BY_ONE = 30
_WORKLOADS = tuple(f"{kind.__name__}/" for kind in KINDS)
_OLD = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class ListEvents(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(
        default="", max_length=253, description="Name or label of a workload, or of a Service; empty: all"
    )


def list_events(asked: ListEvents, settings: ClusterSettings, look: Look) -> Observation:
    """facts: events [{at, type, reason, object, message, count, recent, object_unhealthy}] newest first, total,
    dropped (how many are not kept; of every reason in every state one is).

    ``recent``: within the incident's window. ``object_unhealthy``: whether that pod or workload is in trouble now;
    null when it is gone or may not be read.
    """
    with Cluster(settings, look.seconds) as cluster:
        own = _own(cluster, asked)
        health = health_of(own)
        found = cluster.events(asked.namespace)
        if found.left_out and asked.service:
            found = _one_by_one(cluster, asked.namespace, found, health)
    return summarise_events(asked, with_gaps(found, own.pods.gaps), health, look)


def _own(cluster: Cluster, asked: ListEvents) -> Own:
    """What is asked about, and how it is; pods that may not be read leave the events, whose objects' state is null."""
    if not asked.service:
        pods = readable("pods", lambda: cluster.pods(asked.namespace))
        # Of a whole namespace every event is read, so a workload whose state is not known is no gap in that.
        return Own(workloads_of(cluster, asked.namespace, ""), replace(pods, gaps=()))
    try:
        return own_of(cluster, asked.namespace, asked.service)
    except Denied as failure:
        gap = Gap(f"which pods are {asked.service}'s could not be read ({failure})", failure, "pods")
        return Own(workloads_of(cluster, asked.namespace, asked.service), Listed([], "", gaps=(gap,)))


def _one_by_one(cluster: Cluster, namespace: str, found: Listed[Event], health: Mapping[str, bool]) -> Listed[Event]:
    """Unhealthy objects first: an event counts only where its object is in trouble."""
    names = list(dict.fromkeys(key.partition("/")[2] for key in sorted(health, key=lambda key: not health[key])))
    lists = [found]
    for name in names[:_MOST_ONE_BY_ONE]:
        if not cluster.has_time(FOR_MORE):
            break
        lists.append(cluster.events(namespace, Only.about(name)))
    asked = f"GET events of {len(lists) - 1} of its {plural(len(names), 'object')} one by one"
    return replace(joined(lists), asked=f"{found.asked}; {asked}")


def summarise_events(asked: ListEvents, found: Listed[Event], health: Mapping[str, bool], look: Look) -> Observation:
    """``health`` is unhealthy-or-not by `Kind/name`, for what could be read."""
    chosen = [event for event in found.items if not asked.service or _about(event, asked.service, health)]
    events = sorted((_facts(event, health, look) for event in chosen), key=lambda one: str(one["at"]), reverse=True)
    events.sort(key=lambda one: (not one["recent"], one["type"] != "Warning"))
    query = f"{found.asked}, about {asked.service or 'anything'}, at {stamp(look.now)}"
    kept, dropped = _kept(events)
    facts = {"events": kept, "total": len(events), "left_out": found.left_out, "dropped": dropped}
    where = f"{f' about {asked.service}' if asked.service else ''} in {asked.namespace}"
    if not events:
        # Events are forgotten after an hour by default, so an empty list is no proof that nothing happened.
        read = f"{plural(len(found.items), 'event')} read; they are kept for a while only"
        return nothing(query, f"an event{where}", f"No event{where} ({read}).", facts, found.gaps)
    recent = sum(1 for one in events if one["recent"])
    lines = [f"{plural(len(events), 'event')}{where}, {recent} within the incident's window", *map(_line, kept)]
    if dropped:
        lines.insert(1, f"({plural(dropped, 'event')} more, each of a reason that stands here for another object)")
    return observed(query, lines, facts, found.gaps)


def _kept(events: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], int]:
    """The first, and of every reason in every state one, and the oldest of this incident: what is asked about events.

    Seventy pods that back off must not hide the one whose volume does not mount.
    """
    needed = {(one["reason"], one["type"], one["recent"], one["object_unhealthy"]): one for one in reversed(events)}
    oldest = min((one for one in events if one["recent"]), key=lambda one: str(one["at"]), default=None)
    chosen = {id(one) for one in (*needed.values(), *([oldest] if oldest else []), *events[:_MOST_EVENTS])}
    kept = [one for one in events if id(one) in chosen]
    return kept, len(events) - len(kept)


def health_of(own: Own) -> dict[str, bool]:
    """Unhealthy or not by `Kind/name`, for what could be read."""
    health: dict[str, bool] = {}
    for pod in own.pods.items:
        health[f"Pod/{pod.metadata.name}"] = not is_ready(pod) and not is_done(pod)
        for owner in pod.metadata.owner_references or []:
            # A ReplicaSet is as well as its worst pod.
            sick = health.get(f"{owner.kind}/{owner.name}", False) or health[f"Pod/{pod.metadata.name}"]
            health[f"{owner.kind}/{owner.name}"] = sick
    for one in own.workloads.items:
        health[f"{kind_of(one)}/{one.metadata.name}"] = why_unhealthy(one) is not None
    return health


def _about(event: Event, service: str, health: Mapping[str, bool]) -> bool:
    """Known objects by name; what is gone already by how controllers name things."""
    name = event.involved_object.name
    if f"{event.involved_object.kind}/{name}" in health or name == service:
        return True
    known = {key.partition("/")[2] for key in health if key.startswith(_WORKLOADS)} or {service}
    return any(name.startswith(f"{one}-") and not _longer(name, one, known) for one in known)


def _longer(name: str, one: str, known: set[str]) -> bool:
    """Whether another known name fits better (`api-cache-…` belongs to api-cache, not to api)."""
    return any(other != one and len(other) > len(one) and name.startswith(f"{other}-") for other in known)


def _facts(event: Event, health: Mapping[str, bool], look: Look) -> dict[str, Any]:
    at = last_seen(event)
    target = f"{event.involved_object.kind}/{event.involved_object.name}"
    return {
        "at": stamp(at) if at > _OLD else "",
        "type": clip(event.type, 20),
        "reason": clip(event.reason, 100),
        "object": clip(target, 300),
        "message": clip(redact(event.message), 400),
        "count": (event.series.count if event.series else 0) or event.count or 1,
        "recent": look.window.start <= at,
        "object_unhealthy": health.get(target),
    }


def last_seen(event: Event) -> datetime:
    """Old and new clients fill in different times; the latest there is."""
    times: Sequence[str | None] = (
        event.series.last_observed_time if event.series else None,
        event.last_timestamp,
        event.event_time,
        event.first_timestamp,
        event.metadata.creation_timestamp,
    )
    return next((moment for text in times if (moment := when(text))), _OLD)


def _line(one: Mapping[str, Any]) -> str:
    times = f" ({one['count']} times)" if one["count"] > 1 else ""
    now = {True: ", still in trouble", False: ", fine now", None: ""}[one["object_unhealthy"]]
    return f"{one['at']} {one['type']} {one['reason']} {one['object']}{now}: {one['message']}{times}"


TOOLS = (
    ReadingTool(
        Spec("list_events", Effect.READ, ListEvents, "List what Kubernetes reported lately about a service's objects."),
        ClusterSettings,
        list_events,
    ),
)
