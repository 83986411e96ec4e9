"""Evict a pod: what may be asked for. How it is done is `tools/change/evict_pod.py`."""

from pydantic import Field

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName


class EvictPod(Arguments):
    namespace: Namespace = Field(description="Namespace of the pod")
    name: ObjectName = Field(description="Name of the pod")


def by_hand(asked: EvictPod) -> str:
    """kubectl has no verb for an eviction of one pod; its raw call asks the disruption budget as this does."""
    path = f"/api/v1/namespaces/{asked.namespace}/pods/{asked.name}/eviction"
    body = (
        f'{{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {{"namespace": "{asked.namespace}", '
        f'"name": "{asked.name}"}}}}'
    )
    return f"kubectl create --raw {path} -f - <<< '{body}'"


SPEC = Spec(
    name="evict_pod",
    effect=Effect.CHANGE,
    arguments=EvictPod,
    says="End one pod whose controller makes another, if its disruption budget lets it go.",
    button="Evict",
    by_hand=by_hand,
    asked=Asked(verbs=("evict", "evict pod", "delete pod"), kind="Pod", look=""),
)
