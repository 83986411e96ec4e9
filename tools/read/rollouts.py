"""The rollouts of a service: which revision came when, and what it changed against the one before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.redact import redact
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.matching import hash_of, owned_by, revision_of
from tools.read.shapes.objects import DaemonSet, Deployment, ReplicaSet, StatefulSet, Workload, when
from tools.read.shapes.revisions import changes_between
from tools.read.shapes.wording import ago, clip, plural
from tools.read.shapes.workloadstate import images_of, kind_of
from tools.read.sources.belonging import sets_of, sets_where, with_gaps, workloads_of
from tools.read.sources.cluster import Cluster, ClusterSettings, Listed

_MOST_ROLLOUTS = 30
_OF_EACH = 3  # rows of a Deployment that are always in the facts: the live one and two before it
_MOST_KEPT = 400
Rollout = Mapping[str, Any]
_HISTORY = "deployment.kubernetes.io/revision-history"
_CHANGE_CAUSE = "kubernetes.io/change-cause"


class RolloutHistory(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Deployment name or label; empty: the whole namespace")


def rollout_history(asked: RolloutHistory, settings: ClusterSettings, look: Look) -> Observation:
    """facts: rollouts [{workload, revision, at, at_from, seconds_before_alert, current, images, template_hash,
    replicas, ready, changes [{what, before, after}], cause}] newest first, total."""
    with Cluster(settings, look.seconds) as cluster:
        deployments = workloads_of(cluster, asked.namespace, asked.service, (Deployment,))
        if asked.service and not deployments.items:
            deployments = with_gaps(deployments, _unlike_a_deployment(cluster, asked))
        sets = (sets_of if asked.service else _all_sets)(cluster, asked.namespace, deployments.items)
    return summarise_rollouts(asked, deployments, sets, look)


def _unlike_a_deployment(cluster: Cluster, asked: RolloutHistory) -> tuple[Gap, ...]:
    """What has rollouts that are not read is told from what has none."""
    others = workloads_of(cluster, asked.namespace, asked.service, (StatefulSet, DaemonSet))
    kinds = sorted({kind_of(one) for one in others.items})
    if kinds:
        return (Gap(f"{asked.service} is a {' and a '.join(kinds)}, and only the rollouts of Deployments are read"),)
    return others.gaps


def _all_sets(cluster: Cluster, namespace: str, found: Sequence[Workload]) -> Listed[ReplicaSet]:
    return sets_where(cluster, namespace, ()) if found else Listed([], "")


def summarise_rollouts(
    asked: RolloutHistory, found: Listed[Workload], sets: Listed[ReplicaSet], look: Look
) -> Observation:
    query = f"{sets.asked or found.asked}, service {asked.service or 'any'}, at {stamp(look.now)}"
    owners = [one for one in found.items if isinstance(one, Deployment)]
    rollouts = [one for deployment in owners for one in _rollouts_of(deployment, sets.items, look)]
    rollouts.sort(key=lambda one: (one["at"], one["revision"] or 0), reverse=True)
    kept = _kept(rollouts)
    facts = {
        "rollouts": kept,
        "total": len(rollouts),
        "left_out": found.left_out or sets.left_out,
        "dropped": len(rollouts) - len(kept),
    }
    whose = f"{asked.service or 'anything'} in {asked.namespace}"
    gaps = [*found.gaps, *sets.gaps]
    if len(kept) == _MOST_KEPT:
        gaps.append(Gap(f"only {_MOST_KEPT} of {len(rollouts):,} revisions are kept"))
    if not rollouts:
        why = "no ReplicaSet belongs to its Deployment" if owners else "no Deployment matches"
        return nothing(query, f"a rollout of {whose}", f"No rollout of {whose} is known: {why}.", facts, gaps)
    lines = [f"{plural(len(rollouts), 'revision')} of {whose}, newest first"]
    lines += [line for one in rollouts[:_MOST_ROLLOUTS] for line in _lines(one)]
    return observed(query, lines, facts, gaps)


def _kept(rollouts: Sequence[Rollout]) -> list[Rollout]:
    """The newest, and of every Deployment what is live and what was before it, however long ago."""
    kept = {id(one) for one in rollouts[:_MOST_ROLLOUTS]}
    of_each: dict[str, list[Rollout]] = {}
    for one in sorted(rollouts, key=lambda one: -(one["revision"] or 0)):
        of_each.setdefault(one["workload"], []).append(one)
    for every in of_each.values():
        live = next((place for place, one in enumerate(every) if one["current"]), 0)
        kept |= {id(one) for one in every[live : live + _OF_EACH]}
    return [one for one in rollouts if id(one) in kept][:_MOST_KEPT]


def _rollouts_of(deployment: Deployment, sets: Sequence[ReplicaSet], look: Look) -> list[dict[str, Any]]:
    owned = [one for one in sets if owned_by(one.metadata, deployment.metadata.uid)]
    owned.sort(key=lambda one: revision_of(one.metadata) or 0)
    current = revision_of(deployment.metadata)
    found = []
    before: ReplicaSet | None = None
    for one in owned:
        found.append(_rollout_facts(deployment, one, before, current, look))
        before = one
    return found


def _rollout_facts(
    deployment: Deployment, one: ReplicaSet, before: ReplicaSet | None, current: int | None, look: Look
) -> dict[str, Any]:
    revision = revision_of(one.metadata)
    at, at_from = _rolled_out_at(deployment, one, revision == current)
    changes = changes_between(before.spec.template, one.spec.template) if before else []
    return {
        "workload": deployment.metadata.name,
        "revision": revision,
        "at": stamp(at) if at else "",
        "at_from": at_from,
        "seconds_before_alert": round((look.window.alert_at - at).total_seconds(), 3) if at else None,
        "current": revision == current,
        "images": images_of(one.spec.template),
        "template_hash": hash_of(one.metadata),
        "replicas": one.status.replicas,
        "ready": one.status.ready_replicas,
        "changes": changes,
        "cause": clip(redact((one.metadata.annotations or {}).get(_CHANGE_CAUSE, "")), 200),
    }


def _rolled_out_at(deployment: Deployment, one: ReplicaSet, current: bool) -> tuple[datetime | None, str]:
    """When this revision was rolled out, and where that is known from.

    A ReplicaSet is born with its first rollout. One that a rollback took up again keeps its birthday, so for the
    current revision the Deployment's own Progressing condition is asked (it moves when a rollout moves).
    """
    born = when(one.metadata.creation_timestamp)
    used_again = bool((one.metadata.annotations or {}).get(_HISTORY))
    if not (current and used_again):
        return born, "first rollout of this template" if used_again else "ReplicaSet created"
    for condition in deployment.status.conditions or []:
        moved = when(condition.last_update_time)
        if condition.type == "Progressing" and moved and (born is None or moved > born):
            return moved, "Progressing condition (this template was used before)"
    return born, "first rollout of this template"


def _lines(one: Mapping[str, Any]) -> list[str]:
    before = one["seconds_before_alert"]
    relation = "time unknown"
    if before is not None:
        relation = f"{ago(before)} {'before' if before >= 0 else 'after'} the alert"
    state = "current" if one["current"] else "earlier"
    images = ", ".join(one["images"].values())
    cause = f", cause: {one['cause']}" if one["cause"] else ""
    head = f"{one['workload']} revision {one['revision']} at {one['at']}, {relation} ({state}, {one['ready']} of"
    lines = [f"{head} {one['replicas']} pods ready, template {one['template_hash']}): {images}{cause}"]
    for change in one["changes"][:12]:
        lines.append(f"  {change['what']}: {change['before'] or '(absent)'} -> {change['after'] or '(removed)'}")
    return lines


TOOLS = (
    ReadingTool(
        Spec(
            "rollout_history",
            Effect.READ,
            RolloutHistory,
            "List the rollouts of a service, newest first, each with what it changed against the one before.",
        ),
        ClusterSettings,
        rollout_history,
    ),
)
