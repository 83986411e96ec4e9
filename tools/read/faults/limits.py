"""Quotas that are used up and limit ranges that refuse, with their own numbers: used, hard, and who is refused."""

import re
from collections.abc import Iterator, Sequence

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.objects import each
from tools.read.faults.other_objects import LimitRange, ResourceQuota
from tools.read.faults.owners import Index, index_of
from tools.read.faults.quantities import quantity
from tools.read.faults.saying import Found, of_object, span_of
from tools.read.faults.snapshot import Snapshot

EXCEEDED = re.compile(r"exceeded quota: (?P<name>[^,\s]+)")
BEYOND = re.compile(r"(maximum|minimum) \S+ usage per (Container|Pod|PersistentVolumeClaim)|max limit to request ratio")
NEAR = 0.25  # a quota that is used up and refuses nobody is no trouble yet


def analyze_limits(snapshot: Snapshot) -> Iterator[Sign]:
    told = [one for each_told in index_of(snapshot).told.values() for one in each_told if one.recent and one.warning]
    refused = [one for one in told if EXCEEDED.search(one.message)]
    for quota in snapshot.of(ResourceQuota):
        yield from _quota(quota, refused, snapshot)
    beyond = [one for one in told if BEYOND.search(one.message)]
    for one in {(one.namespace, service_of(one, index_of(snapshot))): one for one in beyond}.values():
        yield _range(one, snapshot)


def _quota(quota: ResourceQuota, refused: Sequence[Told], snapshot: Snapshot) -> Iterator[Sign]:
    meta = quota.metadata
    mine = [one for one in refused if one.namespace == meta.namespace and _names(one.message) == meta.name]
    full = [
        f"{name} used {used} of {hard}"
        for name, used, hard in _counts(quota)
        if (quantity(used) or 0.0) >= (quantity(hard) or 0.0)
    ]
    if not full and not mine:
        return
    numbers = ", ".join(full or [f"{name} used {used} of {hard}" for name, used, hard in _counts(quota)][:4])
    says = f"ResourceQuota {meta.name} of {meta.namespace} is {'used up' if full else 'too small'}: {numbers}"
    says += f"; it refuses: “{clip(mine[0].message, 200)}”" if mine else ""
    role, weight = (Role.CAUSE, 0.92) if mine else (Role.SYMPTOM, NEAR)
    began, last = span_of(mine)
    service = service_of(mine[0], index_of(snapshot)) if mine else ""
    found = Found(
        "quota_exceeded", role, says, weight, [mine[0].message if mine else "", *full[:2]], began, last,
        mends="Raise the quota, or lower what the namespace asks for",
        prevents="Alert when a quota is nearly used up",
    )  # fmt: skip
    yield of_object(found, f"ResourceQuota/{meta.namespace}/{meta.name}", service or meta.name, meta.namespace)


def _counts(quota: ResourceQuota) -> list[tuple[str, str, str]]:
    used = quota.status.used or {}
    return [(name, str(used[name]), str(hard)) for name, hard in (quota.status.hard or {}).items() if name in used]


def _names(message: str) -> str:
    found = EXCEEDED.search(message)
    return found["name"] if found else ""


def _range(one: Told, snapshot: Snapshot) -> Sign:
    mine = [each_one for each_one in snapshot.of(LimitRange) if each_one.metadata.namespace == one.namespace]
    has = [
        f"LimitRange {each_one.metadata.name}: {limits.type} {side} {_numbers(values)}"
        for each_one in mine
        for limits in each(each_one.spec.limits)
        for side, values in (("max", limits.max), ("min", limits.min))
        if values
    ]
    says = f"FailedCreate: {one.kind} {one.name} is refused, outside the LimitRange: “{clip(one.message, 220)}”"
    says += f" ({'; '.join(has[:2])})" if has else ""
    found = Found("limit_range", Role.CAUSE, says, 0.92, [one.message, *has[:2]], one.first, one.last,
                  mends="Correct its requests and limits, or the LimitRange")  # fmt: skip
    return of_object(
        found, f"{one.kind}/{one.namespace}/{one.name}", service_of(one, index_of(snapshot)), one.namespace
    )


def _numbers(values: dict[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(values.items()))


def service_of(one: Told, index: Index) -> str:
    """The workload behind the object of an event: a ReplicaSet's Deployment, else its own name."""
    if one.kind != "ReplicaSet":
        return one.name
    known = index.sets.get((one.namespace, one.name))
    owner = next((o.name for o in each(known.metadata.owner_references)), "") if known else ""
    return owner or one.name.rpartition("-")[0] or one.name
