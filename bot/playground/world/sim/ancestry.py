"""Invents the pods of revisions that ended before the start, from what their ReplicaSets still tell of them."""

from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

from bot.playground.world.scenario import Scenario, Service
from bot.playground.world.sim.census import REVISION
from bot.playground.world.sim.lives import PodLife
from bot.playground.world.sim.stage import Cluster

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
Object = Mapping[str, Any]


def ancestors(scenario: Scenario, cluster: Cluster, start: float) -> list[PodLife]:
    """Return the pods of past revisions inside the history, each replaced one after the other by its rollout."""
    replicasets = cluster.list("ReplicaSet")
    found = []
    for service in scenario.services:
        rollouts = sorted((one for one in scenario.rollouts if one.service == service.name and one.at < 0), key=_at)
        image, env = service.image, dict(service.env)
        began = start - scenario.history - 86_400.0
        for number, rollout in enumerate(rollouts):
            replicaset = _of_revision(replicasets, scenario.namespace_of(service), service.name, number + 1)
            ended = start + rollout.at
            found += _generation(service, scenario, replicaset, image, env, number + 1, began, ended)
            image = rollout.image or image
            env |= {name: value for name, value in rollout.env.items() if value is not None}
            env = {name: value for name, value in env.items() if rollout.env.get(name, "") is not None}
            began = ended
    return found


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
    service: Service,
    scenario: Scenario,
    replicaset: Object,
    image: str,
    env: Mapping[str, str],
    revision: int,
    began: float,
    ended: float,
) -> list[PodLife]:
    lives = []
    for number in range(service.replicas):
        name = f"{replicaset['name']}-{_suffix(replicaset['name'], number)}"
        since = began + 2.0 * number
        template_hash = (replicaset.get("labels") or {}).get("pod-template-hash", replicaset["name"].rpartition("-")[2])
        lives.append(
            PodLife(
                namespace=scenario.namespace_of(service),
                name=name,
                service=service.name,
                image=image,
                env=dict(env),
                revision=revision,
                ordinal=-1,
                node=scenario.nodes[number % len(scenario.nodes)],
                uid=f"{crc32(name.encode()):08x}-0000-4000-8000-{crc32(name[::-1].encode()):012x}",
                template_hash=template_hash,
                replicaset=replicaset["name"],
                address=f"10.90.{crc32(name.encode()) % 250}.{number + 2}",
                began=since,
                ready_at=since + 1.5,
                ended=ended + 2.0 * (number + 1),
            )
        )
    return lives


def _suffix(text: str, pod: int) -> str:
    number = crc32(f"{text}/{pod}".encode())
    letters = []
    for _ in range(5):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)
