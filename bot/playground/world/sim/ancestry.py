"""Invents the pods of revisions that ended before the start, from what their ReplicaSets still tell of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from bot.playground.world.scenario import Scenario, Service
from bot.playground.world.sim.census import REVISION, unix
from bot.playground.world.sim.lives import PodLife
from bot.playground.world.sim.stage import Cluster

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
Object = Mapping[str, Any]


@dataclass(frozen=True)
class _Revision:
    """What the pods of one past revision had in common."""

    replicaset: Object
    image: str
    env: Mapping[str, str]
    number: int
    began: float
    ended: float


def ancestors(scenario: Scenario, cluster: Cluster, start: float) -> list[PodLife]:
    """Return the pods of past revisions inside the history, each replaced one after the other by its rollout."""
    replicasets, killed = cluster.list("ReplicaSet"), _killed(cluster.list("Event"))
    found: list[PodLife] = []
    for service in scenario.services:
        for revision in _past(service, scenario, replicasets, start):
            found += _generation(service, scenario, revision, killed)
    return found


def _past(service: Service, scenario: Scenario, replicasets: Iterable[Object], start: float) -> Iterator[_Revision]:
    rollouts = sorted((one for one in scenario.rollouts if one.service == service.name and one.at < 0), key=_at)
    image, env = service.image, dict(service.env)
    began = start - scenario.history - 86_400.0
    for number, rollout in enumerate(rollouts, start=1):
        replicaset = _of_revision(replicasets, scenario.namespace_of(service), service.name, number)
        yield _Revision(replicaset, image, dict(env), number, began, start + rollout.at)
        image = rollout.image or image
        for name, value in rollout.env.items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        began = start + rollout.at


def _killed(events: Iterable[Object]) -> dict[str, float]:
    """Return when each pod was stopped, as far as events still tell."""
    return {
        event["involvedObject"]["name"]: unix(event.get("lastTimestamp"))
        for event in events
        if event.get("reason") == "Killing" and event["involvedObject"].get("kind") == "Pod"
    }


def _at(rollout: Any) -> float:
    return float(rollout.at)


def _of_revision(replicasets: Iterable[Object], namespace: str, deployment: str, revision: int) -> Object:
    for one in replicasets:
        meta = one["metadata"]
        owners = [owner["name"] for owner in meta.get("ownerReferences") or []]
        same = meta["namespace"] == namespace and deployment in owners
        if same and (meta.get("annotations") or {}).get(REVISION) == str(revision):
            found: Object = meta
            return found
    return {"name": f"{deployment}-{crc32(f'{deployment}{revision}'.encode()):x}", "labels": {}}


def _generation(
    service: Service, scenario: Scenario, revision: _Revision, killed: Mapping[str, float]
) -> Iterator[PodLife]:
    known = sorted((at, name) for name, at in killed.items() if name.rpartition("-")[0] == revision.replicaset["name"])
    for number in range(service.replicas):
        invented = f"{revision.replicaset['name']}-{_suffix(revision.replicaset['name'], number)}"
        ended, name = known[number] if number < len(known) else (revision.ended + 2.0 * (number + 1), invented)
        yield _ancestor(service, scenario, revision, number, name, ended)


def _ancestor(
    service: Service, scenario: Scenario, revision: _Revision, number: int, name: str, ended: float
) -> PodLife:
    replicaset = revision.replicaset
    began = revision.began + 2.0 * number
    labels = replicaset.get("labels") or {}
    return PodLife(
        namespace=scenario.namespace_of(service),
        name=name,
        service=service.name,
        image=revision.image,
        env=revision.env,
        revision=revision.number,
        ordinal=-1,
        node=scenario.nodes[number % len(scenario.nodes)],
        uid=f"{crc32(name.encode()):08x}-0000-4000-8000-{crc32(name[::-1].encode()):012x}",
        template_hash=labels.get("pod-template-hash", replicaset["name"].rpartition("-")[2]),
        replicaset=replicaset["name"],
        address=f"10.90.{crc32(name.encode()) % 250}.{number + 2}",
        began=began,
        ready_at=began + 1.5,
        ended=ended,
        limit_mb=round(service.memory_mb * 2),
    )


def _suffix(text: str, pod: int) -> str:
    number = crc32(f"{text}/{pod}".encode())
    letters = []
    for _ in range(5):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)
