"""What the API server fills in where a manifest says nothing, so that an object read back is whole.

Two templates are the same only after this; a roll back finds its old ReplicaSet by it. Works on a private copy.
"""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

Object = dict[str, Any]


def fill(kind: str, thing: Object) -> None:
    """Fill in place the defaults of one object."""
    step = _BY_KIND.get(kind)
    if step:
        step(thing)


def _set(holder: Object, **values: Any) -> None:
    for name, value in values.items():
        holder.setdefault(name, value)


def _deployment(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.setdefault("strategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        _set(rolling, maxSurge="25%", maxUnavailable="25%")
    _template(spec)


def _replica_set(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, replicas=1)
    _template(spec)


def _stateful_set(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady", serviceName="")
    strategy = spec.setdefault("updateStrategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy.setdefault("rollingUpdate", {}), partition=0)
    _template(spec)


def _daemon_set(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, revisionHistoryLimit=10)
    strategy = spec.setdefault("updateStrategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy.setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)
    _template(spec)


def _job(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, backoffLimit=6, completionMode="NonIndexed", suspend=False, manualSelector=False)
    _set(spec, podReplacementPolicy="TerminatingOrFailed")
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    _set(spec, parallelism=1)
    _template(spec)
    _job_labels(thing["metadata"], spec)


def _job_labels(meta: Object, spec: Object) -> None:
    """A Job knows its pods by its own uid, unless its author chose otherwise."""
    if spec["manualSelector"] or "uid" not in meta or not isinstance(spec.get("template"), dict):
        return
    by_uid = {"batch.kubernetes.io/controller-uid": meta["uid"]}
    spec.setdefault("selector", {"matchLabels": dict(by_uid)})
    labels = spec["template"]["metadata"].setdefault("labels", {})
    names = {
        "batch.kubernetes.io/job-name": meta.get("name", ""),
        "job-name": meta.get("name", ""),
        "controller-uid": meta["uid"],
    }
    labels.update({**by_uid, **names})


def _cron_job(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    if isinstance(template := spec.get("jobTemplate"), dict):
        _template(template.setdefault("spec", {}))


def _template(spec: Object) -> None:
    if isinstance(template := spec.get("template"), dict):
        template.setdefault("metadata", {})
        pod_spec(template.setdefault("spec", {}))


def pod_spec(spec: Object) -> None:
    """Fill in place the defaults of a pod's spec."""
    _set(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst")
    _set(spec, schedulerName="default-scheduler", securityContext={})
    if account := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        _set(spec, serviceAccountName=account, serviceAccount=account)
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(part) or ():
            _container(container)
    for volume in spec.get("volumes") or ():
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if source in volume:
                _set(volume[source], defaultMode=420)


def _container(container: Object) -> None:
    image = str(container.get("image", ""))
    latest = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
    pinned = "@" in image
    _set(container, imagePullPolicy="Always" if latest and not pinned else "IfNotPresent", resources={})
    _set(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    for port in container.get("ports") or ():
        _set(port, protocol="TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            _probe(container[probe])
    for one in container.get("env") or ():
        if field := (one.get("valueFrom") or {}).get("fieldRef"):
            _set(field, apiVersion="v1")


def _requests_from_limits(resources: Object) -> None:
    limits = resources.get("limits") or {}
    if limits:
        requests = resources.setdefault("requests", {})
        _set(requests, **limits)


def _probe(probe: Object) -> None:
    _set(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if "httpGet" in probe:
        _set(probe["httpGet"], path="/", scheme="HTTP")
    if "grpc" in probe:
        _set(probe["grpc"], service="")


def _pod(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    pod_spec(spec)
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _requests_from_limits(container["resources"])
    _set(spec, serviceAccountName="default", serviceAccount="default", enableServiceLinks=True, priority=0)
    _set(spec, preemptionPolicy="PreemptLowerPriority", tolerations=_tolerations())


def _tolerations() -> list[Object]:
    common = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    return [{"key": f"node.kubernetes.io/{why}", **common} for why in ("not-ready", "unreachable")]


def _service(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _set(spec, type="ClusterIP", sessionAffinity="None", internalTrafficPolicy="Cluster")
    for port in spec.get("ports") or ():
        _set(port, protocol="TCP")
        _set(port, targetPort=port.get("port", 0))
    if spec["type"] != "ExternalName":
        meta = thing.get("metadata") or {}
        address = _address(f"{meta.get('namespace')}/{meta.get('name')}")
        _set(spec, clusterIP=address, ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"])
        _set(spec, clusterIPs=[spec["clusterIP"]])


def _address(seed: str) -> str:
    return str(ipaddress.ip_address("10.96.0.0") + crc32(seed.encode()) % 1_048_000 + 10)


def _namespace(thing: Object) -> None:
    meta = thing["metadata"]
    if name := meta.get("name"):
        meta.setdefault("labels", {}).setdefault("kubernetes.io/metadata.name", name)
    thing.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])


def _claim(thing: Object) -> None:
    _set(thing.setdefault("spec", {}), volumeMode="Filesystem")


def _autoscaler(thing: Object) -> None:
    _set(thing.setdefault("spec", {}), minReplicas=1)


def _budget(thing: Object) -> None:
    thing.setdefault("spec", {})


def _event(thing: Object) -> None:
    _set(thing, type="Normal", reportingComponent="", reportingInstance="", source={})


_BY_KIND: Mapping[str, Callable[[Object], None]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Pod": _pod,
    "Service": _service,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "HorizontalPodAutoscaler": _autoscaler,
    "PodDisruptionBudget": _budget,
    "Event": _event,
}
