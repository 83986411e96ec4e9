"""The one write of each change: what the plan pins of it, and how it is marked when it is sent. Pure.

A plan never carries a pod template (it may hold secrets, and the payload store would take them out): it names where
the template comes from and pins the whole body by SHA-256. Sending adds three things: the object's uid and
resourceVersion, so that the server itself refuses when somebody was faster, and the execution's id as an annotation,
so that a second run sees that the effect is there.
"""

import copy

from bot.core.canonical import Json, digest
from bot.core.errors import Refused
from bot.core.tool import MARK
from tools.change.kube.cluster import PATCH
from tools.change.kube.live import Live, Revision, deployment_path
from tools.change.kube.templates import template_digest

CAUSE = "kubernetes.io/change-cause"
RESTARTED = "kubectl.kubernetes.io/restartedAt"


def roll_back_body(live: Live, target: Revision) -> Json:
    """Replaces the whole template: merging would keep what the bad revision added."""
    body: Json = {"spec": {"template": {"$patch": "replace", **copy.deepcopy(target.template)}}}
    cause = (live.deployment["metadata"].get("annotations") or {}).get(CAUSE)
    if cause != target.cause:  # or the history would tell the old template by the new one's cause, as kubectl knows
        body["metadata"] = {"annotations": {CAUSE: target.cause}}
    return body


def restart_body(at: str) -> Json:
    """What `kubectl rollout restart` writes; ``at`` is the plan's own time, so that every try is the same restart."""
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED: at}}}}}


def scale_body(replicas: int) -> Json:
    return {"spec": {"replicas": replicas}}


def pinned(namespace: str, name: str, body: Json, shown: Json) -> Json:
    """What `pinned_at` gives, of a Deployment."""
    return pinned_at(deployment_path(namespace, name), body, shown)


def pinned_at(path: str, body: Json, shown: Json) -> Json:
    """The plan's ``request``: the call, with ``shown`` in the body's place and the exact body's digest."""
    return {
        "verb": "PATCH",
        "path": path,
        "content_type": PATCH,
        "body": shown,
        "sha256": exact(body),
    }


def shown_roll_back(body: Json, target: Revision) -> Json:
    """The body with the template named instead of written out."""
    source = {
        "from": f"ReplicaSet/{target.name}",
        "uid": target.uid,
        "revision": target.number,
        "sha256": template_digest(target.template),
    }
    return {**{key: value for key, value in body.items() if key != "spec"}, "spec": {"template": source}}


def exact(body: Json) -> str:
    """SHA-256 of the exact body."""
    try:
        return digest(body)
    except ValueError as error:
        raise Refused(f"the change cannot be put on record exactly: {error}", why="rejected") from error


def conditional(body: Json, thing: Json) -> Json:
    """The body, refused by the server unless ``thing`` is still the very one that was read."""
    sent = copy.deepcopy(body)
    metadata = sent.setdefault("metadata", {})
    metadata["uid"] = thing["metadata"]["uid"]
    metadata["resourceVersion"] = thing["metadata"]["resourceVersion"]
    return sent


def marked(body: Json, thing: Json, execution: str) -> Json:
    """What is really sent."""
    sent = conditional(body, thing)
    sent["metadata"].setdefault("annotations", {})[MARK] = execution
    return sent
