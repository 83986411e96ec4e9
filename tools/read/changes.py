"""What changed in a namespace before and in the incident: rollouts with their fields, autoscalers' bounds, new nodes.

Each source has an outcome of its own: what may not be looked at is told and never reads as “nothing changed”. Whether a
change did it is not judged here (`bot/core/causality`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from bot.core.errors import LookFailed
from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.rollouts import RolloutHistory, rollout_history
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.objects import Managed, Meta, when
from tools.read.shapes.wording import clip, plural
from tools.read.sources.cluster import Cluster, ClusterSettings

A_DAY = timedelta(days=1)
MOST = 60
MOST_FIELDS = 12
OURS = ("kube-controller-manager", "kubelet", "kube-scheduler")  # what the cluster itself writes is no change
Row = dict[str, Any]


class WhatChanged(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Told first; everything of the namespace is looked at")


def what_changed(asked: WhatChanged, settings: ClusterSettings, look: Look) -> Observation:
    """facts: changes [{id, kind, at, says, service, diff, undo, facts}], newest first, as `changes_in` reads them."""
    since = look.window.end - A_DAY
    gaps: list[Gap] = []
    rows = _asked(gaps, "rollouts", lambda: _rollouts(asked, settings, look))
    with Cluster(settings, look.seconds / 2) as cluster:
        rows += _asked(gaps, "HorizontalPodAutoscalers", lambda: _autoscalers(cluster, asked.namespace))
        rows += _asked(gaps, "nodes", lambda: _nodes(cluster))
    recent = [row for row in rows if since <= datetime.fromisoformat(row["at"]) <= look.window.end]
    recent.sort(key=lambda row: (row["at"], row["service"] == asked.service, row["id"]), reverse=True)
    query = f"changes in {asked.namespace} from {stamp(since)} to {stamp(look.window.end)}"
    facts = {"changes": recent[:MOST], "total": len(recent)}
    if not recent:
        return nothing(query, "a change", f"Nothing changed in {asked.namespace} in the 24 h before.", facts, gaps)
    lines = [f"{plural(len(recent), 'change')} in {asked.namespace} in the 24 h before, newest first"]
    lines += [f"{row['at'][11:19]} {row['says']}" for row in recent[:MOST]]
    if len(recent) > MOST:
        gaps.append(Gap(f"only the {MOST} newest of {len(recent)} changes are kept"))
    return observed(query, lines, facts, gaps)


def _asked(gaps: list[Gap], what: str, read: Callable[[], Iterable[Row]]) -> list[Row]:
    try:
        return list(read())
    except LookFailed as error:
        gaps.append(Gap(f"{what}: {error}", error, what))
        return []


def _rollouts(asked: WhatChanged, settings: ClusterSettings, look: Look) -> list[Row]:
    found = rollout_history(RolloutHistory(namespace=asked.namespace), settings, look)
    rows = found.facts.get("rollouts")
    return [row for one in rows if (row := _of_rollout(one, asked.namespace))] if isinstance(rows, list) else []


def _of_rollout(one: Row, namespace: str) -> Row | None:
    """A revision's first rollout has nothing to be compared with, and one without a time cannot be placed."""
    if not one.get("at") or not one.get("changes"):
        return None
    name, fields = str(one["workload"]), one["changes"][:MOST_FIELDS]
    diff = "".join(f"-{each['what']}: {each['before']}\n+{each['what']}: {each['after']}\n" for each in fields)
    told = "; ".join(
        f"{each['what']} {each['before'] or 'nothing'} → {each['after'] or 'nothing'}" for each in fields[:3]
    )
    cause = f" ({clip(one['cause'], 80)})" if one.get("cause") else ""
    undo = {"tool": "roll_back_deployment", "arguments": {"namespace": namespace, "name": name}}
    return {
        "id": f"{name}@{one['revision']}",
        "kind": "rollout",
        "at": one["at"],
        "says": f"Rollout of {name}, revision {one['revision']}{cause}: {clip(told, 260)}",
        "service": name,
        "diff": diff,
        "undo": f"Roll {name} back to the revision before" if one.get("current") else "",
        "facts": {"deployed": True, **({"remedy": undo} if one.get("current") else {})},
    }


def _autoscalers(cluster: Cluster, namespace: str) -> Iterator[Row]:
    for one in cluster.autoscalers(namespace).items:
        target = getattr(one.spec.scale_target_ref, "name", "") or one.metadata.name
        for writer, at in _written(one.metadata):
            bounds = f"{one.spec.min_replicas or 1} to {one.spec.max_replicas} pods"
            says = f"HorizontalPodAutoscaler {one.metadata.name} was written by {writer} ({bounds} now)"
            yield _row(f"hpa/{one.metadata.name}", "scale", at, says, target)


def _nodes(cluster: Cluster) -> Iterator[Row]:
    for one in cluster.nodes().items:
        if born := when(one.metadata.creation_timestamp):
            yield _row(f"node/{one.metadata.name}", "node", born, f"Node {one.metadata.name} joined the cluster")


def _written(meta: Meta) -> Iterable[tuple[str, datetime]]:
    for entry in meta.managed_fields or []:
        if _is_spec(entry) and (at := when(entry.time)):
            yield entry.manager, at


def _is_spec(entry: Managed) -> bool:
    return entry.subresource == "" and entry.manager not in OURS and "f:spec" in (entry.fields_v1 or {})


def _row(id_: str, kind: str, at: datetime, says: str, service: str = "") -> Row:
    return {
        "id": id_,
        "kind": kind,
        "at": stamp(at),
        "says": clip(says, 300),
        "service": service,
        "diff": "",
        "facts": {},
    }


TOOLS = (
    ReadingTool(
        Spec(
            "what_changed",
            Effect.READ,
            WhatChanged,
            "List what changed in a namespace in the day before: rollouts field by field, autoscalers, new nodes.",
            for_model=False,
        ),
        ClusterSettings,
        what_changed,
    ),
)
