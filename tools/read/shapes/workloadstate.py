"""What state a Deployment, StatefulSet or DaemonSet is in, in one shape for all three: healthy, or why not. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.ledger import stamp
from bot.core.redact import redact
from bot.core.tool import MARK
from tools.read.shapes.matching import hash_of, owned_by, revision_of
from tools.read.shapes.objects import (
    Condition,
    DaemonSet,
    Deployment,
    Managed,
    ReplicaSet,
    StatefulSet,
    UpdateStrategy,
    Workload,
    when,
)
from tools.read.shapes.wording import bounded_labels, clip

_CHANGE_CAUSE = "kubernetes.io/change-cause"


@dataclass(frozen=True)
class Counts:
    """Pods as its controller counts them. ``to_update`` of the desired must have the newest template to be done."""

    desired: int
    running: int
    ready: int
    updated: int
    available: int
    unavailable: int
    to_update: int
    noun: str = "replicas"


def kind_of(one: Workload) -> str:
    return type(one).__name__


def counts_of(one: Workload) -> Counts:
    match one:
        case Deployment(status=now):
            wanted = _wanted(one.spec.replicas)
            return Counts(
                wanted, now.replicas, now.ready_replicas, now.updated_replicas, now.available_replicas,
                now.unavailable_replicas, wanted,
            )  # fmt: skip
        case StatefulSet(status=state):
            wanted = _wanted(one.spec.replicas)
            available = state.ready_replicas if state.available_replicas is None else state.available_replicas
            return Counts(
                wanted, state.replicas, state.ready_replicas, state.updated_replicas, available,
                max(0, wanted - available), _to_update(one.spec.update_strategy, wanted),
            )  # fmt: skip
        case DaemonSet(status=seen):
            wanted = seen.desired_number_scheduled
            return Counts(
                wanted, seen.current_number_scheduled, seen.number_ready, seen.updated_number_scheduled,
                seen.number_available, seen.number_unavailable, _to_update(one.spec.update_strategy, wanted), "pods",
            )  # fmt: skip


def _wanted(replicas: int | None) -> int:
    return 1 if replicas is None else replicas


def _to_update(strategy: UpdateStrategy, wanted: int) -> int:
    """Where people replace pods by hand, or hold some back, older pods are as wanted."""
    if strategy.type == "OnDelete":
        return 0
    held_back = strategy.rolling_update.partition if strategy.rolling_update else None
    return max(0, wanted - (held_back or 0))


def why_unhealthy(one: Workload) -> str | None:
    """The first thing that is not as wanted, in words; None when all is well."""
    now = counts_of(one)
    broken = {condition.type: condition for condition in one.status.conditions or [] if condition.status == "False"}
    if one.status.observed_generation < one.metadata.generation:
        return "the controller has not seen the newest change yet"
    if stuck := broken.get("Progressing"):
        return f"the rollout does not progress: {clip(stuck.reason)} {clip(stuck.message)}".rstrip()
    if now.updated < now.to_update:
        return f"a rollout is under way: {now.updated} of {now.to_update} {now.noun} are updated"
    if isinstance(one, Deployment) and now.running > now.updated:
        return f"{now.running - now.updated} pods of an older revision still run"
    if now.ready < now.desired:
        return f"{now.ready} of {now.desired} {now.noun} are ready"
    if now.available < now.desired:
        return f"{now.available} of {now.desired} {now.noun} are available"
    return None


def workload_facts(one: Workload, sets: Sequence[ReplicaSet], all_sets: bool = True) -> dict[str, Any]:
    """Without ``all_sets`` not every ReplicaSet could be read: which template a Deployment runs may be null then."""
    meta, now, why = one.metadata, counts_of(one), why_unhealthy(one)
    return {
        "kind": kind_of(one),
        "namespace": meta.namespace,
        "name": meta.name,
        "uid": meta.uid,
        "generation": meta.generation,
        "observed_generation": one.status.observed_generation,
        "desired": now.desired,
        "ready": now.ready,
        "updated": now.updated,
        "available": now.available,
        "unavailable": now.unavailable,
        "paused": isinstance(one, Deployment) and one.spec.paused,
        "images": images_of(one.spec.template),
        "revision": revision_of(meta) if isinstance(one, Deployment) else None,
        "template_hash": _template_hash(one, sets) or ("" if all_sets else None),
        "healthy": why is None,
        "why": why or _fine(one, now),
        "conditions": [_condition_facts(condition) for condition in (one.status.conditions or [])[:10]],
        "selector": bounded_labels(one.spec.selector.match_labels or {}),
        "changed_by": _changed_by(one),
        "execution": (meta.annotations or {}).get(MARK),
    }


def _fine(one: Workload, now: Counts) -> str:
    if not now.desired:
        return "wanted on no node" if isinstance(one, DaemonSet) else "scaled to zero"
    return f"every wanted {now.noun.removesuffix('s')} is updated, ready and available"


def _template_hash(one: Workload, sets: Sequence[ReplicaSet]) -> str:
    """The template of the newest pods, as their own labels call it; of a Deployment by the ReplicaSet that carries its
    revision. A DaemonSet does not say it."""
    if not isinstance(one, Deployment):
        return one.status.update_revision if isinstance(one, StatefulSet) else ""
    revision = revision_of(one.metadata)
    for replica_set in sets:
        if owned_by(replica_set.metadata, one.metadata.uid) and revision_of(replica_set.metadata) == revision:
            return hash_of(replica_set.metadata)
    return ""


def images_of(template: Mapping[str, Any]) -> dict[str, str]:
    spec = template.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    return {
        clip(one.get("name", ""), 63): clip(one.get("image", ""), 300)
        for one in (containers or [])[:20]
        if isinstance(one, dict)
    }


def _condition_facts(one: Condition) -> dict[str, str]:
    at = when(one.last_update_time or one.last_transition_time)
    return {
        "type": clip(one.type, 60),
        "status": clip(one.status, 20),
        "reason": clip(one.reason, 100),
        "message": clip(redact(one.message), 300),
        "at": stamp(at) if at else "",
    }


def _changed_by(one: Workload) -> dict[str, str] | None:
    """Who wrote the spec last, from the managed fields (the controller's own status writes do not count)."""
    writers = [entry for entry in one.metadata.managed_fields or [] if _wrote_spec(entry)]
    if not writers:
        return None
    last = max(writers, key=lambda entry: entry.time or "")
    at = when(last.time)
    cause = (one.metadata.annotations or {}).get(_CHANGE_CAUSE, "")
    return {
        "manager": clip(last.manager, 100),
        "operation": clip(last.operation, 20),
        "at": stamp(at) if at else "",
        "cause": clip(redact(cause), 200),
    }


def _wrote_spec(entry: Managed) -> bool:
    return entry.subresource != "status" and "f:spec" in (entry.fields_v1 or {"f:spec": {}})
