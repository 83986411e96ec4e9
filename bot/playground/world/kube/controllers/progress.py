"""What a Deployment's status says: counts and the conditions Available and Progressing with the real reasons. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.world.kube.controllers.conditions import Condition, condition, find, with_condition
from bot.playground.world.kube.controllers.revisions import Sets
from bot.playground.world.kube.controllers.rolling import bounds_of
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import seconds, stamp

COMPLETE = "NewReplicaSetAvailable"
_TIMED_OUT = "ProgressDeadlineExceeded"
_PAUSED = "DeploymentPaused"
Status = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A status, and when it must be looked at again because a deadline may have passed."""

    status: dict[str, Any]
    again_at: float | None = None


def status_of(deployment: Object, sets: Sets, now: float) -> Told:
    """Return a Deployment's status now, its conditions kept and moved on from the status it has."""
    before = deployment.get("status") or {}
    counts = _counts(deployment, sets)
    conditions = _with_available(before.get("conditions"), deployment, counts, now)
    if deployment["spec"].get("paused") or find(conditions, "Progressing").get("reason") == _PAUSED:
        conditions = _with_pause(conditions, bool(deployment["spec"].get("paused")), now)
    elif not _stays_complete(counts, conditions):
        conditions = _with_progress(conditions, deployment, sets, counts, now)
    shown = {name: count for name, count in counts.items() if count or name == "terminatingReplicas"}
    status: dict[str, Any] = {**shown, "conditions": conditions}
    if "collisionCount" in before:
        status["collisionCount"] = before["collisionCount"]
    return Told(status, _deadline(deployment, conditions))


def is_complete(deployment: Object, status: Status) -> bool:
    wanted = deployment["spec"].get("replicas", 1)
    numbers = ("updatedReplicas", "replicas", "availableReplicas")
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1)
    return seen and all(status.get(name, 0) == wanted for name in numbers)


def _counts(deployment: Object, sets: Sets) -> dict[str, int]:
    available = _sum(sets, "availableReplicas")
    asked = sum(one["spec"].get("replicas", 0) for one in sets.every)
    return {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": _sum(sets, "replicas"),
        "updatedReplicas": sets.new["status"].get("replicas", 0) if sets.new else 0,
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, asked - available),
        "terminatingReplicas": _sum(sets, "terminatingReplicas"),
    }


def _sum(sets: Sets, name: str) -> int:
    return sum(one["status"].get(name, 0) for one in sets.every)


def _with_available(conditions: Any, deployment: Object, counts: Status, now: float) -> list[Condition]:
    if counts["availableReplicas"] >= bounds_of(deployment["spec"]).least:
        words = "Deployment has minimum availability."
        new = condition("Available", True, "MinimumReplicasAvailable", words)
    else:
        words = "Deployment does not have minimum availability."
        new = condition("Available", False, "MinimumReplicasUnavailable", words)
    return with_condition(conditions, new, stamp(now), "lastUpdateTime")


def _with_pause(conditions: list[Condition], paused: bool, now: float) -> list[Condition]:
    new = condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")
    if paused:
        new = condition("Progressing", "Unknown", _PAUSED, "Deployment is paused")
    if find(conditions, "Progressing").get("reason") == _TIMED_OUT:
        return conditions
    return with_condition(conditions, new, stamp(now), "lastUpdateTime")


def _stays_complete(counts: Status, conditions: list[Condition]) -> bool:
    return counts["replicas"] == counts["updatedReplicas"] and (
        find(conditions, "Progressing").get("reason") == COMPLETE
    )


def _with_progress(
    conditions: list[Condition], deployment: Object, sets: Sets, counts: Status, now: float
) -> list[Condition]:
    name = sets.new["metadata"]["name"] if sets.new else deployment["metadata"]["name"]
    shown = f'ReplicaSet "{name}"'
    if is_complete(deployment, counts):
        new = condition("Progressing", True, COMPLETE, f"{shown} has successfully progressed.")
    elif _moved(counts, deployment.get("status") or {}):
        new = condition("Progressing", True, "ReplicaSetUpdated", f"{shown} is progressing.")
        return _renewed(conditions, new, now)
    elif _late(deployment, conditions, now):
        new = condition("Progressing", False, _TIMED_OUT, f"{shown} has timed out progressing.")
    else:
        return conditions
    return with_condition(conditions, new, stamp(now), "lastUpdateTime")


def _renewed(conditions: list[Condition], new: Condition, now: float) -> list[Condition]:
    """Every step of progress renews the update time, which the deadline is counted from."""
    old = find(conditions, "Progressing")
    rest = [one for one in conditions if one["type"] != "Progressing"]
    since = old["lastTransitionTime"] if old.get("status") == new["status"] else stamp(now)
    return [*rest, {**new, "lastUpdateTime": stamp(now), "lastTransitionTime": since}]


def _moved(counts: Status, before: Status) -> bool:
    now_old = counts["replicas"] - counts["updatedReplicas"]
    was_old = before.get("replicas", 0) - before.get("updatedReplicas", 0)
    grew = any(counts[name] > before.get(name, 0) for name in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    return grew or now_old < was_old


def _late(deployment: Object, conditions: list[Condition], now: float) -> bool:
    due = _deadline(deployment, conditions)
    return find(conditions, "Progressing").get("reason") == _TIMED_OUT or (due is not None and due <= now)


def _deadline(deployment: Object, conditions: list[Condition]) -> float | None:
    """Return when a rollout without progress counts as failed; None when there is nothing to wait for."""
    progressing = find(conditions, "Progressing")
    wait = deployment["spec"].get("progressDeadlineSeconds")
    settled = progressing.get("reason") in (None, COMPLETE, _TIMED_OUT, _PAUSED)
    if wait is None or settled or "lastUpdateTime" not in progressing:
        return None
    return seconds(progressing["lastUpdateTime"]) + float(wait)
