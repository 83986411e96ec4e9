"""Deployments, StatefulSets and DaemonSets as they stand: what is wanted, what runs, which image, healthy or not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.objects import Deployment, ReplicaSet, Workload
from tools.read.shapes.wording import plural
from tools.read.shapes.workloadstate import workload_facts
from tools.read.sources.belonging import joined, readable, sets_of, sets_where, workloads_of
from tools.read.sources.cluster import KINDS, Cluster, ClusterSettings, Kind, Listed

_MOST_SHOWN = 40
_MOST_KEPT = 500  # rows in the facts; the first hundred whole
_WHOLE = 100
_LEFT_OFF = ("conditions", "changed_by", "execution")


class ReadWorkload(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253, description="Name of the Deployment, StatefulSet or DaemonSet")
    kind: Literal["", "Deployment", "StatefulSet", "DaemonSet"] = Field(
        default="", description="Empty: whichever has this name"
    )


class ListWorkloads(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Only those of this name or label; empty: all")


def read_workload(asked: ReadWorkload, settings: ClusterSettings, look: Look) -> Observation:
    """facts: workload {kind, namespace, name, uid, generation, observed_generation, desired, ready, updated, available,
    unavailable, images, revision, template_hash, healthy, why, conditions, selector, changed_by, execution}; execution
    is the mark Midwatch left on what it changed last; template_hash is null where ReplicaSets could not be read."""
    kinds = asked.kind or " or ".join(kind.__name__ for kind in KINDS)
    query = f"GET {kinds} {asked.name} in {asked.namespace} at {stamp(look.now)}"
    with Cluster(settings, look.seconds) as cluster:
        found = _first(cluster, asked)
        if not found.items:
            what = f"a {kinds} {asked.name} in {asked.namespace}"
            text = f"There is no {kinds} {asked.name} in {asked.namespace}."
            return nothing(query, what, text, {"workload": None}, found.gaps)
        sets = _sets(cluster, asked.namespace, found.items, narrow=True)
    facts = workload_facts(found.items[0], sets.items, not sets.gaps)
    lines = _lines(facts)
    return observed(query, [*lines[:1], *_unsure(sets), *lines[1:]], {"workload": facts}, found.gaps)


def _first(cluster: Cluster, asked: ReadWorkload) -> Listed[Workload]:
    """The one of this name, each kind asked by itself until one has it."""
    tried: list[Listed[Workload]] = []
    for kind in KINDS:
        if asked.kind in ("", kind.__name__):
            tried.append(readable(f"{kind.__name__}s", partial(_of_kind, cluster, kind, asked)))
            if tried[-1].items:
                break
    return joined(tried)


def _of_kind(cluster: Cluster, kind: Kind, asked: ReadWorkload) -> Listed[Workload]:
    one = cluster.workload(kind, asked.namespace, asked.name)
    return Listed([one] if one else [], "")


def _sets(cluster: Cluster, namespace: str, found: Sequence[Workload], narrow: bool) -> Listed[ReplicaSet]:
    if not any(isinstance(one, Deployment) for one in found):
        return Listed([], "")
    read = (lambda: sets_of(cluster, namespace, found)) if narrow else (lambda: sets_where(cluster, namespace, ()))
    return readable("ReplicaSets", read)


def _unsure(sets: Listed[ReplicaSet]) -> list[str]:
    """A detail that is not known; what the workloads are, and how they are, is."""
    return [f"Which template runs is not known everywhere: {sets.gaps[0].says}"] if sets.gaps else []


def list_workloads(asked: ListWorkloads, settings: ClusterSettings, look: Look) -> Observation:
    """facts: workloads [as in read_workload; beyond a hundred without conditions, changed_by and execution], total,
    left_out, kinds_unread; unhealthy ones first."""
    with Cluster(settings, look.seconds) as cluster:
        found = workloads_of(cluster, asked.namespace, asked.service)
        sets = _sets(cluster, asked.namespace, found.items, narrow=bool(asked.service))
    return summarise_workloads(asked, found, sets, look)


def summarise_workloads(
    asked: ListWorkloads, found: Listed[Workload], sets: Listed[ReplicaSet], look: Look
) -> Observation:
    chosen = [workload_facts(one, sets.items, not sets.gaps) for one in found.items]
    chosen.sort(key=lambda facts: (facts["healthy"], facts["name"]))
    query = f"{found.asked}, service {asked.service or 'any'}, at {stamp(look.now)}"
    facts = {
        "workloads": [*chosen[:_WHOLE], *map(_slim, chosen[_WHOLE:_MOST_KEPT])],
        "total": len(chosen),
        "left_out": found.left_out,
        "kinds_unread": [kind.__name__ for kind in KINDS if f"{kind.__name__}s" in {gap.about for gap in found.gaps}],
    }
    where = f"{f' of {asked.service}' if asked.service else ''} in {asked.namespace}"
    if not chosen:
        text = f"There is no Deployment, StatefulSet or DaemonSet{where}."
        return nothing(query, f"a workload{where}", text, facts, found.gaps)
    sick = sum(1 for one in chosen if not one["healthy"])
    lines = [f"{_counted(chosen)}{where}, {sick} not healthy", *_unsure(sets)]
    lines += [line for one in chosen[:_MOST_SHOWN] for line in _lines(one)[:2]]
    if len(chosen) > _MOST_SHOWN:
        lines.append(f"({len(chosen) - _MOST_SHOWN} more are not shown)")
    return observed(query, lines, facts, (*found.gaps, *_not_kept(chosen)))


def _not_kept(chosen: Sequence[Mapping[str, Any]]) -> tuple[Gap, ...]:
    more = len(chosen) - _MOST_KEPT
    return (Gap(f"only {_MOST_KEPT} of {len(chosen):,} workloads are kept"),) if more > 0 else ()


def _slim(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in _LEFT_OFF}


def _counted(chosen: Sequence[Mapping[str, Any]]) -> str:
    """“3 Deployments”, or “3 Deployments and 1 StatefulSet”."""
    return " and ".join(plural(count, kind) for kind, count in sorted(Counter(one["kind"] for one in chosen).items()))


def _lines(facts: Mapping[str, Any]) -> list[str]:
    named = facts["images"].items()
    images = f"image {', '.join(image if len(named) == 1 else f'{name}={image}' for name, image in named)}"
    state = "healthy" if facts["healthy"] else f"NOT healthy, {facts['why']}"
    revision = f"revision {facts['revision']}, " if facts["kind"] == "Deployment" else ""
    lines = [
        f"{facts['kind']} {facts['name']}: {state}",
        f"  {_counts(facts)}; {revision}template {facts['template_hash'] or 'unknown'}; {images}",
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
        Spec(
            "read_workload",
            Effect.READ,
            ReadWorkload,
            "Read one Deployment, StatefulSet or DaemonSet: replicas, image, revision, health.",
        ),
        ClusterSettings,
        read_workload,
    ),
    ReadingTool(
        Spec(
            "list_workloads",
            Effect.READ,
            ListWorkloads,
            "List a namespace's Deployments, StatefulSets and DaemonSets, unhealthy ones first.",
        ),
        ClusterSettings,
        list_workloads,
    ),
)
