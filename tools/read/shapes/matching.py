"""Which objects of a namespace belong to what people call a service: by name, or by the labels in common use. Pure."""

from collections.abc import Iterable, Mapping

from tools.read.shapes.objects import Deployment, Meta, Selector

NAME_LABELS = ("app.kubernetes.io/name", "app", "service", "k8s-app", "app.kubernetes.io/component")
REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


def serves(meta: Meta, service: str, template_labels: Mapping[str, str] | None = None) -> bool:
    """Whether an object of this name and these labels is (part of) the service. An empty service matches all."""
    if not service or meta.name == service:
        return True
    labels = {**(template_labels or {}), **(meta.labels or {})}
    return any(labels.get(name) == service for name in NAME_LABELS)


def deployments_of(service: str, found: Iterable[Deployment]) -> list[Deployment]:
    """Those of the service; an exact name wins over shared labels, so that `api` is not also `api-cache`."""
    every = [one for one in found if serves(one.metadata, service, template_labels(one.spec.template))]
    exact = [one for one in every if one.metadata.name == service]
    return exact or every


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
    return (meta.labels or {}).get(HASH, "")
