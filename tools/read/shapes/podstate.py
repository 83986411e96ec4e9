"""What state a pod is in, in the words `kubectl get pods` would use, and when it restarted last. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.ledger import stamp
from bot.core.redact import redact
from tools.read.shapes.matching import controller_name, hash_of
from tools.read.shapes.objects import ContainerStatus, Ended, Pod, when
from tools.read.shapes.wording import clip


def pod_facts(pod: Pod, revisions: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """``revisions`` maps template hashes to revisions, as far as they could be read."""
    started = when(pod.status.start_time) or when(pod.metadata.creation_timestamp)
    last = last_ended(pod)
    reason, message = reason_of(pod)
    return {
        "name": pod.metadata.name,
        "phase": pod.status.phase,
        "ready": is_ready(pod),
        "restarts": restarts(pod),
        "reason": clip(reason, 100),
        "message": clip(redact(message), 300),
        "last_state": _ended_facts(last),
        "restarted_at": _stamp(last.finished_at) if last and restarts(pod) else None,
        "node": pod.spec.node_name,
        "template_hash": hash_of(pod.metadata),
        "revision": revisions.get(hash_of(pod.metadata)),
        "started_at": stamp(started) if started else None,
        "age_s": round((now - started).total_seconds(), 3) if started else None,
        "owner": controller_name(pod.metadata),
    }


def is_ready(pod: Pod) -> bool:
    return any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions or [])


def is_done(pod: Pod) -> bool:
    """Finished on purpose (a Job's pod), which is not a fault."""
    return pod.status.phase == "Succeeded"


def restarts(pod: Pod) -> int:
    return sum(one.restart_count for one in statuses_of(pod))


def statuses_of(pod: Pod) -> list[ContainerStatus]:
    """Init containers too: one that crashes again and again keeps its pod from ever starting."""
    return [*(pod.status.init_container_statuses or []), *(pod.status.container_statuses or [])]


def reason_of(pod: Pod) -> tuple[str, str]:
    """Why it is not simply running: the pod's own reason, a waiting or ended container, else what is not ready."""
    if pod.metadata.deletion_timestamp:
        return "Terminating", ""
    if pod.status.reason:
        return pod.status.reason, pod.status.message
    for container in statuses_of(pod):
        state = _not_running(container)
        if state and state.reason not in ("Completed", "PodInitializing"):
            return state.reason, state.message
    if not is_ready(pod) and not is_done(pod):
        for condition in pod.status.conditions or []:
            if condition.status == "False" and (condition.reason or condition.message):
                return condition.reason, condition.message
    return "", ""


def _not_running(container: ContainerStatus) -> Ended | None:
    if container.state is None:
        return None
    return container.state.waiting or container.state.terminated


def last_ended(pod: Pod) -> Ended | None:
    """The latest end of any of its containers."""
    ends = [one.last_state.terminated for one in statuses_of(pod) if one.last_state and one.last_state.terminated]
    return max(ends, key=lambda end: end.finished_at or "", default=None)


def _ended_facts(end: Ended | None) -> dict[str, Any] | None:
    if end is None:
        return None
    return {"reason": clip(end.reason, 100), "exit_code": end.exit_code, "at": _stamp(end.finished_at)}


def _stamp(text: str | None) -> str | None:
    moment = when(text)
    return stamp(moment) if moment else None
