"""Reading pods: which of them are in trouble, in which way. Pure.

"Not ready" counts only after a start-up's time: a pod that was made seconds ago is not trouble yet.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.shape import Context, number_of, rows, time_of

STARTING = 45.0  # seconds a new pod may take to become ready
LOOPING = 3  # restarts, with one of them in the incident, that count as a loop
PULLING = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ErrImage*",
)
OVER = frozenset({"Succeeded", "Completed", "Terminating"})

Pod = Mapping[str, Any]


def pods(one: Seen) -> list[Pod]:
    """Pods that are meant to run: those that ended, or are being taken away, are not in trouble."""
    return [pod for pod in rows(one.facts, "pods") if not {str(pod.get("phase")), str(pod.get("reason"))} & OVER]


def is_unready(pod: Pod) -> bool:
    age = number_of(pod.get("age_s"))
    starting = age is not None and age < STARTING and not pod.get("restarts")
    return pod.get("ready") is False and not (starting and not waits_for(pod, "*Err*", "*BackOff", "Invalid*"))


def is_restarted(context: Context, pod: Pod) -> bool:
    """A container of it restarted since the incident's window began."""
    at = time_of(pod.get("restarted_at"))
    return at is not None and at >= context.case.window.start


def is_looping(context: Context, pod: Pod) -> bool:
    restarts = number_of(pod.get("restarts")) or 0
    if waits_for(pod, "CrashLoopBackOff"):
        return True
    return restarts >= LOOPING and is_restarted(context, pod) and pod.get("ready") is False


def is_oom_killed(context: Context, pod: Pod) -> bool:
    last = pod.get("last_state")
    if not isinstance(last, Mapping) or last.get("reason") != "OOMKilled":
        return waits_for(pod, "OOMKilled")
    at = time_of(last.get("at")) or time_of(pod.get("restarted_at"))
    return at is not None and at >= context.case.window.start


def waits_for(pod: Pod, *reasons: str) -> bool:
    """Its own reason matches one of the globs."""
    return any(fnmatchcase(str(pod.get("reason") or ""), reason) for reason in reasons)


def troubled(context: Context, one: Seen) -> list[Pod]:
    return [pod for pod in pods(one) if is_unready(pod) or is_restarted(context, pod)]


def names(found: list[Pod]) -> list[str]:
    return [str(pod.get("name") or "?") for pod in found]
