"""Whose a pod is: the chain of owners up to the workload, by owner references, and by the name's pattern without them.

Indexes are made once for each snapshot, so that five thousand pods cost five thousand steps.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from tools.read.faults.events import Told, told_of
from tools.read.faults.objects import DaemonSet, Deployment, Event, Job, Meta, Node, Pod, ReplicaSet, StatefulSet, each
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.objects import Workload

_OF_DEPLOYMENT = re.compile(r"^(?P<name>.+)-(?P<hash>[a-z0-9]{5,10})-[a-z0-9]{5}$")
_OF_SET = re.compile(r"^(?P<name>.+)-\d{1,4}$")
_OF_CRON = re.compile(r"^(?P<name>.+)-\d{8,10}$")
HASH = "pod-template-hash"
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Rollout"})


@dataclass
class Index:
    """What is looked up again and again in one snapshot."""

    sets: dict[tuple[str, str], ReplicaSet] = field(default_factory=dict)
    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    pods: dict[tuple[str, str], Pod] = field(default_factory=dict)
    by_workload: dict[tuple[str, str], list[Pod]] = field(default_factory=dict)
    told: dict[tuple[str, str, str], list[Told]] = field(default_factory=dict)

    def events(self, kind: str, namespace: str, name: str) -> Sequence[Told]:
        """What was said of an object, newest first."""
        return self.told.get((kind, namespace, name), ())

    def of_pod(self, pod: Pod) -> Sequence[Told]:
        return self.events("Pod", pod.metadata.namespace, pod.metadata.name)


_INDEXES: "WeakKeyDictionary[object, Index]" = WeakKeyDictionary()


def index_of(snapshot: Snapshot) -> Index:
    """The snapshot's index, made at the first call."""
    known = _INDEXES.get(snapshot.token)
    if known is None:
        known = _INDEXES[snapshot.token] = _made(snapshot)
    return known


def _made(snapshot: Snapshot) -> Index:
    index = Index()
    index.sets = {_place(one.metadata): one for one in snapshot.of(ReplicaSet)}
    index.jobs = {_place(one.metadata): one for one in snapshot.of(Job)}
    index.nodes = {one.metadata.name: one for one in snapshot.of(Node)}
    for event in snapshot.of(Event):
        told = told_of(event, snapshot.since)
        index.told.setdefault((told.kind, told.namespace, told.name), []).append(told)
    for each_told in index.told.values():
        each_told.sort(key=lambda one: one.order, reverse=True)
    for pod in snapshot.of(Pod):
        index.pods[_place(pod.metadata)] = pod
        index.by_workload.setdefault((pod.metadata.namespace, owner_of(pod.metadata, index)[1]), []).append(pod)
    return index


def _place(meta: Meta) -> tuple[str, str]:
    return meta.namespace, meta.name


def owner_of(meta: Meta, index: Index) -> tuple[str, str]:
    """(kind, name) of the workload at the top; ("Pod", its own name) of a pod that nobody owns."""
    references = sorted(each(meta.owner_references), key=lambda one: not one.controller)
    if not references:
        return _by_name(meta)
    kind, name = references[0].kind, references[0].name
    if kind == "ReplicaSet":
        above = index.sets.get((meta.namespace, name))
        if above is not None and above.metadata.owner_references:
            return owner_of(above.metadata, index)
        return "Deployment", name.rpartition("-")[0] or name
    if kind == "Job":
        above_job = index.jobs.get((meta.namespace, name))
        if above_job is not None and above_job.metadata.owner_references:
            return owner_of(above_job.metadata, index)
        cron = _OF_CRON.match(name)
        return ("CronJob", cron.group("name")) if cron else ("Job", name)
    return (kind, name) if kind in WORKLOADS else ("Pod", meta.name)


def _by_name(meta: Meta) -> tuple[str, str]:
    labels = meta.labels or {}
    found = _OF_DEPLOYMENT.match(meta.name)
    if found and (labels.get(HASH) in (found.group("hash"), None)) and _looks_made(found.group("hash")):
        return "Deployment", found.group("name")
    if "statefulset.kubernetes.io/pod-name" in labels and (ordinal := _OF_SET.match(meta.name)):
        return "StatefulSet", ordinal.group("name")
    job = labels.get("batch.kubernetes.io/job-name") or labels.get("job-name")
    return ("Job", job) if job else ("Pod", meta.name)


def _looks_made(text: str) -> bool:
    """A template hash has digits and no vowels; a word of the name has vowels."""
    return any(sign.isdigit() for sign in text) or not set(text) & set("aeiou")


def workloads_in(snapshot: Snapshot) -> Iterator[Workload]:
    for kind in (Deployment, StatefulSet, DaemonSet):
        found: tuple[Workload, ...] = snapshot.of(kind)
        yield from found


def workload_of(pod: Pod, snapshot: Snapshot) -> tuple[str, str]:
    """(kind, name) of the workload that a pod belongs to."""
    return owner_of(pod.metadata, index_of(snapshot))
