"""A Deployment's revisions: which ReplicaSet is the newest template's, how they are counted, which old ones are kept.

An equal template finds its old ReplicaSet again, whose revision then becomes the newest, as the real controller has it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.world.kube.controllers.podlooks import owned_by
from bot.playground.world.kube.controllers.rolling import bounds_of
from bot.playground.world.kube.state import encoded
from bot.playground.world.kube.store import Object, clone

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"
_NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MOST,
        "deprecated.deployment.rollback.to",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Sets:
    """A Deployment's ReplicaSets: the newest template's, if it exists yet, and the others, oldest first."""

    new: Object | None
    old: tuple[Object, ...]

    @property
    def every(self) -> tuple[Object, ...]:
        return (*self.old, self.new) if self.new else self.old


def told_apart(deployment: Object, owned: Sequence[Object]) -> Sets:
    """Find the ReplicaSet of the Deployment's template; the oldest one, should there be several."""
    wanted = without_hash(deployment["spec"]["template"])
    ordered = sorted(owned, key=lambda one: (one["metadata"]["creationTimestamp"], revision_of(one)))
    new = next((one for one in ordered if without_hash(one["spec"]["template"]) == wanted), None)
    return Sets(new, tuple(one for one in ordered if one is not new))


def without_hash(template: Mapping[str, Any]) -> Any:
    bare = clone(template)
    labels = (bare.get("metadata") or {}).get("labels") or {}
    labels.pop(HASH, None)
    return {**bare, "metadata": {name: value for name, value in (bare.get("metadata") or {}).items() if value}}


def revision_of(thing: Mapping[str, Any]) -> int:
    text = (thing["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def next_revision(old: Iterable[Object]) -> int:
    return max((revision_of(one) for one in old), default=0) + 1


def annotations_for(deployment: Object, known: Mapping[str, str], revision: int) -> dict[str, str]:
    """Return what a ReplicaSet of this Deployment is annotated with: revision raised, the last one remembered."""
    copied = deployment["metadata"].get("annotations") or {}
    kept = {**known, **{name: text for name, text in copied.items() if name not in _NOT_COPIED}}
    before = known.get(REVISION, "")
    if not before.isdigit() or int(before) < revision:
        kept[REVISION] = str(revision)
        if before:
            history = known.get(HISTORY, "")
            kept[HISTORY] = f"{history},{before}" if history else before
    return kept


def size_annotations(deployment: Object) -> dict[str, str]:
    bounds = bounds_of(deployment["spec"])
    return {DESIRED: str(bounds.wanted), MOST: str(bounds.wanted + bounds.surge)}


def template_hash(template: Mapping[str, Any], collisions: int = 0) -> str:
    """Return the hash a ReplicaSet is named by: 32-bit FNV-1a of the template, in letters."""
    text = json.dumps(without_hash(template), sort_keys=True, separators=(",", ":")) + (
        str(collisions) if collisions else ""
    )
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return encoded(value)


def set_for(deployment: Object, revision: int, collisions: int = 0) -> Object:
    """Return a new ReplicaSet of the Deployment's template, with no pods yet."""
    spec, meta = deployment["spec"], deployment["metadata"]
    name = template_hash(spec["template"], collisions)
    template = clone(spec["template"])
    labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH: name}
    template["metadata"] = {**(template.get("metadata") or {}), "labels": labels}
    selector = clone(spec["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: name}
    head = {"name": f"{meta['name']}-{name}", "labels": dict(labels), "ownerReferences": owned_by(deployment)}
    head["annotations"] = {**annotations_for(deployment, {}, revision), **size_annotations(deployment)}
    body: dict[str, Any] = {"replicas": 0, "selector": selector, "template": template}
    if spec.get("minReadySeconds"):
        body["minReadySeconds"] = spec["minReadySeconds"]
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": head, "spec": body}


def past_the_limit(deployment: Object, old: Sequence[Object]) -> list[Object]:
    """Return the empty old ReplicaSets that `revisionHistoryLimit` lets go, oldest revision first."""
    empty = [one for one in old if not one["spec"].get("replicas") and not one["status"].get("replicas")]
    empty = [one for one in empty if not one["metadata"].get("deletionTimestamp")]
    surplus = len(empty) - deployment["spec"].get("revisionHistoryLimit", 10)
    return sorted(empty, key=revision_of)[: max(0, surplus)]
