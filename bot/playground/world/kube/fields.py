"""The fields each kind may be selected by, as the real server indexes them."""

from collections.abc import Callable, Mapping
from typing import Any

Look = Callable[[Mapping[str, Any]], str]


def _at(path: str, default: str = "") -> Look:
    steps = path.split(".")

    def look(thing: Mapping[str, Any]) -> str:
        here: Any = thing
        for step in steps:
            here = here.get(step) if isinstance(here, Mapping) else None
        return default if here is None else _text(here)

    return look


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(*paths: str) -> dict[str, Look]:
    return {path: _at(path) for path in paths}


_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_META = _same("metadata.name", "metadata.namespace")
_BY_KIND: Mapping[str, Mapping[str, Look]] = {
    "Pod": {
        **_same(
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ),
        "spec.hostNetwork": _at("spec.hostNetwork", "false"),
    },
    "Event": {
        **{f"involvedObject.{name}": _at(f"involvedObject.{name}") for name in _INVOLVED},
        **{f"regarding.{name}": _at(f"involvedObject.{name}") for name in _INVOLVED},
        **_same("reason", "type", "reportingComponent"),
        "source": _at("source.component"),
        "reportingController": _at("reportingComponent"),
    },
    "Namespace": _same("status.phase"),
    "Node": {"spec.unschedulable": _at("spec.unschedulable", "false")},
    "ReplicaSet": {"status.replicas": _at("status.replicas", "0")},
    "Job": {"status.successful": _at("status.succeeded", "0")},
    "Service": _same("spec.clusterIP", "spec.type"),
}  # fmt: skip


def fields_of(kind: str) -> Mapping[str, Look]:
    return {**_META, **_BY_KIND.get(kind, {})}
