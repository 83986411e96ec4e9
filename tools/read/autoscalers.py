"""HorizontalPodAutoscalers: what they scale, between which bounds, and whether anything holds them back."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.autoscaling import Autoscaler, autoscaler_facts
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.matching import serves
from tools.read.shapes.wording import plural
from tools.read.sources.cluster import Cluster, ClusterSettings

_MOST_SHOWN = 30
_MOST_KEPT = 200


class ReadAutoscaler(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253, description="Name of the HorizontalPodAutoscaler")


class ListAutoscalers(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(
        default="", max_length=253, description="Only those of this name or label, or that scale it; empty: all"
    )


def read_autoscaler(asked: ReadAutoscaler, settings: ClusterSettings, look: Look) -> Observation:
    """facts: autoscaler {kind, namespace, name, uid, target_kind, target, min_replicas, max_replicas, current, desired,
    limited, scales, why, execution}, or null where there is none; execution is the mark Midwatch left on it."""
    query = f"GET horizontalpodautoscaler {asked.name} in {asked.namespace} at {stamp(look.now)}"
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.autoscaler(asked.namespace, asked.name)
    if found is None:
        what = f"HorizontalPodAutoscaler {asked.name} in {asked.namespace}"
        return nothing(query, f"a {what}", f"There is no {what}.", {"autoscaler": None})
    facts = autoscaler_facts(found)
    return observed(query, [_line(facts)], {"autoscaler": facts})


def list_autoscalers(asked: ListAutoscalers, settings: ClusterSettings, look: Look) -> Observation:
    """facts: autoscalers [as in read_autoscaler], total, left_out; those that do not scale first."""
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.autoscalers(asked.namespace)
    chosen = [autoscaler_facts(one) for one in found.items if _is_of(one, asked.service)]
    chosen.sort(key=lambda one: (one["scales"], one["name"]))
    query = f"{found.asked}, service {asked.service or 'any'}, at {stamp(look.now)}"
    facts = {"autoscalers": chosen[:_MOST_KEPT], "total": len(chosen), "left_out": found.left_out}
    where = f"{f' of {asked.service}' if asked.service else ''} in {asked.namespace}"
    if not chosen:
        text = f"There is no HorizontalPodAutoscaler{where}."
        return nothing(query, f"a HorizontalPodAutoscaler{where}", text, facts, found.gaps)
    stuck = sum(1 for one in chosen if not one["scales"])
    lines = [f"{plural(len(chosen), 'HorizontalPodAutoscaler')}{where}, {stuck} of them cannot scale"]
    lines += [f"  {_line(one)}" for one in chosen[:_MOST_SHOWN]]
    more = len(chosen) - _MOST_KEPT
    kept = (Gap(f"only {_MOST_KEPT} of {len(chosen):,} autoscalers are kept"),) if more > 0 else ()
    return observed(query, lines, facts, (*found.gaps, *kept))


def _is_of(one: Autoscaler, service: str) -> bool:
    return one.spec.scale_target_ref.name == service or serves(one.metadata, service, {})


def _line(one: Mapping[str, Any]) -> str:
    current = "an unknown number" if one["current"] is None else one["current"]
    wanted = "" if one["desired"] in (None, one["current"]) else f", {one['desired']} wanted"
    held = ", held back by its bounds" if one["limited"] else ""
    state = f"scales between {one['min_replicas']} and {one['max_replicas']} pods{held}"
    broken = "" if one["scales"] else f"; it CANNOT scale: {one['why']}"
    return f"{one['name']} of {one['target_kind']} {one['target']}: {current} now{wanted}, {state}{broken}"


TOOLS = (
    ReadingTool(
        Spec(
            "read_autoscaler",
            Effect.READ,
            ReadAutoscaler,
            "Read one HorizontalPodAutoscaler: its bounds, the pods it wants, and what keeps it from scaling.",
        ),
        ClusterSettings,
        read_autoscaler,
    ),
    ReadingTool(
        Spec(
            "list_autoscalers",
            Effect.READ,
            ListAutoscalers,
            "List a namespace's HorizontalPodAutoscalers with their bounds, those that cannot scale first.",
        ),
        ClusterSettings,
        list_autoscalers,
    ),
)
