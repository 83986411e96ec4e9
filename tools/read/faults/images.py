"""Images that cannot be pulled or run: which one, and why, in the registry's or the runtime's own words."""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.objects import ContainerStatus, Pod, containers_of, each, statuses_of
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, is_troubled, matching, named, of_pod, span_of
from tools.read.faults.snapshot import Snapshot

HELD = frozenset(
    {
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
        "RegistryUnavailable", "SignatureValidationFailed",
    }
)  # fmt: skip
# the first that fits decides: what the words mean, what would mend it
WHY = (
    (r"toomanyrequests|\b429\b|rate limit", "image_rate_limited", "the registry limits how often it may be pulled",
     "Pull with credentials or through a mirror, or wait until the limit is over"),
    (r"no such host|server misbehaving|temporary failure in name resolution|lookup [^ ]+ on ", "image_registry_dns",
     "the registry's name does not resolve", "Correct the registry's host in the image, or mend DNS on the node"),
    (r"no match(ing)? (for platform|manifest)|no matching manifest", "image_wrong_arch",
     "there is no image for this node's architecture", "Build it for this architecture or choose other nodes"),
    (r"no space left on device", "node_disk_full", "the node's disk is full", "Free or enlarge the node's disk"),
    (r"\b401\b|unauthorized|authentication required|no basic auth|pull access denied|authorization failed|\b403\b|"
     r"denied: |insufficient_scope", "image_pull_secret_missing",
     "the registry refuses: it needs other credentials, or there is no such repository",
     "Give the pod an imagePullSecret that may read this repository, and check the image's name"),
    (r"not found|manifest unknown|does not exist|no such image|not present with pull policy of never",
     "image_not_found", "there is no such image or tag", "Correct the image's name or tag, or push it; else roll back"),
    (r"x509|tls|certificate", "image_registry_tls", "the registry's certificate is not trusted",
     "Mend the registry's certificate or the node's trust in it"),
    (r"i/o timeout|connection refused|deadline exceeded|timed? ?out|connection reset|network is unreachable",
     "image_registry_unreachable", "the registry cannot be reached", "Mend the way from the node to the registry"),
)  # fmt: skip
PREVENTS = "Check in the pipeline that an image can be pulled before it is rolled out"


def analyze_images(snapshot: Snapshot) -> Iterator[Sign]:
    for pod in snapshot.of(Pod):
        if is_troubled(pod, snapshot):
            for status in statuses_of(pod):
                waiting = status.state.waiting if status.state else None
                if waiting is not None and waiting.reason in HELD:
                    yield _held(pod, status, waiting.reason, waiting.message, snapshot)


def _held(pod: Pod, status: ContainerStatus, reason: str, message: str, snapshot: Snapshot) -> Sign:
    told = matching(index_of(snapshot).of_pod(pod), "Failed", "FailedToPull", "InspectFailed", "ErrImageNeverPull")
    pulls = [one for one in told if "pull" in one.message.lower() or "image" in one.message.lower()]
    words = [message, *(one.message for one in pulls)]
    image = _image_of(pod, status)
    kind, why, mends = _why(reason, " ".join(words))
    best = max(words, key=lambda text: (_why(reason, text) != DEFAULT, "back-off" not in text.lower(), len(text)))
    began, last = span_of(pulls)
    secrets = (
        "" if list(each(pod.spec.image_pull_secrets)) or not pod.spec.containers else "; it has no imagePullSecrets"
    )
    more = secrets if kind == "image_pull_secret_missing" else ""
    of_container = f" for container {status.name}" if status.name else ""
    says = f"{reason}: {named(pod)} cannot pull {f'image {image}' if image else 'its image'}{of_container}: {why}{more}"
    says += f" (“{clip(best, 220)}”)" if best else ""
    return of_pod(
        Found(kind, Role.CAUSE, says, 0.92, [best, f"{reason} {image}"], began, last, mends=mends, prevents=PREVENTS,
              same=f"{status.name} {image}"),
        pod,
        snapshot,
    )  # fmt: skip


DEFAULT = ("image_pull_failed", "the pull fails", "Read the registry's answer; correct the image or roll back")


def _why(reason: str, words: str) -> tuple[str, str, str]:
    if reason == "InvalidImageName":
        return "image_not_found", "the image's name is no valid reference", "Correct the image's name"
    if reason == "SignatureValidationFailed":
        return "image_signature", "its signature was not accepted", "Sign the image, or mend the policy"
    if reason == "ErrImageNeverPull":
        return "image_not_found", "it is not on the node and its pull policy is Never", "Load the image, or let it pull"
    found = next(((kind, why, mends) for rule, kind, why, mends in WHY if re.search(rule, words, re.I)), None)
    return found or DEFAULT


def _image_of(pod: Pod, status: ContainerStatus) -> str:
    mine = next((one.image for one in containers_of(pod) if one.name == status.name), "")
    return mine or status.image
