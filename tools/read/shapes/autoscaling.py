"""The parts of HorizontalPodAutoscalers that the reading tools look at, and what state one is in. Pure."""

from typing import Any

from bot.core.redact import redact
from bot.core.tool import MARK
from tools.read.shapes.objects import Condition, Meta, Struct
from tools.read.shapes.wording import clip

_IN_THE_WAY = ("AbleToScale", "ScalingActive")


class ScaleTarget(Struct, frozen=True):
    kind: str = ""
    name: str = ""


class AutoscalerSpec(Struct, frozen=True):
    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int | None = None
    max_replicas: int = 0


class AutoscalerStatus(Struct, frozen=True):
    current_replicas: int | None = None
    desired_replicas: int | None = None
    conditions: list[Condition] | None = None


class Autoscaler(Struct, frozen=True):
    metadata: Meta
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


def autoscaler_facts(one: Autoscaler) -> dict[str, Any]:
    """``current`` and ``desired`` are None where its controller has not said them; ``limited``: its bounds hold it."""
    meta, spec, status = one.metadata, one.spec, one.status
    held = {condition.type: condition for condition in status.conditions or []}
    broken = next((held[kind] for kind in _IN_THE_WAY if kind in held and held[kind].status == "False"), None)
    limited = held.get("ScalingLimited")
    return {
        "kind": "HorizontalPodAutoscaler",
        "namespace": meta.namespace,
        "name": meta.name,
        "uid": meta.uid,
        "target_kind": clip(spec.scale_target_ref.kind, 60),
        "target": clip(spec.scale_target_ref.name, 253),
        "min_replicas": 1 if spec.min_replicas is None else spec.min_replicas,
        "max_replicas": spec.max_replicas,
        "current": status.current_replicas,
        "desired": status.desired_replicas,
        "limited": bool(limited and limited.status == "True"),
        "scales": broken is None,
        "why": _words(broken) if broken else "",
        "execution": (meta.annotations or {}).get(MARK),
    }


def _words(condition: Condition) -> str:
    return f"{clip(condition.reason, 100)} {clip(redact(condition.message), 200)}".strip()
