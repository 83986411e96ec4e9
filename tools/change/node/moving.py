"""Carries out a drain: closes the node, then evicts the approved pods one after the other, each waited for.

Before every step it asks whether it may go on. It ends in one of four ways: `Done`; `Refused`, with nothing changed;
`Stopped`, with a part done that is named; or `Unreachable`, where an answer was lost and nobody can tell.
Each call names the pod's uid, so a second run never ends what came in a pod's place.
"""

import time
from dataclasses import dataclass, field

from bot.core.canonical import Json
from bot.core.errors import Refused, Stopped, Unreachable
from bot.core.stepping import GoOn, stopped
from bot.core.tool import Done, Plan
from tools.change.kube.carrying_out import Course, carries, carry_through
from tools.change.kube.cluster import Cluster, NotSent
from tools.change.kube.evicting import is_gone, marked
from tools.change.kube.gate import Permit
from tools.change.kube.pods import eviction, eviction_path, is_going, pod_path, why_left
from tools.change.node.closing import body_of
from tools.change.node.leaving import leaves
from tools.change.node.live import read_object, why_changed
from tools.change.node.settings import NodeSettings

LOOK_SECONDS = 1.0
LOOKS = 3
BUDGET_SECONDS = 120.0  # how long one pod waits for its disruption budget to have room again
GONE_SECONDS = 120.0  # how long one pod may take to end: its grace period
ALL_SECONDS = 480.0  # the whole drain: a job of the act worker has no more time than a few minutes above that
LATER = frozenset({"budget", "busy"})
MOST_NAMED = 6


@dataclass
class Going:
    """One run: what is behind it, for whoever reads how it ended."""

    plan: Plan
    execution: str
    settings: NodeSettings
    go_on: GoOn
    until: float
    done: list[str] = field(default_factory=list)
    before: int = 0  # of those, gone before this run asked

    @property
    def pods(self) -> list[Json]:
        return list(self.plan.request["evicts"])


def drain(plan: Plan, execution: str, settings: NodeSettings, go_on: GoOn) -> Done:
    """Raises `Refused`, `Stopped` or `Unreachable`."""
    run = Going(plan, execution, settings, go_on, time.monotonic() + ALL_SECONDS)
    begun = carries(plan, execution, settings)  # unreachable: an earlier run may have begun it, so nobody can tell
    try:
        go_on()
        closed = _close(run, begun)
    except Refused as refusal:
        if not begun:
            raise
        says = f"{plan.target.name} was closed by an earlier run of this, which may have evicted pods"
        raise Stopped(f"{says}. It was not gone on with: {refusal}", stopped(refusal.why)) from refusal
    for pod in run.pods:
        try:
            _move(run, pod)
        except Refused as refusal:
            raise Stopped(f"{_so_far(run)}. Then it stopped: {refusal}", stopped(refusal.why)) from refusal
        run.done.append(_name(pod))
    return Done(
        says=f"{plan.title}: {_so_far(run)}{_others(run)}",
        facts={"object": plan.target.id, "uid": plan.target.uid, "execution": execution, "pods": len(run.done)},
        already=closed.already and run.before == len(run.done),
    )


def _close(run: Going, begun: bool) -> Done:
    """First of all, so that nothing that leaves comes back; a node that carries our mark is closed by us already."""
    if not begun:
        _check_pods(run)
    course: Course[Json] = Course(read_object, lambda node: node, why_changed, lambda _, __: body_of(True))
    return carry_through(run.plan, run.execution, run.settings, course)


def _check_pods(run: Going) -> None:
    """The pods that would have to leave are those that were approved, no more and no fewer. Raises `Refused`."""
    approved = {(str(pod["namespace"]), str(pod["name"]), str(pod["uid"])) for pod in run.pods}
    with Cluster(run.settings) as cluster:
        if _on_it(cluster, run.plan) != approved:
            raise Refused(
                f"{run.plan.target.name} is not as it was when this was proposed: other pods run on it", why="changed"
            )


def _on_it(cluster: Cluster, plan: Plan) -> set[tuple[str, str, str]]:
    try:
        found = cluster.items("/api/v1/pods", fields=f"spec.nodeName={plan.target.name}")
    except Unreachable as error:
        raise Refused(f"{error}; nothing was sent", why="unreachable") from error
    metadata = [pod["metadata"] for pod in found if leaves(pod)]
    return {(str(one["namespace"]), str(one["name"]), str(one["uid"])) for one in metadata}


