"""What a drain would end on a node: which pods leave, which stay, and why it must not be drained. Pure but for reading.

A pod leaves where its controller makes another elsewhere. What would only come back here (a DaemonSet's, a static pod)
or has ended stays. Whatever would be lost (no controller, a Job's work) refuses the whole drain, as kubectl does
without --force: a node half drained on purpose helps nobody.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import BlastRadius
from tools.change.kube.blast import budget_room
from tools.change.kube.cluster import Cluster
from tools.change.kube.live import is_ready, selects
from tools.change.kube.marks import marks_of
from tools.change.kube.pods import (
    LivePod,
    Owner,
    is_going,
    is_mirror,
    is_over,
    marks_behind,
    owner_of,
    why_left,
)

MOST_PODS = 50
MOST_NAMED = 6


@dataclass(frozen=True)
class Leaving:
    """``pods`` leave, in the order in which they are evicted; ``stays`` are counts in words; ``siblings`` are all pods
    of the controllers concerned, wherever they run."""

    pods: tuple[LivePod, ...]
    stays: tuple[str, ...]
    siblings: tuple[Json, ...]

    @cached_property
    def ready(self) -> int:
        return sum(is_ready(pod) for pod in self.siblings)

    @property
    def blast(self) -> BlastRadius:
        """A disruption budget never lets more go at once than its room; without one, all of them may be away."""
        away = sum(self._away())
        return BlastRadius(
            pods=len(self.siblings),
            ready=self.ready,
            unavailable_at_most=away,
            share_percent=-(-100 * away // self.ready) if self.ready else 0,
            budget_room=self._room(),
        )

    def _away(self) -> Iterator[int]:
        under: Counter[str] = Counter()
        rooms: dict[str, int] = {}
        for one in self.pods:
            if not is_ready(one.pod):
                continue
            if not one.budgets:
                yield 1
                continue
            uid = str(one.budgets[0]["metadata"]["uid"])
            under[uid] += 1
            rooms[uid] = budget_room(one.budgets) or 0
        yield from (min(here, rooms[uid]) for uid, here in under.items())

    def _room(self) -> int | None:
        """How many of these may be away at once, as far as any disruption budget speaks."""
        if not any(one.budgets for one in self.pods):
            return None
        return sum(self._away())


def read_leaving(cluster: Cluster, name: str) -> Leaving:
    """Raises `Refused`: bare_pod, job_pod, budget, too_many, not_permitted …"""
    on_it = cluster.items("/api/v1/pods", fields=f"spec.nodeName={name}")
    going = [pod for pod in on_it if leaves(pod)]
    if lost := [(pod, why) for pod in going if (why := why_left(pod)) is not None]:
        raise Refused(f"it runs what would be lost: {_named([pod for pod, _ in lost])}: {lost[0][1]}", lost[0][1].why)
    if len(going) > MOST_PODS:
        raise Refused(f"{len(going)} pods would have to leave it; at most {MOST_PODS} are moved", why="too_many")
    going.sort(key=_key)
    places = sorted({_key(pod)[0] for pod in going})
    budgets = {place: cluster.items(f"/apis/policy/v1/namespaces/{place}/poddisruptionbudgets") for place in places}
    pods = tuple(LivePod(pod, _over(budgets[_key(pod)[0]], pod)) for pod in going)
    _check_budgets(pods)
    of = {(_key(one.pod)[0], one.owner) for one in pods}
    there = [pod for place in places for pod in cluster.items(f"/api/v1/namespaces/{place}/pods")]
    siblings = [pod for pod in there if (_key(pod)[0], owner_of(pod)) in of and not is_over(pod) and not is_going(pod)]
    return Leaving(pods, tuple(_stays(on_it)), tuple(siblings))


def leaves(pod: Json) -> bool:
    """Whether a drain has to do with it at all."""
    return not (is_over(pod) or is_going(pod) or _belongs(pod))


def marks_behind_all(cluster: Cluster, pods: Sequence[LivePod]) -> tuple[str, ...]:
    """What the owners of the pods, their ReplicaSets and Deployments marked; each controller is read once."""
    first: dict[tuple[str, Owner], LivePod] = {}
    for one in pods:
        first.setdefault((_key(one.pod)[0], one.owner), one)
    behind = [mark for one in first.values() for mark in marks_behind(cluster, one)]
    return tuple(dict.fromkeys([*(mark for one in pods for mark in marks_of(one.pod)), *behind]))


def cautions(leaving: Leaving) -> Iterator[str]:
    if local := [one.pod for one in leaving.pods if keeps_local_data(one.pod)]:
        yield f"What these keep in an emptyDir volume is lost: {_named(local)}."
    if alone := sorted(_wholly_here(leaving)):
        yield f"All ready pods of {', '.join(alone[:MOST_NAMED])} run here: each is away until another is ready."
    if leaving.stays:
        yield f"Left where it is: {'; '.join(leaving.stays)}."


def keeps_local_data(pod: Json) -> bool:
    return any("emptyDir" in volume for volume in pod["spec"].get("volumes") or [])


def _wholly_here(leaving: Leaving) -> Iterator[str]:
    here = Counter((_key(one.pod)[0], one.owner) for one in leaving.pods if is_ready(one.pod))
    everywhere = Counter((_key(pod)[0], owner_of(pod)) for pod in leaving.siblings if is_ready(pod))
    for (place, owner), count in here.items():
        if count >= everywhere[(place, owner)]:
            yield f"{owner.kind} {owner.name} in {place}"


def _check_budgets(pods: Sequence[LivePod]) -> None:
    for one in pods:
        if len(one.budgets) > 1:
            raise Refused(f"more than one disruption budget selects {_named([one.pod])}", why="budget")
        if one.budgets and is_ready(one.pod) and not budget_room(one.budgets):
            name = one.budgets[0]["metadata"]["name"]
            raise Refused(f"disruption budget {name} lets none go now, and selects {_named([one.pod])}", why="budget")


def _over(budgets: Sequence[Json], pod: Json) -> tuple[Json, ...]:
    labels = pod["metadata"].get("labels") or {}
    return tuple(one for one in budgets if selects((one.get("spec") or {}).get("selector"), labels))


def _belongs(pod: Json) -> bool:
    return is_mirror(pod) or owner_of(pod).kind in {"Node", "DaemonSet"}


def _stays(pods: Sequence[Json]) -> Iterator[str]:
    kinds = {
        "of DaemonSets": [pod for pod in pods if owner_of(pod).kind == "DaemonSet" and not is_over(pod)],
        "static": [pod for pod in pods if (is_mirror(pod) or owner_of(pod).kind == "Node") and not is_over(pod)],
        "ended already": [pod for pod in pods if is_over(pod)],
        "ending already": [pod for pod in pods if is_going(pod) and not is_over(pod) and not _belongs(pod)],
    }
    for words, found in kinds.items():
        if found:
            yield f"{len(found)} {'pod' if len(found) == 1 else 'pods'} {words}"


def _named(pods: Sequence[Json]) -> str:
    names = ["/".join(_key(pod)) for pod in pods]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _key(pod: Json) -> tuple[str, str]:
    return str(pod["metadata"]["namespace"]), str(pod["metadata"]["name"])
