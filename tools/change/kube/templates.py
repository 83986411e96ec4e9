"""Pod templates: what makes two of them the same, their digest, and their images. Pure."""

import copy
from typing import Any

from bot.core.canonical import Json, digest
from bot.core.errors import Refused

HASH = "pod-template-hash"


def plain_template(template: Json) -> Json:
    """The template as somebody wrote it: without the label the Deployment controller adds in a ReplicaSet."""
    plain = copy.deepcopy(template)
    labels = (plain.get("metadata") or {}).get("labels")
    if isinstance(labels, dict):
        labels.pop(HASH, None)
    return plain


def same_template(one: Json, other: Json) -> bool:
    return _normal(one) == _normal(other)


def template_digest(template: Json) -> str:
    """SHA-256 of the canonical form; what a plan pins instead of carrying a template that may hold secrets."""
    try:
        return digest(_normal(template))
    except ValueError as error:
        raise Refused(f"the pod template cannot be put on record exactly: {error}", why="rejected") from error


def images(template: Json) -> dict[str, str]:
    """Container name -> image, init containers too."""
    spec = template.get("spec") or {}
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    return {str(c.get("name")): str(c.get("image", "")) for c in containers}


def _normal(template: Json) -> Json:
    """What means the same written the same: no nulls, and no empty labels or annotations."""
    normal: Json = _without_null(template)
    if isinstance(metadata := normal.get("metadata"), dict):
        normal["metadata"] = {key: value for key, value in metadata.items() if value != {}}
    return normal


def _without_null(value: Any) -> Any:
    """Nulls left out: servers differ in writing them (creationTimestamp). Empty objects stay: {} can mean *all*."""
    if isinstance(value, dict):
        return {key: _without_null(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_null(inner) for inner in value]
    return value
