"""Makes an eviction: tried by the server first, then once, of the very pod that was approved.

`Refused` means that the pod is certain to be as it was. A pod that is gone or ending is done with, by whomever: a pod
that is no more carries no mark, and the words say no more than that.
"""

import copy
import time

from bot.core.canonical import Json
from bot.core.errors import Refused, Unreachable
from bot.core.tool import MARK, Done, Plan
from tools.change.kube.cluster import JSON, Cluster, ClusterSettings, NotSent
from tools.change.kube.gate import Permit
from tools.change.kube.patching import exact
from tools.change.kube.pods import eviction, eviction_path, is_going, pod_path, why_left

LOOKS = 3
LOOK_SECONDS = 1.0
GONE = "is gone or ending already; whether this execution ended it or somebody else cannot be told"


def tried(cluster: Cluster, namespace: str, name: str, uid: str) -> None:
    """Have the server say whether it would; raises `Refused`, with `budget` where a disruption budget says no."""
    cluster.dry_run_create(eviction_path(namespace, name), eviction(namespace, name, uid))


def pinned(namespace: str, name: str, uid: str) -> Json:
    """The plan's ``request``: the whole call, but for the execution's mark."""
    body = eviction(namespace, name, uid)
    return {
        "verb": "POST",
        "path": eviction_path(namespace, name),
        "content_type": JSON,
        "body": body,
        "sha256": exact(body),
    }


def marked(body: Json, execution: str) -> Json:
    """With the execution's id: the server's audit log then tells whose eviction it was."""
    sent = copy.deepcopy(body)
    sent["metadata"]["annotations"] = {MARK: execution}
    return sent


def is_gone(cluster: Cluster, namespace: str, name: str, uid: str) -> bool:
    """Whether the pod of this uid is no more, or is ending."""
    try:
        pod = cluster.get(pod_path(namespace, name))
    except Refused as refusal:
        if refusal.why == "not_found":
            return True
        raise
    return pod["metadata"].get("uid") != uid or is_going(pod)


def evict(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    """The plan's one eviction, or that there is nothing left to evict."""
    namespace, name, uid = plan.target.namespace, plan.target.name, plan.target.uid
    body = eviction(namespace, name, uid)
    path = str(plan.request["path"])
    if exact(body) != plan.request["sha256"] or path != eviction_path(namespace, name):
        raise Refused("the change would not be the one that was approved", why="changed")
    if any(one.what != "uid" or one.expected != uid for one in plan.preconditions):
        raise Refused(f"{name} is not as it was when this was proposed: it was made again", why="changed")
    with Cluster(settings, Permit("POST", path)) as cluster:
        if _gone_before(cluster, plan):
            return _done(plan, execution, GONE, True)
        try:
            cluster.create(path, marked(body, execution))
        except NotSent as error:
            raise Refused(f"{error}; nothing was sent", why="unreachable") from error
        except Unreachable as error:
            return _settled(cluster, plan, execution, error)
        except Refused as refusal:
            if refusal.why in {"changed", "not_found"} and is_gone(cluster, namespace, name, uid):
                return _done(plan, execution, GONE, True)
            raise
        return _done(plan, execution, "evicted: it is ending now")


def _gone_before(cluster: Cluster, plan: Plan) -> bool:
    namespace, name = plan.target.namespace, plan.target.name
    try:
        if is_gone(cluster, namespace, name, plan.target.uid):
            return True
        if (why := why_left(cluster.get(pod_path(namespace, name)))) is not None:
            raise why  # its controller let go of it meanwhile
    except Unreachable as error:
        raise Refused(f"{error}; nothing was sent", why="unreachable") from error
    return False


def _settled(cluster: Cluster, plan: Plan, execution: str, error: Unreachable) -> Done:
    """After a lost answer: gone means done, still there leaves it open, for the call may still be on its way."""
    for _ in range(LOOKS):
        time.sleep(LOOK_SECONDS)
        try:
            if is_gone(cluster, plan.target.namespace, plan.target.name, plan.target.uid):
                return _done(plan, execution, "is gone or ending; the answer to the eviction was lost")
        except (Refused, Unreachable):
            continue
    raise error


def _done(plan: Plan, execution: str, says: str, already: bool = False) -> Done:
    return Done(
        says=f"Pod {plan.target.name} in {plan.target.namespace} {says}",
        facts={"object": plan.target.id, "uid": plan.target.uid, "execution": execution},
        already=already,
    )
