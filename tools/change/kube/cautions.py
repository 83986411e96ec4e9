"""What a person should know before approving: who else manages the object, and what is not as it should be. Pure."""

from collections.abc import Iterator

from bot.core.canonical import Json
from bot.core.tool import BlastRadius
from tools.change.kube.live import Live, annotations

KEEPERS = {
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "fleet.cattle.io/bundle-id": "Fleet",
}
BY = "app.kubernetes.io/managed-by"


def cautions(live: Live, blast: BlastRadius, template_changes: bool) -> tuple[str, ...]:
    return (*_managed(live.deployment, template_changes), *_fragile(live, blast), *live.unread)


def _managed(deployment: Json, template_changes: bool) -> Iterator[str]:
    if not template_changes:
        return
    marks = {**((deployment["metadata"].get("labels")) or {}), **annotations(deployment)}
    keeper = next((name for mark, name in KEEPERS.items() if mark in marks), None)
    owner = next((o for o in deployment["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
    if keeper:
        yield f"{keeper} manages this Deployment and may put the newer revision back; revert it there too."
    elif owner:
        yield f"{owner.get('kind')} {owner.get('name')} owns this Deployment and may put the newer revision back."
    elif marks.get(BY):
        yield f"It is managed by {str(marks[BY])[:60]}; its next release brings the newer revision back."


def _fragile(live: Live, blast: BlastRadius) -> Iterator[str]:
    if blast.ready < live.desired:
        yield f"Only {blast.ready} of {live.desired} pods are ready now."
    if blast.ready and blast.unavailable_at_most >= blast.ready:
        yield "No pod is ready while it happens: there is an outage of at least a pod's start-up."
    if blast.budget_room is not None and blast.budget_room < blast.unavailable_at_most:
        yield (
            f"The disruption budget lets {blast.budget_room} pods go, and this may take {blast.unavailable_at_most}; "
            "a rollout does not ask the budget."
        )
    if live.autoscaler:
        yield f"HorizontalPodAutoscaler {live.autoscaler} scales it and goes on doing so."
