"""Which objects of a namespace belong to what people call a service: by name, or by the labels in common use. Pure."""

import re
from collections.abc import Iterable, Mapping

from tools.read.shapes.objects import Meta, Selector, Workload

NAME_LABELS = ("app.kubernetes.io/name", "app", "service", "k8s-app", "app.kubernetes.io/component")
INSTANCE = "app.kubernetes.io/instance"  # a Helm release: all of its parts carry it, so it is asked last
REVISION = "deployment.kubernetes.io/revision"
HASH, CONTROLLER_HASH = "pod-template-hash", "controller-revision-hash"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def may_be_named(service: str) -> bool:
    """Whether an object can have this name at all; what it cannot be is never put into a selector."""
    return bool(_NAME.fullmatch(service))


def may_be_label(service: str) -> bool:
    return bool(_LABEL.fullmatch(service))


def serves(meta: Meta, service: str, template_labels: Mapping[str, str] | None = None) -> bool:
    """Whether an object of this name and these labels is (part of) the service. An empty service matches all."""
    if not service or meta.name == service:
        return True
    labels = {**(template_labels or {}), **(meta.labels or {})}
    return any(labels.get(name) == service for name in NAME_LABELS)


def of_service(service: str, found: Iterable[Workload]) -> list[Workload]:
    """Those of the service; an exact name wins over shared labels, so that `api` is not also `api-cache`."""
    every = list(found)
    exact = [one for one in every if one.metadata.name == service]
    labelled = [one for one in every if serves(one.metadata, service, template_labels(one.spec.template))]
    return exact or labelled or [one for one in every if _released(one, service)]


def _released(one: Workload, service: str) -> bool:
    labels = {**template_labels(one.spec.template), **(one.metadata.labels or {})}
    return labels.get(INSTANCE) == service


def template_labels(template: Mapping[str, object]) -> dict[str, str]:
    metadata = template.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def selector_text(selector: Selector) -> str:
    """A label selector as the API takes it."""
    parts = [f"{name}={value}" for name, value in sorted((selector.match_labels or {}).items())]
    for one in selector.match_expressions or []:
        key, operator = str(one.get("key", "")), str(one.get("operator", ""))
        values = ",".join(map(str, one.get("values") or []))
        written = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        parts.append(written.get(operator, key))
    return ",".join(parts)


def owned_by(meta: Meta, uid: str) -> bool:
    return any(owner.uid == uid for owner in meta.owner_references or [])


def controller_name(meta: Meta) -> str:
    """`ReplicaSet/name` of what owns this object, or nothing."""
    for owner in meta.owner_references or []:
        if owner.controller:
            return f"{owner.kind}/{owner.name}"
    return ""


def revision_of(meta: Meta) -> int | None:
    text = (meta.annotations or {}).get(REVISION, "")
    return int(text) if text.isdigit() else None


def hash_of(meta: Meta) -> str:
    """Which template a pod was made from; StatefulSets and DaemonSets say it by another label than Deployments."""
    labels = meta.labels or {}
    return labels.get(HASH) or labels.get(CONTROLLER_HASH, "")
