"""Autoscalers that cannot scale or are at their end, and disruption budgets that let nobody go."""

from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.labels import living, selects
from tools.read.faults.objects import Condition, Node, Pod, condition, when
from tools.read.faults.other_objects import HorizontalPodAutoscaler, PodDisruptionBudget
from tools.read.faults.owners import index_of, workload_of
from tools.read.faults.saying import Found, of_object
from tools.read.faults.snapshot import Snapshot

BROKEN = {
    "FailedGetScale": ("hpa_target_missing", "its target cannot be read", "Correct its scaleTargetRef"),
    "FailedGetResourceMetric": (
        "hpa_broken", "it cannot read its resource metric",
        "See that metrics-server answers and that every container has requests for the resource",
    ),
    "InvalidSelector": ("hpa_broken", "its target's selector is no selector", "Correct the target's selector"),
    "AmbiguousSelector": ("hpa_broken", "another autoscaler scales the same pods", "Leave one of the two"),
}  # fmt: skip
OTHER = ("hpa_broken", "it cannot compute a size", "Mend the metric it asks for")
NO_EVICTION = "violate the pod's disruption budget"


def analyze_scaling(snapshot: Snapshot) -> Iterator[Sign]:
    for one in snapshot.of(HorizontalPodAutoscaler):
        yield from _autoscaler(one)
    for budget in snapshot.of(PodDisruptionBudget):
        yield from _budget(budget, snapshot)


def _autoscaler(one: HorizontalPodAutoscaler) -> Iterator[Sign]:
    target = one.spec.scale_target_ref
    place = f"HorizontalPodAutoscaler {one.metadata.name} (of {target.kind} {target.name})"
    broken = _broken(one)
    if broken is not None:
        kind, why, mends = BROKEN.get(broken.reason, OTHER)
        says = f"{place} does not scale: {why} ({broken.type}=False, {broken.reason}: “{clip(broken.message, 180)}”)"
        at = when(broken.last_transition_time)
        yield _said(Found(kind, Role.CAUSE, says, 0.7, [broken.reason, broken.message], at, mends=mends), one)
        return
    limited = condition(one.status.conditions, "ScalingLimited")
    current, most = one.status.current_replicas or 0, one.spec.max_replicas
    if limited is not None and limited.status == "True" and limited.reason == "TooManyReplicas" and current >= most > 0:
        says = f"{place} is at its maximum: {current} of maxReplicas {most}, and it would scale further"
        says += f" (ScalingLimited: “{clip(limited.message, 120)}”)"
        at = when(limited.last_transition_time)
        found = Found("hpa_maxed", Role.CAUSE, says, 0.55, [limited.message, f"maxReplicas: {most}"], at,
                      mends="Raise maxReplicas, or find why the load rose")  # fmt: skip
        yield _said(found, one)
    elif current:
        says = f"{place} scales: {current} replicas, between {one.spec.min_replicas or 1} and {most}"
        yield _said(Found("hpa_well", Role.WELL, says, 0.25), one)


def _broken(one: HorizontalPodAutoscaler) -> Condition | None:
    """What keeps it from scaling; one whose target somebody scaled to zero only rests."""
    for kind in ("AbleToScale", "ScalingActive"):
        found = condition(one.status.conditions, kind)
        if found is not None and found.status == "False" and found.reason != "ScalingDisabled":
            return found
    return None


def _said(found: Found, one: HorizontalPodAutoscaler) -> Sign:
    meta = one.metadata
    service = one.spec.scale_target_ref.name or meta.name
    return of_object(found, f"HorizontalPodAutoscaler/{meta.namespace}/{meta.name}", service, meta.namespace)


def _budget(one: PodDisruptionBudget, snapshot: Snapshot) -> Iterator[Sign]:
    """A budget without room is trouble only where something has to go: a node that is drained, an eviction refused."""
    meta, status = one.metadata, one.status
    pods = [pod for pod in living(snapshot, meta.namespace) if selects(one.spec.selector, pod.metadata.labels)]
    if status.disruptions_allowed != 0 or not status.expected_pods:
        return
    drained = sorted({pod.spec.node_name for pod in pods if _is_closed(pod, snapshot)})
    refused = [
        told for pod in pods for told in index_of(snapshot).of_pod(pod) if told.recent and NO_EVICTION in told.message
    ]
    asked = one.spec.min_available if one.spec.min_available is not None else one.spec.max_unavailable
    rule = "minAvailable" if one.spec.min_available is not None else "maxUnavailable"
    says = f"PodDisruptionBudget {meta.name} allows 0 disruptions ({rule} {asked}, {status.current_healthy} healthy of "
    says += f"{status.expected_pods}, {status.desired_healthy} desired)"
    says += (
        f": it blocks the drain of {', '.join(drained)}" if drained else ": an eviction was refused" if refused else ""
    )
    ill = status.current_healthy < status.desired_healthy
    role = Role.CAUSE if (drained or refused) and not ill else Role.SYMPTOM
    weight = 0.85 if role is Role.CAUSE else 0.4 if drained or refused else 0.2
    service = workload_of(pods[0], snapshot)[1] if pods else meta.name
    quotes = [f"{rule}: {asked}", *(told.message for told in refused[:1])]
    found = Found("pdb_blocks_drain", role, says, weight, quotes,
                  mends="Add a replica, or relax the budget while the node is drained")  # fmt: skip
    yield of_object(found, f"PodDisruptionBudget/{meta.namespace}/{meta.name}", service, meta.namespace)


def _is_closed(pod: Pod, snapshot: Snapshot) -> bool:
    node: Node | None = index_of(snapshot).nodes.get(pod.spec.node_name)
    return node is not None and node.spec.unschedulable
