"""The pods of a service: which are not ready and why, which restarted and how their last run ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.objects import Pod
from tools.read.shapes.podstate import pod_facts
from tools.read.shapes.wording import ago, plural
from tools.read.sources.belonging import own_of, revisions_in
from tools.read.sources.cluster import Cluster, ClusterSettings, Listed

_MOST_PODS = 400
_MOST_LINES = 25


class ListPods(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(
        default="", max_length=253, description="Name or label of a workload, or of a Service; empty: all"
    )


def list_pods(asked: ListPods, settings: ClusterSettings, look: Look) -> Observation:
    """facts: pods [{name, phase, ready, restarts, reason, message, last_state {reason, exit_code, at}, restarted_at,
    node, template_hash, revision, started_at, age_s, owner}] unready and restarted ones first, total, unready."""
    with Cluster(settings, look.seconds) as cluster:
        own = own_of(cluster, asked.namespace, asked.service)
        revisions = revisions_in(cluster, asked.namespace, own.selectors) if own.pods.items else {}
    return summarise_pods(asked, own.pods, revisions, look)


def summarise_pods(asked: ListPods, found: Listed[Pod], revisions: Mapping[str, int], look: Look) -> Observation:
    query = f"{found.asked} at {stamp(look.now)}"
    pods = [pod_facts(pod, revisions, look.now) for pod in found.items]
    pods.sort(key=_worst_first)
    unready = [pod for pod in pods if _is_unready(pod)]
    facts = {"pods": pods[:_MOST_PODS], "total": len(pods), "unready": len(unready), "left_out": found.left_out}
    where = f"{f' of {asked.service}' if asked.service else ''} in {asked.namespace}"
    if not pods:
        return nothing(query, f"a pod{where}", f"There is no pod{where}.", facts, found.gaps)
    restarted = sum(1 for pod in pods if pod["restarts"])
    lines = [f"{plural(len(pods), 'pod')}{where}: {len(unready)} not ready, {restarted} restarted"]
    lines += [_line(pod) for pod in pods[:_MOST_LINES]]
    if len(pods) > _MOST_LINES:
        lines.append(f"({len(pods) - _MOST_LINES} more pods are not shown)")
    return observed(query, lines, facts, (*found.gaps, *_not_kept(pods)))


def _not_kept(pods: Sequence[Mapping[str, Any]]) -> tuple[Gap, ...]:
    more = len(pods) - _MOST_PODS
    return (Gap(f"only {_MOST_PODS} of {len(pods):,} pods are kept"),) if more > 0 else ()


def _is_unready(pod: Mapping[str, Any]) -> bool:
    return not pod["ready"] and pod["phase"] != "Succeeded"


def _worst_first(pod: Mapping[str, Any]) -> tuple[bool, int, str]:
    return (not _is_unready(pod), -int(pod["restarts"]), str(pod["name"]))


def _line(pod: Mapping[str, Any]) -> str:
    parts = [f"{pod['name']}: {pod['phase']}, {'ready' if pod['ready'] else 'NOT ready'}"]
    if pod["reason"]:
        parts.append(f"{pod['reason']} {pod['message']}".strip())
    if pod["restarts"]:
        parts.append(f"{plural(pod['restarts'], 'restart')}{_last_words(pod['last_state'])}")
    revision = f"revision {pod['revision']}" if pod["revision"] is not None else f"template {pod['template_hash']}"
    age = f", {ago(pod['age_s'])} old" if pod["age_s"] is not None else ""
    return ", ".join(parts) + f" ({revision}{age}, on {pod['node'] or 'no node'})"


def _last_words(end: Mapping[str, Any] | None) -> str:
    return f", last ended {end['reason']} (exit code {end['exit_code']}) at {end['at']}" if end else ""


TOOLS = (
    ReadingTool(
        Spec(
            "list_pods",
            Effect.READ,
            ListPods,
            "List a service's pods: not ready, restarted, why, and of which revision.",
        ),
        ClusterSettings,
        list_pods,
    ),
)
