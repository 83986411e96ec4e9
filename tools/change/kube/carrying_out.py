"""Carries out a plan on an object that is there: one patch, conditional and marked, at most one effect at all.

`Refused` from here means the cluster is certain to be as it was. Anything else leaves the outcome open. When an answer
was lost, the object is looked at again: with our mark on it, the write happened; without it nobody can know, because
a request may still be on its way.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.core.canonical import Json
from bot.core.errors import Refused, Unreachable
from bot.core.tool import MARK, Done, Plan
from tools.change.kube.cluster import Cluster, ClusterSettings, Conflict, NotSent
from tools.change.kube.gate import Permit
from tools.change.kube.live import Live, annotations, read_object
from tools.change.kube.patching import exact, marked
from tools.change.kube.preconditions import why_changed

TRIES = 4
LOOKS = 3
LOOK_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Course(Generic[T]):
    """How one kind of object is changed: how it is read, which part of that is the object itself, the first thing that
    is not as it was when it was proposed (in words), and the body the plan means for what was read."""

    read: Callable[[Cluster, str, str], T]
    thing: Callable[[T], Json]
    why_changed: Callable[[Plan, T], str | None]
    body: Callable[[Plan, T], Json]


def carry_out(plan: Plan, execution: str, settings: ClusterSettings, body: Callable[[Plan, Live], Json]) -> Done:
    """Make the plan's one write on a Deployment, or find that it was made."""
    course = Course(read_object, lambda live: live.deployment, why_changed, body)
    return carry_through(plan, execution, settings, course)


def carry_through(plan: Plan, execution: str, settings: ClusterSettings, course: Course[T]) -> Done:
    """Make the plan's one write, or find that it was made."""
    for _ in range(TRIES):
        with Cluster(settings, Permit("PATCH", str(plan.request["path"]))) as cluster:
            live = _read(cluster, plan, course)
            thing = course.thing(live)
            if _carries(thing, plan, execution):
                return _done(plan, thing, execution, already=True)
            sent = marked(_body(plan, live, course), thing, execution)
            try:
                return _done(plan, cluster.patch(str(plan.request["path"]), sent), execution)
            except Conflict:
                continue  # often only its status moved: everything is read and checked again
            except NotSent as error:
                raise Refused(f"{error}; nothing was sent", why="unreachable") from error
            except Unreachable as error:
                return _settled(cluster, plan, execution, error)
    raise Refused("it kept changing while the change was being made; nothing was changed", why="changed")


def carries(plan: Plan, execution: str, settings: ClusterSettings) -> bool:
    """Whether the object, the very one of the plan, carries this execution's mark."""
    with Cluster(settings) as cluster:
        found = cluster.get(str(plan.request["path"]))
    return _carries(found, plan, execution)


def _carries(thing: Json, plan: Plan, execution: str) -> bool:
    return annotations(thing).get(MARK) == execution and thing["metadata"].get("uid") == plan.target.uid


def _read(cluster: Cluster, plan: Plan, course: Course[T]) -> T:
    try:
        return course.read(cluster, plan.target.namespace, plan.target.name)
    except Unreachable as error:
        raise Refused(f"{error}; nothing was sent", why="unreachable") from error


def _body(plan: Plan, live: T, course: Course[T]) -> Json:
    """The exact body, if everything the plan was approved on still holds."""
    if changed := course.why_changed(plan, live):
        raise Refused(f"{plan.target.name} is not as it was when this was proposed: {changed}", why="changed")
    made = course.body(plan, live)
    if exact(made) != plan.request["sha256"]:
        raise Refused("the change would not be the one that was approved", why="changed")
    return made


def _settled(cluster: Cluster, plan: Plan, execution: str, error: Unreachable) -> Done:
    for _ in range(LOOKS):
        time.sleep(LOOK_SECONDS)
        try:
            found = cluster.get(str(plan.request["path"]))
        except (Refused, Unreachable):
            continue
        if annotations(found).get(MARK) == execution:
            return _done(plan, found, execution)
    raise error


def _done(plan: Plan, after: Json, execution: str, already: bool = False) -> Done:
    metadata = after["metadata"]
    says = "it was done before" if already else "done"
    return Done(
        says=f"{plan.title}: {says}",
        facts={
            "object": plan.target.id,
            "uid": metadata["uid"],
            "generation": int(metadata.get("generation") or 0),
            "resource_version": str(metadata.get("resourceVersion", "")),
            "execution": execution,
        },
        already=already,
    )
