"""What a selector selects, and which pods come nearest when it selects none. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any
from weakref import WeakKeyDictionary

from tools.read.faults.objects import Pod, each, is_done
from tools.read.faults.owners import workload_of, workloads_in
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.matching import template_labels
from tools.read.shapes.objects import Selector, Workload

_MADE = frozenset({"pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name"})
MOST_SHOWN = 3


@dataclass
class Living:
    """The pods of each namespace that serve or want to; those that are done or taken away are none of them."""

    by_namespace: dict[str, list[Pod]] = field(default_factory=dict)
    by_label: dict[tuple[str, str, str], list[Pod]] = field(default_factory=dict)
    one_each: dict[str, list[Pod]] = field(default_factory=dict)


_LIVING: "WeakKeyDictionary[object, Living]" = WeakKeyDictionary()


def living(snapshot: Snapshot, namespace: str) -> Sequence[Pod]:
    known = _LIVING.get(snapshot.token)
    if known is None:
        known = _LIVING[snapshot.token] = Living()
        for pod in snapshot.of(Pod):
            if not is_done(pod) and pod.status.phase != "Failed" and not pod.metadata.deletion_timestamp:
                known.by_namespace.setdefault(pod.metadata.namespace, []).append(pod)
                for label in (pod.metadata.labels or {}).items():
                    known.by_label.setdefault((pod.metadata.namespace, *label), []).append(pod)
    return known.by_namespace.get(namespace, ())


def having(wanted: Mapping[str, str], namespace: str, snapshot: Snapshot) -> list[Pod]:
    """Those with all of these labels; without any label, none."""
    living(snapshot, namespace)
    found = [_LIVING[snapshot.token].by_label.get((namespace, *label), []) for label in wanted.items()]
    return [pod for pod in min(found, key=len, default=[]) if has(pod.metadata.labels, wanted)]


def one_each(namespace: str, snapshot: Snapshot) -> list[Pod]:
    """One pod of each workload, for what all of them have alike."""
    pods = living(snapshot, namespace)
    known = _LIVING[snapshot.token]
    if namespace not in known.one_each:
        known.one_each[namespace] = list({workload_of(pod, snapshot): pod for pod in reversed(pods)}.values())
    return known.one_each[namespace]


def has(labels: Mapping[str, str] | None, wanted: Mapping[str, str] | None) -> bool:
    return (wanted or {}).items() <= (labels or {}).items()


def selects(selector: Selector, labels: Mapping[str, str] | None) -> bool:
    """An empty selector selects everything; a requirement that is none selects nothing."""
    mine = labels or {}
    return has(mine, selector.match_labels) and all(_meets(one, mine) for one in each(selector.match_expressions))


def _meets(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = str(requirement.get("key")), requirement.get("values")
    named = {str(one) for one in values} if isinstance(values, list) else set()
    return {
        "In": labels.get(key) in named,
        "NotIn": labels.get(key) not in named,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(str(requirement.get("operator")), False)


def nearest(wanted: Mapping[str, str], pods: Iterable[Pod]) -> list[Pod]:
    """The pods whose labels meet most of what is wanted, or have most of its keys; none where none has any."""
    scored: dict[int, list[Pod]] = {}
    for pod in pods:
        labels = pod.metadata.labels or {}
        met = 2 * sum(labels.get(key) == value for key, value in wanted.items()) + sum(key in labels for key in wanted)
        scored.setdefault(met, []).append(pod)
    best = max(scored, default=0)
    if best == len(wanted):  # only keys in common: the value that is spelt most alike
        return _spelt_alike(wanted, scored[best])
    return scored[best] if best else []


def _spelt_alike(wanted: Mapping[str, str], pods: Sequence[Pod]) -> list[Pod]:
    text = words(wanted)
    ratio = {id(pod): _likeness(text, words(plain(pod.metadata.labels))) for pod in pods}
    most = max(ratio.values())
    return [pod for pod in pods if ratio[id(pod)] == most]


def _likeness(text: str, other: str) -> float:
    return SequenceMatcher(None, text, other).ratio()


def plain(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Without those that controllers put there."""
    return {key: value for key, value in (labels or {}).items() if key not in _MADE}


def words(labels: Mapping[str, str] | None) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "(no labels)"


def workloads_with(wanted: Mapping[str, str], namespace: str, snapshot: Snapshot) -> list[Workload]:
    """Workloads whose pods would have these labels."""
    return [
        one
        for one in workloads_in(snapshot)
        if one.metadata.namespace == namespace and has(template_labels(one.spec.template), wanted)
    ]
