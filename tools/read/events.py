"""What Kubernetes itself reported about a service lately, and whether the object is still in trouble."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from bot.core.errors import Denied
from bot.core.events import Outcome
from bot.core.ledger import stamp
from bot.core.redact import redact
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.objects import Event, when
from tools.read.shapes.podstate import is_done, is_ready
from tools.read.shapes.wording import clip, digest_of, plural
from tools.read.sources.belonging import pods_of, service_deployments
from tools.read.sources.cluster import Cluster, ClusterSettings, Listed
from tools.read.workloads import why_unhealthy

_MOST_EVENTS = 60
_OLD = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class ListEvents(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Deployment name or label; empty: the whole namespace")


def list_events(asked: ListEvents, settings: ClusterSettings, look: Look) -> Observation:
    """facts: events [{at, type, reason, object, message, count, recent, object_unhealthy}] newest first, total.

    ``recent``: within the incident's window. ``object_unhealthy``: whether that pod or Deployment is in trouble now;
    null when it is gone or may not be read.
    """
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.events(asked.namespace)
        health = _health(cluster, asked.namespace, asked.service)
    return summarise_events(asked, found, health, look)


def summarise_events(asked: ListEvents, found: Listed[Event], health: Mapping[str, bool], look: Look) -> Observation:
    """``health`` is unhealthy-or-not by `Kind/name`, for what could be read."""
    chosen = [event for event in found.items if not asked.service or _about(event, asked.service, health)]
    events = sorted((_facts(event, health, look) for event in chosen), key=lambda one: str(one["at"]), reverse=True)
    events.sort(key=lambda one: (not one["recent"], one["type"] != "Warning"))
    query = f"{found.asked}, about {asked.service or 'anything'}, at {stamp(look.now)}"
    facts = {"events": events[:_MOST_EVENTS], "total": len(events), "left_out": found.left_out}
    whose = f" about {asked.service}" if asked.service else ""
    if not events:
        # Events are forgotten after an hour by default, so an empty list is no proof that nothing happened.
        read = f"{plural(len(found.items), 'event')} read; they are kept for a while only"
        text = f"No event{whose} in {asked.namespace} ({read})."
        return Observation(Outcome.NO_DATA, query, text, facts)
    recent = sum(1 for one in events if one["recent"])
    lines = [f"{plural(len(events), 'event')}{whose} in {asked.namespace}, {recent} within the incident's window"]
    lines += [_line(one) for one in events[:_MOST_EVENTS]]
    return Observation(Outcome.OK, query, digest_of(lines), facts)


def _health(cluster: Cluster, namespace: str, service: str) -> dict[str, bool]:
    health: dict[str, bool] = {}
    try:
        for pod in pods_of(cluster, namespace, service).items:
            health[f"Pod/{pod.metadata.name}"] = not is_ready(pod) and not is_done(pod)
            for owner in pod.metadata.owner_references or []:
                # A ReplicaSet is as well as its worst pod.
                sick = health.get(f"{owner.kind}/{owner.name}", False) or health[f"Pod/{pod.metadata.name}"]
                health[f"{owner.kind}/{owner.name}"] = sick
    except Denied:
        return health
    for one in service_deployments(cluster, namespace, service):
        health[f"Deployment/{one.metadata.name}"] = why_unhealthy(one) is not None
    return health


def _about(event: Event, service: str, health: Mapping[str, bool]) -> bool:
    """Known objects by name; what is gone already by how controllers name things."""
    name = event.involved_object.name
    if f"{event.involved_object.kind}/{name}" in health or name == service:
        return True
    known = {key.partition("/")[2] for key in health if key.startswith("Deployment/")} or {service}
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
