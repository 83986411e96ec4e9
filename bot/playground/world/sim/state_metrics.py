"""What kube-state-metrics would say of the cluster: deployments, pods, restarts, images; read from live objects."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bot.playground.world.sim.lives import PodLife
from bot.playground.world.sim.meters import Line, Samples
from bot.playground.world.sim.weather import Floats

_SELF = {"job": "kube-state-metrics", "instance": "kube-state-metrics:8080"}
LAST_END = "kube_pod_container_status_last_terminated_reason"
Object = Mapping[str, Any]
Row = tuple[Line, float]


def gauge(name: str, labels: Mapping[str, str], value: float, kind: str = "gauge") -> Row:
    return Line(name, kind, name, {**_SELF, **labels}), float(value)


def deployment_rows(deployment: Object) -> Iterator[Row]:
    meta, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status") or {}
    own = {"namespace": meta["namespace"], "deployment": meta["name"]}
    yield gauge("kube_deployment_spec_replicas", own, spec.get("replicas", 1))
    yield gauge("kube_deployment_metadata_generation", own, meta.get("generation", 1))
    yield gauge("kube_deployment_status_observed_generation", own, status.get("observedGeneration", 0))
    yield gauge("kube_deployment_status_replicas", own, status.get("replicas", 0))
    for short in ("available", "updated", "ready", "unavailable"):
        yield gauge(f"kube_deployment_status_replicas_{short}", own, status.get(f"{short}Replicas") or 0)


def pod_rows(pod: Object, life: PodLife) -> Iterator[Row]:
    status = pod.get("status") or {}
    ready = _condition(status, "Ready")
    yield from _life_rows(life, ready, str(status.get("phase", "Pending")))
    for container in status.get("containerStatuses") or []:
        box = {"namespace": life.namespace, "pod": life.name, "container": container["name"]}
        restarts = container.get("restartCount", 0)
        yield gauge("kube_pod_container_status_restarts_total", box, restarts, "counter")
        yield gauge("kube_pod_container_status_ready", box, bool(container.get("ready")))
        last = (container.get("lastState") or {}).get("terminated")
        if last:
            reason = {**box, "reason": str(last.get("reason", "Error"))}
            yield gauge(LAST_END, reason, 1)


def _life_rows(life: PodLife, ready: bool, phase: str) -> Iterator[Row]:
    own = {"namespace": life.namespace, "pod": life.name}
    owner = {"created_by_kind": "ReplicaSet", "created_by_name": life.replicaset}
    yield gauge("kube_pod_info", {**own, "node": life.node, "uid": life.uid, "pod_ip": life.address, **owner}, 1)
    yield gauge("kube_pod_container_info", {**own, "container": life.service, "image": life.image}, 1)
    yield gauge("kube_pod_status_phase", {**own, "phase": phase}, 1)
    if life.limit_mb:
        limit = {**own, "container": life.service, "node": life.node, "resource": "memory", "unit": "byte"}
        yield gauge("kube_pod_container_resource_limits", limit, life.limit_mb * 2**20)
    yield gauge("kube_pod_status_ready", {**own, "condition": "true"}, ready)


def _condition(status: Object, kind: str) -> bool:
    return any(one.get("type") == kind and one.get("status") == "True" for one in status.get("conditions") or [])


def past_rows(life: PodLife) -> Iterator[Row]:
    """Return what was said of a pod that is no longer in the cluster, or was before now."""
    yield from _life_rows(life, True, "Running")
    box = {"namespace": life.namespace, "pod": life.name, "container": life.service}
    yield gauge("kube_pod_container_status_ready", box, 1)


class StateMeter:
    """Remembers which series of the cluster's state exist, so that one that vanishes goes stale."""

    def __init__(self) -> None:
        self._last: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self.rows: list[Row] = []

    def look(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    def scrape(self, samples: Samples, at: float) -> None:
        seen = {}
        for line, value in self.rows:
            labels = line.full()
            seen[tuple(labels.items())] = labels
            samples.append(labels, at, value)
        for key, labels in self._last.items():
            if key not in seen:
                samples.mark_stale(labels, at)
        self._last = seen


def backfill_states(samples: Samples, times: Floats, rows: Sequence[Row]) -> None:
    """Write rows that did not change over the given moments."""
    for line, value in rows:
        samples.extend(line.full(), times, np.full(len(times), value))


def backfill_restarts(samples: Samples, times: Floats, life: PodLife) -> None:
    own = {"namespace": life.namespace, "pod": life.name, "container": life.service}
    line, _ = gauge("kube_pod_container_status_restarts_total", own, 0, "counter")
    count = np.sum([times >= at for at in life.restarts], axis=0) if life.restarts else np.zeros(len(times))
    samples.extend(line.full(), times, count.astype(np.float64))
