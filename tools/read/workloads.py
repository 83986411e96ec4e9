"""Deployments as they stand: what is wanted, what runs, which image and revision, healthy or why not."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from bot.core.events import Outcome
from bot.core.ledger import stamp
from bot.core.redact import redact
from bot.core.tool import MARK, Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.matching import (
    deployments_of,
    hash_of,
    owned_by,
    revision_of,
    selector_text,
)
from tools.read.shapes.objects import Condition, Deployment, Managed, ReplicaSet, when
from tools.read.shapes.wording import bounded_labels, clip, digest_of, plural
from tools.read.sources.cluster import Cluster, ClusterSettings, Listed

_MOST_SHOWN = 40
_CHANGE_CAUSE = "kubernetes.io/change-cause"


class ReadWorkload(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253, description="Name of the Deployment")


class ListWorkloads(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Only Deployments of this name or label; empty: all")


def read_workload(asked: ReadWorkload, settings: ClusterSettings, look: Look) -> Observation:
    """facts: workload {kind, namespace, name, uid, generation, observed_generation, desired, ready, updated, available,
    unavailable, images, revision, template_hash, healthy, why, conditions, selector, changed_by, execution}; execution
    is the mark Midwatch left on what it changed last."""
    query = f"GET deployment {asked.name} in {asked.namespace} at {stamp(look.now)}"
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.deployment(asked.namespace, asked.name)
        if found is None:
            text = f"There is no Deployment {asked.name} in {asked.namespace}."
            return Observation(Outcome.NO_DATA, query, text, {"workload": None})
        sets = cluster.replica_sets(asked.namespace, selector_text(found.spec.selector))
    facts = workload_facts(found, sets.items)
    return Observation(Outcome.OK, query, digest_of(_lines(facts)), {"workload": facts})


def list_workloads(asked: ListWorkloads, settings: ClusterSettings, look: Look) -> Observation:
    """facts: workloads [as in read_workload], total; unhealthy ones first."""
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.deployments(asked.namespace)
        sets = cluster.replica_sets(asked.namespace)
    return summarise_workloads(asked, found, sets.items, look)


def summarise_workloads(
    asked: ListWorkloads, found: Listed[Deployment], sets: Sequence[ReplicaSet], look: Look
) -> Observation:
    chosen = [workload_facts(one, sets) for one in deployments_of(asked.service, found.items)]
    chosen.sort(key=lambda facts: (facts["healthy"], facts["name"]))
    query = f"{found.asked}, service {asked.service or 'any'}, at {stamp(look.now)}"
    facts = {"workloads": chosen[:_MOST_SHOWN], "total": len(chosen), "left_out": found.left_out}
    whose = f" of {asked.service}" if asked.service else ""
    if not chosen:
        read = f" ({plural(len(found.items), 'Deployment')} read)"
        text = f"There is no Deployment{whose} in {asked.namespace}{read}."
        return Observation(Outcome.NO_DATA, query, text, facts)
    sick = sum(1 for one in chosen if not one["healthy"])
    lines = [f"{plural(len(chosen), 'Deployment')}{whose} in {asked.namespace}, {sick} not healthy"]
    lines += [line for one in chosen[:_MOST_SHOWN] for line in _lines(one)[:2]]
    if found.left_out:
        lines.append(f"Not everything was read: limit {len(found.items)}")
    return Observation(Outcome.OK, query, digest_of(lines), facts)


def workload_facts(one: Deployment, sets: Sequence[ReplicaSet]) -> dict[str, Any]:
    meta, spec, status = one.metadata, one.spec, one.status
    why = why_unhealthy(one)
    return {
        "kind": "Deployment",
        "namespace": meta.namespace,
        "name": meta.name,
        "uid": meta.uid,
        "generation": meta.generation,
        "observed_generation": status.observed_generation,
        "desired": _desired(one),
        "ready": status.ready_replicas,
        "updated": status.updated_replicas,
        "available": status.available_replicas,
        "unavailable": status.unavailable_replicas,
        "paused": spec.paused,
        "images": images_of(spec.template),
        "revision": revision_of(meta),
        "template_hash": _current_hash(one, sets),
        "healthy": why is None,
        "why": why or ("every wanted replica is updated, ready and available" if _desired(one) else "scaled to zero"),
        "conditions": [_condition_facts(condition) for condition in (status.conditions or [])[:10]],
        "selector": bounded_labels(spec.selector.match_labels or {}),
        "changed_by": _changed_by(one),
        "execution": (meta.annotations or {}).get(MARK),
    }


def why_unhealthy(one: Deployment) -> str | None:
    """The first thing that is not as wanted, in words; None when all is well."""
    status, desired = one.status, _desired(one)
    broken = {condition.type: condition for condition in status.conditions or [] if condition.status == "False"}
    if status.observed_generation < one.metadata.generation:
        return "the controller has not seen the newest change yet"
    if stuck := broken.get("Progressing"):
        return f"the rollout does not progress: {clip(stuck.reason)} {clip(stuck.message)}".rstrip()
    if status.updated_replicas < desired:
        return f"a rollout is under way: {status.updated_replicas} of {desired} replicas are updated"
    if status.replicas > status.updated_replicas:
        return f"{status.replicas - status.updated_replicas} pods of an older revision still run"
    if status.ready_replicas < desired:
        return f"{status.ready_replicas} of {desired} replicas are ready"
    if status.available_replicas < desired:
        return f"{status.available_replicas} of {desired} replicas are available"
    return None


def images_of(template: Mapping[str, Any]) -> dict[str, str]:
    spec = template.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    return {
        clip(one.get("name", ""), 63): clip(one.get("image", ""), 300)
        for one in (containers or [])[:20]
        if isinstance(one, dict)
    }


def _desired(one: Deployment) -> int:
    return 1 if one.spec.replicas is None else one.spec.replicas


def _current_hash(one: Deployment, sets: Sequence[ReplicaSet]) -> str:
    """The pod-template-hash of the ReplicaSet that carries the Deployment's own revision."""
    revision = revision_of(one.metadata)
    for replica_set in sets:
        if owned_by(replica_set.metadata, one.metadata.uid) and revision_of(replica_set.metadata) == revision:
            return hash_of(replica_set.metadata)
    return ""


