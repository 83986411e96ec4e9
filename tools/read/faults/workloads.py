"""Workloads that are not as wanted: too few pods, a rollout that is stuck, pods that are refused, Jobs that failed.

Why their pods fail is told by the pods; a workload is the symptom, unless it is what somebody set (zero replicas, a
quota, a webhook that refuses).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.objects import (
    Condition,
    Deployment,
    Job,
    Pod,
    ReplicaSet,
    StatefulSet,
    condition,
    each,
    is_ready,
    when,
)
from tools.read.faults.owners import Index, index_of, workloads_in
from tools.read.faults.saying import Found, matching, of_object, span_of
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.objects import Workload
from tools.read.shapes.workloadstate import counts_of

# why a controller may not create its pods: the first that fits decides
REFUSED = (
    (r"exceeded quota|quota", "quota_exceeded", "a ResourceQuota is used up",
     "Raise the quota, or lower what the namespace asks for"),
    (r"forbidden: User .* cannot|is forbidden: User", "rbac_denied", "its controller lacks the right to (RBAC)",
     "Give the controller's account the right it names"),
    (r"(service ?account).*not found|not found.*service ?account", "service_account_missing",
     "its ServiceAccount does not exist",
     "Create the ServiceAccount, or correct its name"),
    (r"webhook|admission", "admission_refused", "an admission webhook refuses or does not answer",
     "Look at the webhook and its backend"),
    (r"PodSecurity|violates|security context|forbidden", "pod_refused", "the pod is forbidden by policy",
     "Bring the pod in line with the policy"),
)  # fmt: skip
CREATORS = frozenset({"ReplicaSet", "Job", "StatefulSet", "DaemonSet"})
_LIMITED = re.compile(r"(minimum|maximum) .{0,40}(usage|per)|limit ?range", re.I)
_NEW_SET = re.compile(r'ReplicaSet "?([a-z0-9][a-z0-9.-]*)')


def analyze_workloads(snapshot: Snapshot) -> Iterator[Sign]:
    for one in workloads_in(snapshot):
        yield from _of_workload(one, snapshot)
    for job in snapshot.of(Job):
        yield from _of_job(job)
    yield from _orphan_refusals(snapshot)


def _of_workload(one: Workload, snapshot: Snapshot) -> Iterator[Sign]:
    counts, place = counts_of(one), _place(one)
    if counts.desired == 0 and isinstance(one, Deployment | StatefulSet):
        says = f"{place} is scaled to zero replicas: nothing serves"
        yield _said(Found("deployment_zero_replicas", Role.CAUSE, says, 0.7, mends="Scale it up again"), one)
    elif stuck := _stuck(one):
        yield _said(_rollout(one, stuck, snapshot), one)
    elif counts.ready < counts.desired:
        says = f"{place} has {counts.ready} of {counts.desired} {counts.noun} ready{_asked_for(one)}"
        yield _said(Found("replicas_missing", Role.SYMPTOM, says, 0.55, [says]), one)
    if isinstance(one, Deployment) and one.spec.paused and counts.updated < counts.desired:
        says = (
            f"{place} is paused: its newest template is not rolled out ({counts.updated} of {counts.desired} updated)"
        )
        yield _said(Found("rollout_paused", Role.CAUSE, says, 0.5, mends="Resume the rollout"), one)
    if counts.ready < counts.desired or _failure(one):
        yield from _refusals(one, snapshot)


def _stuck(one: Workload) -> Condition | None:
    found = condition(one.status.conditions, "Progressing")
    return found if isinstance(one, Deployment) and found is not None and found.status == "False" else None


def _rollout(one: Workload, stuck: Condition, snapshot: Snapshot) -> Found:
    """The new ReplicaSet by name, how its pods stand, and whether the old ones still serve."""
    assert isinstance(one, Deployment)
    counts, meta = counts_of(one), one.metadata
    named = _NEW_SET.search(stuck.message)
    new = named.group(1) if named else ""
    fresh = [pod for pod in _pods_of(one, index_of(snapshot)) if new and pod.metadata.name.startswith(f"{new}-")]
    ill = f", {sum(not is_ready(pod) for pod in fresh)} of its {len(fresh)} pods not ready" if fresh else ""
    says = f"Rollout of {_place(one)} is stuck ({stuck.reason or 'Progressing=False'})"
    says += f": the new ReplicaSet {new} does not come up{ill}" if new else f": “{clip(stuck.message, 160)}”"
    says += f"; {counts.ready} of {counts.desired} replicas are ready, {counts.updated} updated"
    says += _asked_for(one)
    facts = {}
    if counts.ready > 0 and counts.updated > 0:
        facts = {
            "remedy": {"tool": "roll_back_deployment", "arguments": {"namespace": meta.namespace, "name": meta.name}}
        }
    at = when(stuck.last_update_time or stuck.last_transition_time)
    return Found(
        "rollout_stuck", Role.SYMPTOM, says, 0.7, [stuck.message], at, at, mends="Roll back to the revision before",
        prevents="Let the pipeline wait for the rollout and undo it when it does not finish", facts=facts,
    )  # fmt: skip


def _asked_for(one: Workload) -> str:
    """Devices that its template requests: few nodes have them, and a pod without one stays Pending."""
    spec = one.spec.template.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    for container in containers if isinstance(containers, list) else ():
        resources = container.get("resources") if isinstance(container, dict) else None
        wanted = (resources.get("requests") or resources.get("limits")) if isinstance(resources, dict) else None
        for name, amount in wanted.items() if isinstance(wanted, dict) else ():
            if "/" in str(name):
                return f"; each pod requests {name} {amount}: it stays Pending where that is insufficient on every node"
    return ""


def _failure(one: Workload) -> Condition | None:
    found = condition(one.status.conditions, "ReplicaFailure")
    return found if found is not None and found.status == "True" else None


def _refusals(one: Workload, snapshot: Snapshot) -> Iterator[Sign]:
    """Pods that its controller may not create, by its own condition or by events of it and its ReplicaSets."""
    index, meta = index_of(snapshot), one.metadata
    told: list[Told] = list(matching(index.events(type(one).__name__, meta.namespace, meta.name), "FailedCreate"))
    for replica_set in _sets_of(one, snapshot):
        told += matching(index.events("ReplicaSet", meta.namespace, replica_set.metadata.name), "FailedCreate")
    failure = _failure(one)
    words = [*([failure.message] if failure else []), *(each_told.message for each_told in told)]
    words = [one for one in words if not _LIMITED.search(one)]  # a LimitRange's refusal is told in `limits`
    if words:
        yield _said(_refused(_place(one), words, told), one)


def _refused(place: str, words: Sequence[str], told: Sequence[Told]) -> Found:
    best = min(words, key=_rank)
    kind, why, mends = next(
        ((kind, why, mends) for rule, kind, why, mends in REFUSED if re.search(rule, best, re.I)),
        ("pods_not_created", "its pods cannot be created", "Read what refuses them"),
    )
    says = f"FailedCreate: {place} cannot create its pods: {why} (“{clip(best, 240)}”)"
    began, last = span_of(list(told))
    return Found(kind, Role.CAUSE, says, 0.9, [best], began, last, mends=mends)


def _rank(words: str) -> int:
    return next((number for number, (rule, *_) in enumerate(REFUSED) if re.search(rule, words, re.I)), len(REFUSED))


def _orphan_refusals(snapshot: Snapshot) -> Iterator[Sign]:
    """FailedCreate of a ReplicaSet or Job whose workload was not read: only the events tell."""
    known = {one.metadata.name for one in workloads_in(snapshot)}
    for (kind, namespace, name), told in index_of(snapshot).told.items():
        refused = [one for one in matching(told, "FailedCreate") if not _LIMITED.search(one.message)]
        service = name.rpartition("-")[0] if kind == "ReplicaSet" else name
        if not refused or {service, name} & known or kind not in CREATORS:
            continue
        found = _refused(f"{kind} {name}", [one.message for one in refused], refused)
        pods = index_of(snapshot).by_workload.get((namespace, service), [])
        if pods and all(is_ready(pod) for pod in pods):
            # it was refused for a moment: what it makes is there and well
            says = f"{found.says[:300]} is over: all {len(pods)} pods of {service} are ready"
            found = replace(found, kind=f"past_{found.kind}", role=Role.PAST, says=says, weight=0.4)
        yield of_object(found, f"{kind}/{namespace}/{name}", service, namespace)


def _of_job(job: Job) -> Iterator[Sign]:
    meta = job.metadata
    failed = condition(job.status.conditions, "Failed")
    place = f"Job/{meta.namespace}/{meta.name}"
    if failed is not None and failed.status == "True":
        says = f"Job {meta.name} failed: {failed.reason or 'Failed'}"
        says += f" (“{clip(failed.message, 160)}”)" if failed.message else ""
        says += f"; {job.status.failed} pods failed" if job.status.failed else ""
        kind, role, weight = "job_failed", Role.SYMPTOM, 0.6
        if failed.reason == "DeadlineExceeded":
            kind, role, weight = "job_deadline_exceeded", Role.CAUSE, 0.7
        at = when(failed.last_transition_time)
        yield of_object(Found(kind, role, says, weight, [failed.message], at, at), place, _cron(job), meta.namespace)
    elif job.status.failed and job.status.active and not job.status.succeeded:
        limit = job.spec.backoff_limit
        says = f"Job {meta.name} has {job.status.failed} failed pods and tries again (backoffLimit {limit})"
        yield of_object(Found("job_failing", Role.SYMPTOM, says, 0.5), place, _cron(job), meta.namespace)


def _cron(job: Job) -> str:
    owner = next((one.name for one in each(job.metadata.owner_references) if one.kind == "CronJob"), "")
    return owner or job.metadata.name


def _sets_of(one: Workload, snapshot: Snapshot) -> list[ReplicaSet]:
    if not isinstance(one, Deployment):
        return []
    mine = f"{one.metadata.name}-"
    return [
        each_set
        for each_set in snapshot.of(ReplicaSet)
        if each_set.metadata.namespace == one.metadata.namespace
        and (
            any(owner.name == one.metadata.name for owner in each(each_set.metadata.owner_references))
            or (not each_set.metadata.owner_references and each_set.metadata.name.startswith(mine))
        )
    ]


def _pods_of(one: Workload, index: Index) -> list[Pod]:
    return index.by_workload.get((one.metadata.namespace, one.metadata.name), [])


def _place(one: Workload) -> str:
    return f"{type(one).__name__} {one.metadata.name}"


def _said(found: Found, one: Workload) -> Sign:
    meta = one.metadata
    return of_object(found, f"{type(one).__name__}/{meta.namespace}/{meta.name}", meta.name, meta.namespace)
