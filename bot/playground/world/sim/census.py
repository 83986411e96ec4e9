"""Who lives in the cluster: turns Pod and ReplicaSet objects into pod lives, and notices who came and who went."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.playground.world.scenario import Scenario, Service
from bot.playground.world.sim.lives import PodLife
from bot.playground.world.sim.stage import Cluster

REVISION = "deployment.kubernetes.io/revision"
Object = Mapping[str, Any]


class Census:
    """The pods of each service, living and gone. Ordinals rise by birth and are never given again."""

    def __init__(self, scenario: Scenario, cluster: Cluster) -> None:
        self._cluster = cluster
        self._services = {(scenario.namespace_of(one), one.name): one for one in scenario.services}
        self._seen: dict[str, PodLife] = {}
        self._ordinals: dict[str, int] = {}
        self.objects: dict[str, Object] = {}

    def living(self) -> list[PodLife]:
        return [life for life in self._seen.values() if life.ended is None]

    def running(self) -> list[PodLife]:
        """Return the living pods whose containers have started: they have an address."""
        return [life for life in self.living() if life.address]

    def by_service(self, lives: Iterable[PodLife]) -> dict[str, list[PodLife]]:
        found: dict[str, list[PodLife]] = {}
        for life in lives:
            found.setdefault(life.service, []).append(life)
        return found

    def take(self, now: float) -> tuple[list[PodLife], list[PodLife]]:
        """Look at the cluster as it is; return the pods that came and those that went since the last look."""
        pods = [pod for pod in self._cluster.list("Pod") if self._service_of(pod) and not _over(pod)]
        revisions = _revisions(self._cluster.list("ReplicaSet"))
        pods.sort(key=lambda pod: (pod["metadata"].get("creationTimestamp") or "", pod["metadata"]["name"]))
        self.objects = {pod["metadata"]["uid"]: pod for pod in pods}
        came = []
        for uid, pod in self.objects.items():
            if uid not in self._seen:
                came.append(self._welcome(pod))
            _refresh(self._seen[uid], pod, revisions, now)
        went = [life for uid, life in self._seen.items() if life.ended is None and uid not in self.objects]
        for life in went:
            life.ended = now
            del self._seen[life.uid]
        return came, went

    def _service_of(self, pod: Object) -> Service | None:
        meta = pod["metadata"]
        return self._services.get((meta["namespace"], (meta.get("labels") or {}).get("app", "")))

    def _welcome(self, pod: Object) -> PodLife:
        meta = pod["metadata"]
        service = meta["labels"]["app"]
        ordinal = self._ordinals.get(service, 0)
        self._ordinals[service] = ordinal + 1
        container = pod["spec"]["containers"][0]
        life = PodLife(
            namespace=meta["namespace"],
            name=meta["name"],
            service=service,
            image=container["image"],
            env={one["name"]: one.get("value", "") for one in container.get("env") or []},
            revision=0,
            ordinal=ordinal,
            uid=meta["uid"],
            template_hash=meta["labels"].get("pod-template-hash", ""),
            replicaset=next((owner["name"] for owner in meta.get("ownerReferences") or []), ""),
            ready_at=None,
            limit_mb=_limit_mb(container),
        )
        self._seen[meta["uid"]] = life
        return life


def _limit_mb(container: Object) -> float:
    told = str(((container.get("resources") or {}).get("limits") or {}).get("memory") or "")
    return float(told.removesuffix("Mi")) if told.endswith("Mi") else 0.0


def _over(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _revisions(replicasets: Iterable[Object]) -> dict[tuple[str, str], int]:
    found = {}
    for one in replicasets:
        meta = one["metadata"]
        found[meta["namespace"], meta["name"]] = int((meta.get("annotations") or {}).get(REVISION, "0"))
    return found


def _refresh(life: PodLife, pod: Object, revisions: Mapping[tuple[str, str], int], now: float) -> None:
    status = pod.get("status") or {}
    life.revision = revisions.get((life.namespace, life.replicaset), life.revision)
    life.node = pod["spec"].get("nodeName") or ""
    life.address = status.get("podIP") or ""
    life.began = unix(status.get("startTime") or pod["metadata"].get("creationTimestamp")) or now
    ready = next((one for one in status.get("conditions") or [] if one["type"] == "Ready"), None)
    leaving = pod["metadata"].get("deletionTimestamp") is not None
    if ready is None or ready["status"] != "True" or leaving:
        life.ready_at = None
    elif life.ready_at is None:
        life.ready_at = unix(ready.get("lastTransitionTime")) or now


def unix(stamp: object) -> float:
    if not isinstance(stamp, str) or not stamp:
        return 0.0
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