def _condition_facts(one: Condition) -> dict[str, str]:
    at = when(one.last_update_time or one.last_transition_time)
    return {
        "type": clip(one.type, 60),
        "status": clip(one.status, 20),
        "reason": clip(one.reason, 100),
        "message": clip(redact(one.message), 300),
        "at": stamp(at) if at else "",
    }


def _changed_by(one: Deployment) -> dict[str, str] | None:
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


def _lines(facts: Mapping[str, Any]) -> list[str]:
    named = facts["images"].items()
    images = f"image {', '.join(image if len(named) == 1 else f'{name}={image}' for name, image in named)}"
    state = "healthy" if facts["healthy"] else f"NOT healthy, {facts['why']}"
    lines = [
        f"Deployment {facts['name']}: {state}",
        f"  {_counts(facts)}; revision {facts['revision']}, template {facts['template_hash'] or 'unknown'}; {images}",
    ]
    lines += [f"  {one['type']}={one['status']} {one['reason']} at {one['at']}" for one in facts["conditions"]]
    if by := facts["changed_by"]:
        lines.append(f"  spec last written by {by['manager']} at {by['at']} {by['cause']}".rstrip())
    return lines


def _counts(facts: Mapping[str, Any]) -> str:
    """“4 of 4 ready”; the other counts where they differ."""
    ready, desired = facts["ready"], facts["desired"]
    if ready == desired == facts["updated"] == facts["available"]:
        return f"{ready} of {desired} ready"
    return f"{ready} of {desired} ready, {facts['updated']} updated, {facts['available']} available"


TOOLS = (
    ReadingTool(
        Spec("read_workload", Effect.READ, ReadWorkload, "Read one Deployment: replicas, image, revision, health."),
        ClusterSettings,
        read_workload,
    ),
    ReadingTool(
        Spec("list_workloads", Effect.READ, ListWorkloads, "List a namespace's Deployments, unhealthy ones first."),
        ClusterSettings,
        list_workloads,
    ),
)
