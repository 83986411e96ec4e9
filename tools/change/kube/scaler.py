"""A HorizontalPodAutoscaler with the Deployment it scales, as they are now; what other bounds would do. Pure but for
reading."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import Arranges, BlastRadius, Plan, Precondition, Starts
from tools.change.kube.blast import budget_room
from tools.change.kube.cluster import Cluster
from tools.change.kube.live import Live, read_live
from tools.change.kube.patching import exact

WORDS = {"uid": "it was deleted and made again", "spec": "its spec was changed"}


@dataclass(frozen=True)
class Bounds:
    least: int
    most: int

    def __str__(self) -> str:
        return f"{self.least} to {self.most}"


def scaler_path(namespace: str, name: str) -> str:
    return f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}"


def read_scaler(cluster: Cluster, namespace: str, name: str) -> Json:
    """The autoscaler alone: what the preconditions and the write itself need."""
    return cluster.get(scaler_path(namespace, name))


def read_scaled(cluster: Cluster, scaler: Json) -> Live:
    """The Deployment it scales. Raises `Refused` where it scales something else: its pods could not be counted."""
    target = scaler["spec"].get("scaleTargetRef") or {}
    if target.get("kind") != "Deployment":
        raise Refused(
            f"it scales a {str(target.get('kind'))[:60]}, and only autoscalers of Deployments are changed here",
            why="not_a_deployment",
        )
    return read_live(cluster, str(scaler["metadata"]["namespace"]), str(target.get("name")))


def bounds_of(scaler: Json) -> Bounds:
    least = scaler["spec"].get("minReplicas")
    return Bounds(1 if least is None else int(least), int(scaler["spec"]["maxReplicas"]))


def bounds_body(former: Bounds, wanted: Bounds) -> Json:
    """Only what differs."""
    spec: Json = {}
    if wanted.least != former.least:
        spec["minReplicas"] = wanted.least
    if wanted.most != former.most:
        spec["maxReplicas"] = wanted.most
    return {"spec": spec}


def blast(live: Live, former: Bounds, wanted: Bounds) -> BlastRadius | Starts | Arranges:
    """The most that may come of it: how far it really goes is for the autoscaler's metrics to decide."""
    current = live.desired
    if lowest := _lowest(current, former, wanted):
        taken = max(0, live.ready - lowest)
        return BlastRadius(
            pods=len(live.pods),
            ready=live.ready,
            unavailable_at_most=taken,
            share_percent=ceil(100 * taken / live.ready) if live.ready else 0,
            budget_room=budget_room(live.budgets),
        )
    if started := _started(current, former, wanted):
        return Starts(pods=started, running=len(live.pods))
    off = "" if current else "; it is scaled to zero now, and then no autoscaler does anything"
    return Arranges(running=len(live.pods), later=(f"the autoscaler keeps {wanted} pods{off}",))


def _lowest(current: int, former: Bounds, wanted: Bounds) -> int | None:
    """How few pods it may come to, where that is fewer than now and was not so before."""
    fewer = [wanted.most] if wanted.most < current else []
    if wanted.least < former.least and wanted.least < current:
        fewer.append(wanted.least)
    return min(fewer, default=None)


def _started(current: int, former: Bounds, wanted: Bounds) -> int:
    """How many pods it may start at once: up to its new least, or beyond a most that holds it back now."""
    if current == 0:
        return 0
    if current >= former.most and wanted.most > current:
        return wanted.most - current
    return max(0, wanted.least - current)


def captured(scaler: Json) -> tuple[Precondition, ...]:
    """An autoscaler does not count its generations, so its whole spec is pinned."""
    return tuple(Precondition(what=what, expected=seen) for what, seen in _facts(scaler).items())


def why_changed(plan: Plan, scaler: Json) -> str | None:
    """The first precondition that no longer holds, in words, or None; a name nobody knows never holds."""
    seen = _facts(scaler)
    for condition in plan.preconditions:
        if seen.get(condition.what) != condition.expected:
            return WORDS.get(condition.what, "it changed")
    return None


def _facts(scaler: Json) -> dict[str, str]:
    return {"uid": str(scaler["metadata"]["uid"]), "spec": exact({"spec": scaler["spec"]})}


def not_scaling(scaler: Json) -> Iterator[str]:
    """What keeps it from scaling at all, by its own word."""
    for one in (scaler.get("status") or {}).get("conditions") or []:
        if one.get("type") in {"AbleToScale", "ScalingActive"} and one.get("status") == "False":
            yield f"It does not scale now ({str(one.get('reason') or one['type'])[:60]}), whatever its bounds are."
