"""What a pod needs before it can start and does not get: ConfigMaps, Secrets, keys, volumes, a sandbox; in the
kubelet's own words; a mount that failed once and worked later is over."""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.objects import Pod, condition, statuses_of
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, is_troubled, matching, named, of_pod, span_of
from tools.read.faults.snapshot import Snapshot

HELD = frozenset({"CreateContainerConfigError", "CreateContainerError"})
MISSING_MENDS = "Create it, or correct the name where it is referred to"
# the first that fits decides
WHY = (
    (r"couldn't find key|non-existent (secret|config ?map) key|references non-existent", "config_key_missing",
     "a key is missing in what it refers to", MISSING_MENDS),
    (r"config ?map[s]? \"?[^\s\"]+\"? not found", "config_missing", "a ConfigMap it refers to does not exist",
     MISSING_MENDS),
    (r"secret[s]? \"?[^\s\"]+\"? not found", "secret_missing", "a Secret it refers to does not exist", MISSING_MENDS),
    (r"persistentvolumeclaim \"?[^\s\"]+\"? not found", "pvc_missing", "its PersistentVolumeClaim does not exist",
     MISSING_MENDS),
    (r"runAsNonRoot|run as root|non-numeric user", "security_context", "its security context forbids its image's user",
     "Run as a user the image knows, or correct runAsNonRoot"),
    (r"Multi-Attach|already (exclusively )?attached|used by node", "volume_attached_elsewhere",
     "its volume is still attached to another node (Multi-Attach)", "Let the old pod go, or use another access mode"),
    (r"permission denied|access denied|operation not permitted", "volume_permission_denied",
     "its volume refuses access (permission denied)", "Correct the volume's rights or the pod's fsGroup"),
    (r"hostPath type check failed|no such file|does not exist", "volume_path_missing",
     "the path of its volume is not there", "Correct the path"),
    (r"mount failed|MountVolume|AttachVolume|timed out waiting|Unable to attach or mount|unmounted volumes",
     "volume_not_mounted", "its volume cannot be attached or mounted", "Look at the volume and its driver"),
)  # fmt: skip
DEFAULT = ("container_config_error", "its configuration is refused", "Correct what the message names")
SANDBOX = (
    (r"failed to assign an IP|no available IP|out of IP|IPAM|no addresses available", "no_pod_address",
     "no address is left for pods", "Free addresses or enlarge the pod network"),
    (r"\bOOM|out of memory|cannot allocate memory", "oom_killed",
     "its sandbox was killed out of memory", "Raise the memory limit"),
    (r"", "sandbox_not_created", "its network sandbox cannot be created", "Look at the node's network plug-in (CNI)"),
)  # fmt: skip


def analyze_configuration(snapshot: Snapshot) -> Iterator[Sign]:
    """Containers that the kubelet will not create."""
    for pod in snapshot.of(Pod):
        for status in statuses_of(pod) if is_troubled(pod, snapshot) else ():
            waiting = status.state.waiting if status.state else None
            if waiting is None or waiting.reason not in HELD:
                continue
            told = matching(index_of(snapshot).of_pod(pod), "Failed")
            message = waiting.message or next((one.message for one in told), "")
            if waiting.reason == "CreateContainerError" and _why(message) is DEFAULT:
                continue  # how it was to be started is read in `endings`
            kind, why, mends = _why(message)
            says = f"{waiting.reason}: container {status.name} of {named(pod)} cannot be created: {why}"
            says += f" (“{clip(message, 230)}”)" if message else ""
            yield of_pod(
                Found(kind, Role.CAUSE, says, 0.92, [message], *span_of(told), mends=mends, same=f"{kind} {message}"),
                pod, snapshot,
            )  # fmt: skip


def analyze_mounts(snapshot: Snapshot) -> Iterator[Sign]:
    """Volumes and sandboxes of pods that do not get beyond their creation."""
    for pod in snapshot.of(Pod):
        if not is_troubled(pod, snapshot) or _began(pod):
            continue
        told = index_of(snapshot).of_pod(pod)
        mounts = matching(told, "FailedMount", "FailedAttachVolume", "FailedMapVolume")
        if mounts:
            yield _of_mounts(mounts, pod, snapshot)
        if boxes := matching(told, "FailedCreatePodSandBox", "FailedPodSandBoxStatus", "NetworkNotReady"):
            message = boxes[0].message
            kind, why, mends = next((k, w, m) for rule, k, w, m in SANDBOX if re.search(rule, message))
            says = f"{boxes[0].reason}: {named(pod)} cannot start: {why} (“{clip(message, 230)}”)"
            yield of_pod(Found(kind, Role.CAUSE, says, 0.85, [message], *span_of(boxes), mends=mends), pod, snapshot)


def _of_mounts(mounts: list[Told], pod: Pod, snapshot: Snapshot) -> Sign:
    """Of several messages the one that says what is missing, not the one that only gave up waiting."""
    best = min(mounts, key=lambda one: (_rank(one.message), -one.order.timestamp()))
    kind, why, mends = _why(best.message)
    says = f"{best.reason}: {named(pod)} waits for its volumes: {why} (“{clip(best.message, 230)}”)"
    return of_pod(
        Found(kind, Role.CAUSE, says, 0.9, [best.message], *span_of(mounts), mends=mends, same=f"{kind} {why}"),
        pod, snapshot,
    )  # fmt: skip


def _rank(message: str) -> int:
    """The place of the rule that fits; the vague ones stand last."""
    return next((number for number, (rule, *_) in enumerate(WHY) if re.search(rule, message, re.I)), len(WHY))


def _why(message: str) -> tuple[str, str, str]:
    found = ((kind, why, mends) for rule, kind, why, mends in WHY if re.search(rule, message, re.I))
    return next(found, DEFAULT)


def _began(pod: Pod) -> bool:
    """Whether its containers were ever created: what it waited for before that came."""
    ready = condition(pod.status.conditions, "Ready")
    states = [one.state for one in statuses_of(pod) if one.state]
    return bool(ready and ready.status == "True") or any(state.running or state.terminated for state in states)
