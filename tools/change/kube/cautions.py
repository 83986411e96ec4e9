"""What a person should know before approving: who else manages the object, and what is not as it should be. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.tool import BlastRadius, Starts
from tools.change.kube.live import Live, annotations

KEEPERS = {
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "fleet.cattle.io/bundle-id": "Fleet",
}
BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True)
class Undoing:
    """What somebody who manages the object may put ``back``, and what to ``do`` there so that it stays."""

    back: str
    do: str


NEWER_REVISION = Undoing("the newer revision", "revert it there too")


def cautions(live: Live, blast: BlastRadius | Starts, undoing: Undoing | None, kind: str) -> tuple[str, ...]:
    """``undoing`` is None where the change leaves nothing that could be put back; ``kind`` of change, as in “a rollout
    does not ask the budget”."""
    taken = fragile(live, blast, kind) if isinstance(blast, BlastRadius) else ()
    return (*managed(live.deployment, undoing), *taken, *_scaled(live), *live.unread)


def managed(thing: Json, undoing: Undoing | None) -> Iterator[str]:
    """Who else decides how the object is."""
    if undoing is None:
        return
    marks = {**((thing["metadata"].get("labels")) or {}), **annotations(thing)}
    keeper = next((name for mark, name in KEEPERS.items() if mark in marks), None)
    owner = next((o for o in thing["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
    kind = thing.get("kind") or "Deployment"
    if keeper:
        yield f"{keeper} manages this {kind} and may put {undoing.back} back; {undoing.do}."
    elif owner:
        yield f"{owner.get('kind')} {owner.get('name')} owns this {kind} and may put {undoing.back} back."
    elif marks.get(BY):
        yield f"It is managed by {str(marks[BY])[:60]}; its next release brings {undoing.back} back."


def fragile(live: Live, blast: BlastRadius, kind: str) -> Iterator[str]:
    """What is not as it should be, or would not be while it happens."""
    if blast.ready < live.desired:
        yield f"Only {blast.ready} of {live.desired} pods are ready now."
    if blast.ready and blast.unavailable_at_most >= blast.ready:
        yield "No pod is ready while it happens: there is an outage of at least a pod's start-up."
    if blast.budget_room is not None and blast.budget_room < blast.unavailable_at_most:
        yield (
            f"The disruption budget lets {blast.budget_room} pods go, and this may take {blast.unavailable_at_most}; "
            f"{kind} does not ask the budget."
        )


def _scaled(live: Live) -> Iterator[str]:
    if live.autoscaler:
        yield f"HorizontalPodAutoscaler {live.autoscaler} scales it and goes on doing so."
