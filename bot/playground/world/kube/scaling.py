"""The `scale` subresource: a workload seen as one number, read and written through its own `Scale` object."""

from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.decoding import Patch, decode
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.options import WriteOptions
from bot.playground.world.kube.registry import Kept, Registry
from bot.playground.world.kube.selectors import written
from bot.playground.world.kube.store import Object

SCALE = Kind("Scale", "autoscaling", "v1", "scales", "V1Scale")
_MERGE = "application/merge-patch+json"


def scale_of(thing: Object) -> Object:
    """Return the Scale of a workload; a part that is zero is left out, as on the wire."""
    meta, replicas = thing["metadata"], thing["spec"].get("replicas", 1)
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: dict[str, Any] = {"replicas": (thing.get("status") or {}).get("replicas", 0)}
    if chosen := written(thing["spec"].get("selector")):
        status["selector"] = chosen
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: meta[name] for name in kept if name in meta},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


class Scales:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        return scale_of(self._registry.get(kind, namespace, name))

    def replace(self, kind: Kind, namespace: str, name: str, body: object, options: WriteOptions) -> Kept:
        return self._keep(kind, namespace, name, decode(SCALE, body, options.strictness).value, options)

    def patch(self, kind: Kind, namespace: str, name: str, patch: Patch, options: WriteOptions) -> Kept:
        patched = patch.on(self.get(kind, namespace, name))
        return self._keep(kind, namespace, name, decode(SCALE, patched, options.strictness).value, options)

    def _keep(self, kind: Kind, namespace: str, name: str, scale: Object, options: WriteOptions) -> Kept:
        replicas, meta = (scale.get("spec") or {}).get("replicas", 0), scale["metadata"]
        if replicas < 0:
            cause = refusal.invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")
            raise refusal.invalid(SCALE, name, [cause])
        head = {part: meta[part] for part in ("uid", "resourceVersion") if meta.get(part)}
        change = Patch(_MERGE, {"metadata": head, "spec": {"replicas": replicas}})
        kept = self._registry.patch(kind, namespace, name, change, options)
        return Kept(scale_of(kept.value), kept.warnings)