def _move(run: Going, pod: Json) -> None:
    """Until it is gone. Raises `Refused` where the next step may not or cannot be made."""
    patience = time.monotonic() + BUDGET_SECONDS
    while True:
        _may(run)
        try:
            if _evicted(run, pod):
                break
            run.before += 1
            return
        except Refused as refusal:
            if refusal.why not in LATER or time.monotonic() >= patience:
                raise
        time.sleep(LOOK_SECONDS)
    _wait(run, pod)


def _may(run: Going) -> None:
    run.go_on()
    if time.monotonic() >= run.until:
        raise Refused(f"it was not through after {ALL_SECONDS / 60:.0f} min", why="slow")


def _evicted(run: Going, pod: Json) -> bool:
    """Ask for the eviction of this very pod, unless it is ending; False where it was gone before.

    `Unreachable`: nobody can tell.
    """
    namespace, name, uid = str(pod["namespace"]), str(pod["name"]), str(pod["uid"])
    path = eviction_path(namespace, name)
    with Cluster(run.settings, Permit("POST", path)) as cluster:
        try:
            found = _there(cluster, namespace, name, uid)
            if found is None:
                return False
            if is_going(found):
                run.before += 1
                return True
            cluster.create(path, marked(eviction(namespace, name, uid), run.execution))
        except NotSent as error:
            raise Refused(f"{error}; {_name(pod)} was not sent for", why="unreachable") from error
        except Unreachable as error:
            _settle(cluster, pod, error)
        except Refused as refusal:
            if refusal.why not in {"changed", "not_found"} or not is_gone(cluster, namespace, name, uid):
                raise
    return True


def _there(cluster: Cluster, namespace: str, name: str, uid: str) -> Json | None:
    """This very pod, or None where it is no more. Raises `Refused` where its controller let go of it meanwhile."""
    try:
        found = cluster.get(pod_path(namespace, name))
    except Unreachable as error:
        raise Refused(f"{error}; {namespace}/{name} was not sent for", why="unreachable") from error
    except Refused as refusal:
        if refusal.why == "not_found":
            return None
        raise
    if found["metadata"].get("uid") != uid:
        return None
    if not is_going(found) and (why := why_left(found)) is not None:
        raise why
    return found


def _settle(cluster: Cluster, pod: Json, error: Unreachable) -> None:
    """After a lost answer: gone or ending is as good as answered; still there leaves it open. Raises ``error``."""
    for _ in range(LOOKS):
        time.sleep(LOOK_SECONDS)
        try:
            if is_gone(cluster, str(pod["namespace"]), str(pod["name"]), str(pod["uid"])):
                return
        except (Refused, Unreachable):
            continue
    raise error


def _wait(run: Going, pod: Json) -> None:
    """Until the pod is really no more: it was asked for, so nothing is interrupted here, whatever is frozen."""
    patience = min(time.monotonic() + GONE_SECONDS, run.until + GONE_SECONDS)
    said = "is still ending"
    with Cluster(run.settings) as cluster:
        while time.monotonic() < patience:
            try:
                if _there(cluster, str(pod["namespace"]), str(pod["name"]), str(pod["uid"])) is None:
                    return
                said = "is still ending"
            except Refused as refusal:
                said = f"cannot be looked at ({refusal})"
            time.sleep(LOOK_SECONDS)
    raise Refused(f"{_name(pod)} was evicted and {said} after {GONE_SECONDS:.0f} s", why="slow")


def _so_far(run: Going) -> str:
    name, gone, left = run.plan.target.name, len(run.done), [_name(pod) for pod in run.pods[len(run.done) :]]
    whose = f" ({run.before} of them not by this run)" if run.before else ""
    says = f"{name} is closed for new pods, and {gone} of {len(run.pods)} pods are gone from it{whose}"
    if not left:
        return says
    more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
    return f"{says}; left: {', '.join(left[:MOST_NAMED])}{more}"


def _others(run: Going) -> str:
    """Pods that came before the node was closed, which nobody approved to end."""
    approved = {str(pod["uid"]) for pod in run.pods}
    try:
        with Cluster(run.settings) as cluster:
            came = sorted(f"{space}/{name}" for space, name, uid in _on_it(cluster, run.plan) if uid not in approved)
    except Refused:
        return "; what else runs on it could not be read"
    return f"; came meanwhile and was left: {', '.join(came[:MOST_NAMED])}" if came else ""


def _name(pod: Json) -> str:
    return f"{pod['namespace']}/{pod['name']}"
