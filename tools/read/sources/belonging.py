"""Finds what belongs to a service, with as few rights and as little to read as it takes.

By its name first, which is one small question; then by the labels in common use, a Helm release's among them; pods also
by the selector of a Service of this name. A kind that may not be read is a gap, never an empty list: there may be one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.core.errors import LookFailed, TimedOut
from tools.read.shapes.gaps import Gap
from tools.read.shapes.matching import (
    INSTANCE,
    NAME_LABELS,
    hash_of,
    may_be_label,
    may_be_named,
    of_service,
    revision_of,
    selector_text,
)
from tools.read.shapes.objects import Deployment, Event, Pod, ReplicaSet, Service, Workload
from tools.read.sources.cluster import ALL, KINDS, Cluster, Kind, Listed, Only

_POD_LABELS = (*NAME_LABELS[:4], INSTANCE)
_MOST_SELECTORS = 12  # more than that, and one list of everything is the smaller question
Item = TypeVar("Item", Pod, ReplicaSet, Event, Workload)
Read = TypeVar("Read")


@dataclass(frozen=True)
class Own:
    """A service's workloads, their pods, and the label selectors these were found by (none: the whole namespace)."""

    workloads: Listed[Workload]
    pods: Listed[Pod]
    selectors: tuple[str, ...] = ()


def own_of(cluster: Cluster, namespace: str, service: str) -> Own:
    """For an empty service all pods of the namespace, and no workloads."""
    if not service:
        return Own(Listed([], ""), cluster.pods(namespace))
    workloads = workloads_of(cluster, namespace, service)
    selectors = selectors_of(workloads.items)
    if not workloads.items:
        selectors, pods = _without_workload(cluster, namespace, service)
    else:
        pods = joined(cluster.pods(namespace, Only(one)) for one in selectors[:_MOST_SELECTORS])
    gaps = (*workloads.gaps, *pods.gaps, *_too_many(selectors))
    return Own(workloads, replace(pods, gaps=gaps), selectors)


def selectors_of(found: Iterable[Workload]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for one in found if (text := selector_text(one.spec.selector))))


def _too_many(selectors: Sequence[str]) -> tuple[Gap, ...]:
    more = len(selectors) - _MOST_SELECTORS
    return (Gap(f"the pods of {more} more workloads were not read"),) if more > 0 else ()


def _without_workload(cluster: Cluster, namespace: str, service: str) -> tuple[tuple[str, ...], Listed[Pod]]:
    """By a Service's own selector, else by what the pods themselves say; bare pods and other people's kinds have no
    workload that is known here."""
    services: Listed[Service] = Listed([], "")
    if may_be_named(service):
        services = readable("Services", lambda: cluster.services(namespace, Only.named(service)))
    written = [one.spec.selector for one in services.items if one.spec.selector and one.metadata.name == service]
    labels = [f"{label}={service}" for label in _POD_LABELS] if may_be_label(service) else []
    tried = []
    for text in [*(_as_text(one) for one in written), *labels]:
        tried.append(cluster.pods(namespace, Only(text)))
        if tried[-1].items:
            return (text,), with_gaps(tried[-1], services.gaps)
    return (), with_gaps(joined(tried), services.gaps)


def _as_text(selector: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(selector.items()))


def workloads_of(cluster: Cluster, namespace: str, service: str, kinds: Sequence[Kind] = KINDS) -> Listed[Workload]:
    """All of the namespace for an empty service. Each kind by its name first; the first that is found answers."""
    if service and (named := _by_name(cluster, namespace, service, kinds)).items:
        return named
    every = joined(_listed(cluster, kind, namespace) for kind in kinds)
    if not service:
        return every
    chosen = of_service(service, every.items)
    if not chosen and every.left_out:
        chosen = _by_label(cluster, namespace, service, kinds)
    return replace(every, items=chosen)


def _by_name(cluster: Cluster, namespace: str, service: str, kinds: Sequence[Kind]) -> Listed[Workload]:
    tried: list[Listed[Workload]] = []
    for kind in kinds if may_be_named(service) else ():
        found = _listed(cluster, kind, namespace, Only.named(service))
        tried.append(replace(found, items=[one for one in found.items if one.metadata.name == service]))
        if tried[-1].items:
            break
    return joined(tried)


def _by_label(cluster: Cluster, namespace: str, service: str, kinds: Sequence[Kind]) -> list[Workload]:
    """Of a list too long to be read: the server finds by a label of the object itself, if not by its template's."""
    for label in (*NAME_LABELS, INSTANCE) if may_be_label(service) else ():
        found = joined(_listed(cluster, kind, namespace, Only(f"{label}={service}")) for kind in kinds)
        if found.items:
            return found.items
    return []


def _listed(cluster: Cluster, kind: Kind, namespace: str, only: Only = ALL) -> Listed[Workload]:
    return readable(f"{kind.__name__}s", lambda: cluster.workloads(kind, namespace, only))


def sets_of(cluster: Cluster, namespace: str, found: Iterable[Workload]) -> Listed[ReplicaSet]:
    """The ReplicaSets of these Deployments, by their own selectors: a namespace keeps eleven for each Deployment."""
    selectors = selectors_of(one for one in found if isinstance(one, Deployment))
    return sets_where(cluster, namespace, selectors) if selectors else Listed([], "")


def sets_where(cluster: Cluster, namespace: str, selectors: Sequence[str]) -> Listed[ReplicaSet]:
    """All of the namespace for no selectors, or for so many that all is the smaller question."""
    if not selectors or len(selectors) > _MOST_SELECTORS:
        return cluster.replica_sets(namespace)
    return joined(cluster.replica_sets(namespace, Only(text)) for text in selectors)


def revisions_in(cluster: Cluster, namespace: str, selectors: Sequence[str]) -> Mapping[str, int]:
    """Revision by pod-template-hash, as far as ReplicaSets could be read. Hashes are unique in a namespace."""
    sets = readable("ReplicaSets", lambda: sets_where(cluster, namespace, selectors))
    known = {hash_of(one.metadata): revision_of(one.metadata) for one in sets.items}
    return {template: revision for template, revision in known.items() if template and revision is not None}


def readable(noun: str, read: Callable[[], Listed[Read]]) -> Listed[Read]:
    """What was read; what was refused or broke is a gap that says so. A look whose time is up has nothing to add."""
    try:
        return read()
    except TimedOut:
        raise
    except LookFailed as failure:
        return Listed([], f"GET {noun}", gaps=(Gap(f"{noun} could not be read ({failure})", failure, noun),))


def joined(lists: Iterable[Listed[Item]]) -> Listed[Item]:
    """Several lists as one; an object that is in two of them counts once."""
    every = list(lists)
    items = {(type(item), item.metadata.uid or item.metadata.name): item for one in every for item in one.items}
    left = [one.left_out for one in every if one.left_out]
    return Listed(
        list(items.values()),
        "; ".join(one.asked for one in every if one.asked),
        -1 if -1 in left else sum(left),
        tuple(gap for one in every for gap in one.gaps),
    )


def with_gaps(found: Listed[Read], *gaps: Iterable[Gap]) -> Listed[Read]:
    return replace(found, gaps=(*found.gaps, *(gap for some in gaps for gap in some)))
