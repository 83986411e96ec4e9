"""Objects beside pods and workloads as the API gives them, healthy unless told otherwise."""

from typing import Any

from tests.tools.faults.cluster import Json, stamp


def thing(kind: str, name: str = "shop", spec: Any = None, status: Any = None, **more: Any) -> Json:
    meta = {"name": name, "namespace": "store", "creationTimestamp": stamp(600)} | more.pop("metadata", {})
    found: Json = {"kind": kind, "metadata": meta, **more}
    return found | ({"spec": spec} if spec is not None else {}) | ({"status": status} if status is not None else {})


def wide(kind: str, name: str, spec: Any = None, status: Any = None, **more: Any) -> Json:
    """One that lives in no namespace."""
    found = thing(kind, name, spec, status, **more)
    del found["metadata"]["namespace"]
    return found


def service(name: str = "shop", selector: Json | None = None, **port: Any) -> Json:
    ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP"} | port]
    spec = {"selector": {"app": "shop"} if selector is None else selector, "ports": ports, "clusterIP": "10.0.0.7"}
    return thing("Service", name, spec)


def slices(ready: int, name: str = "shop", unready: int = 0, namespace: str = "store") -> Json:
    points = [{"addresses": [f"10.1.0.{n}"], "conditions": {"ready": n < ready}} for n in range(ready + unready)]
    labels = {"kubernetes.io/service-name": name}
    meta = {"labels": labels, "namespace": namespace}
    return thing("EndpointSlice", f"{name}-x1", metadata=meta, endpoints=points or None)


def empty(kind: str) -> Json:
    return {"kind": f"{kind}List", "items": []}


def policy(spec: Json, name: str = "closed") -> Json:
    return thing("NetworkPolicy", name, {"podSelector": {"matchLabels": {"app": "shop"}}} | spec)


def ingress(backend: str = "shop", port: int = 80, kind: str = "nginx", **spec: Any) -> Json:
    where = {"service": {"name": backend, "port": {"number": port}}}
    rules = [{"host": "shop.example", "http": {"paths": [{"path": "/", "backend": where}]}}]
    return thing("Ingress", "front", {"ingressClassName": kind, "rules": rules} | spec)


def claim(phase: str = "Pending", name: str = "state", **spec: Any) -> Json:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    given = asked | {"storageClassName": "fast"} | spec
    return thing("PersistentVolumeClaim", name, given, {"phase": phase})


def volume(name: str = "pv-1", phase: str = "Available", **spec: Any) -> Json:
    has = {"capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "fast"}
    return wide("PersistentVolume", name, has | spec, {"phase": phase}, metadata={"labels": {"tier": "a"}})


def storage_class(name: str = "fast", provisioner: str = "kubernetes.io/no-provisioner", **more: Any) -> Json:
    return wide("StorageClass", name, provisioner=provisioner, **more)


def quota(used: str, hard: str = "4") -> Json:
    return thing("ResourceQuota", "team", status={"hard": {"cpu": hard}, "used": {"cpu": used}})


def autoscaler(current: int, *conditions: Json) -> Json:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "shop"}, "minReplicas": 2, "maxReplicas": 5}
    return thing("HorizontalPodAutoscaler", spec=spec, status={"currentReplicas": current, "conditions": conditions})


def budget(allowed: int, healthy: int = 1) -> Json:
    status = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": 1, "expectedPods": 1}
    return thing("PodDisruptionBudget", spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "shop"}}},
                 status=status)  # fmt: skip


def cron_job(**spec: Any) -> Json:
    return thing("CronJob", "report", {"schedule": "*/5 * * * *"} | spec)


def webhook(policy_: str = "Fail") -> Json:
    hook = {"name": "check.guard.io", "failurePolicy": policy_,
            "clientConfig": {"service": {"namespace": "guard", "name": "guard"}}}  # fmt: skip
    return wide("ValidatingWebhookConfiguration", "guard", webhooks=[hook])
