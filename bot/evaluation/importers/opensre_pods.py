"""Whose the pods of an `opensre` case are, and what its events and logs tell of them that their rows do not."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.core.service_map import Edge
from bot.evaluation.importers.loose import Row, rows, text, truth
from bot.evaluation.importers.opensre_objects import image_in, pod, told_last

_ENDED = re.compile(
    r"^\[.{0,60}?\b(?:exit(?:ed)?|terminated|killed)\b.{0,30}?\bcode[ =:]*(\d{1,3})\b.*\]\s*$", re.M | re.I
)
_KILLED = re.compile(r"^\[.{0,80}OOM-?killed.*\]\s*$", re.M | re.I)


class Pods:
    """``deployments`` are the names that pods may be named after."""

    def __init__(self, found: Sequence[Row], deployments: Sequence[str]) -> None:
        self.rows = found
        self._deployments = [one for one in deployments if one]
        self._sets = {text(one.get("name")): self._set_of(text(one.get("name"))) for one in found}

    def objects(self, events: Sequence[Row], logs: Sequence[Row]) -> Iterator[Row]:
        ended = {text(one.get("pod_name")): end for one in logs if (end := _end_in(one))}
        for one in self.rows:
            name = text(one.get("name"))
            told = _with_image(one, events)
            yield pod(_with_end(told, ended[name]) if name in ended else told, self._sets[name])

    def replica_sets(self) -> Iterator[Row]:
        """The ReplicaSets that the pods tell of; the one whose pods are youngest is the newest revision."""
        by_set: dict[str, list[Row]] = {}
        for one in self.rows:
            if name := self._sets[text(one.get("name"))]:
                by_set.setdefault(name, []).append(one)
        for revision, name in enumerate(sorted(by_set, key=lambda each: (_born(by_set[each]), each)), start=1):
            yield self._replica_set(name, by_set[name], revision)

    def edges(self) -> tuple[Edge, ...]:
        """A workload stands on the nodes that its pods are on."""
        found: dict[tuple[str, str], Edge] = {}
        for one in self.rows:
            workload, node = self._deployment_of(self._sets[text(one.get("name"))]), text(one.get("node_name"))
            if workload and node:
                found[(workload, node)] = Edge(workload, node, "pods")
        return tuple(found.values())

    def container_of(self, name: str) -> str:
        """The first container of a pod; "" of one that is not known."""
        mine = (rows(one, "containers") for one in self.rows if text(one.get("name")) == name)
        return next((text(each[0].get("name")) for each in mine if each), "")

    def _set_of(self, name: str) -> str:
        """A Deployment's pod is named after its ReplicaSet, and that after the Deployment."""
        owner = name.rpartition("-")[0]
        return owner if self._deployment_of(owner) else ""

    def _deployment_of(self, replica_set: str) -> str:
        return max((one for one in self._deployments if replica_set.startswith(f"{one}-")), key=len, default="")

    def _replica_set(self, name: str, mine: Sequence[Row], revision: int) -> Row:
        staying = [one for one in mine if not one.get("deletion_timestamp")]
        ready = sum(_is_ready(one) for one in staying)
        return {
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": text(mine[0].get("namespace")),
                "ownerReferences": [{"kind": "Deployment", "name": self._deployment_of(name), "controller": True}],
                "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                "creationTimestamp": _born(mine) or None,
            },
            "spec": {"replicas": len(staying)},
            "status": {"replicas": len(staying), "readyReplicas": ready, "availableReplicas": ready},
        }


def _born(mine: Sequence[Row]) -> str:
    return min(text(one.get("start_time")) for one in mine)


def _is_ready(one: Row) -> bool:
    return any(each.get("type") == "Ready" and truth(each.get("status")) for each in rows(one, "conditions"))


def _end_in(log: Row) -> Row:
    """What the reader of a container's log noted under it, in brackets, of its end."""
    words = text(log.get("logs"))
    codes = _ENDED.findall(words)
    reason = {"reason": "OOMKilled"} if _KILLED.search(words) else {}
    return {**({"exit_code": int(codes[-1])} if codes else {}), **reason}


def _with_end(one: Row, end: Row) -> Row:
    """With the end that its log tells, where its status tells none and it did restart."""
    containers = [
        {**each, "last_state": {"terminated": True, **end}}
        if each.get("restart_count") and not told_last(each)
        else each
        for each in rows(one, "containers")
    ]
    return {**one, "containers": containers}


def _with_image(one: Row, events: Sequence[Row]) -> Row:
    """With the image that an event of it names, where its own row names none and it has one container."""
    about, containers = f"Pod/{text(one.get('name'))}", rows(one, "containers")
    if len(containers) != 1 or containers[0].get("image"):
        return one
    words = (text(each.get("message")) for each in events if each.get("involved_object") == about)
    found = next((image for each in words if (image := image_in(each))), "")
    return {**one, "containers": [{**containers[0], "image": found}]} if found else one


def logs_by_container(logs: Sequence[Row], pods: Pods) -> Mapping[tuple[str, str, str], tuple[str, ...]]:
    """The last lines by namespace, pod and container; the first container where none is named."""
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for one in logs:
        name = text(one.get("pod_name"))
        place = (text(one.get("namespace")), name, text(one.get("container")) or pods.container_of(name))
        found[place] = tuple(line for line in text(one.get("logs")).splitlines() if line.strip())
    return found
