"""Predicates about pods and nodes.

No pods at all is unknown: the wrong label looks just like it. An empty list of nodes cannot be either.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.case import Seen
from bot.core.measures import clip, count_of, listed
from bot.core.predicates.pods_shape import (
    PULLING,
    Pod,
    is_looping,
    is_oom_killed,
    is_restarted,
    is_unready,
    names,
    pods,
    waits_for,
)
from bot.core.predicates.shape import (
    Context,
    Judged,
    Measure,
    Parameter,
    Predicate,
    check,
    checks,
    no,
    number_of,
    quote,
    rows,
    unknown,
    yes,
)
from bot.core.three_valued import Truth, negate

Which = Callable[[Context, Pod], bool]


def _some(context: Context, one: Seen, which: Which, bad_words: str, good_words: str) -> Judged:
    """``bad_words`` go on from "2 of 6 pods …", ``good_words`` from "none of 6 pods …"."""
    every = pods(one)
    if not every:
        return unknown(f"no pods were found under {one.name}", one)
    bad = [pod for pod in every if which(context, pod)]
    if not bad:
        return no(f"none of {count_of(len(every), 'pod')} {good_words}", one)
    says = f"{len(bad)} of {count_of(len(every), 'pod')} {bad_words}: {listed(names(bad))}{_because(bad)}"
    return yes(says, one, quotes=quote(one, names(bad)[0]))


def _because(bad: list[Pod]) -> str:
    said = next((f"{pod.get('reason')}" for pod in bad if pod.get("reason")), "")
    return f" ({clip(said, 80)})" if said else ""


def restarted(context: Context, pods: Seen) -> Judged:
    """A container restarted since the incident's window began."""
    return _some(context, pods, is_restarted, "restarted in this window", "restarted in this window")


def unready(context: Context, pods: Seen) -> Judged:
    """A pod is not ready (one that is only just starting does not count)."""
    return _some(context, pods, lambda _, pod: is_unready(pod), "not ready", "is unready")


def all_ready(context: Context, pods: Seen) -> Judged:
    """Every pod is ready."""
    bad = unready(context, pods)
    if bad.truth is not Truth.FALSE:
        return Judged(negate(bad.truth), bad.says, bad.evidence, bad.quotes)
    return yes(f"all {bad.says.split()[2]} pods ready", pods)


def oom_killed(context: Context, pods: Seen) -> Judged:
    """A container was killed for its memory in this incident."""
    return _some(context, pods, is_oom_killed, "killed for memory (OOMKilled)", "was killed for memory")


def crash_looping(context: Context, pods: Seen) -> Judged:
    """A container starts and dies again and again."""
    return _some(context, pods, is_looping, "crash looping", "is crash looping")


def image_pull_failing(context: Context, pods: Seen) -> Judged:
    """An image cannot be pulled."""
    bad = "cannot pull their image"
    return _some(context, pods, lambda _, pod: waits_for(pod, *PULLING), bad, "waits for its image")


def waiting_for(context: Context, pods: Seen, reasons: str) -> Judged:
    """A pod waits for one of these reasons (globs, `a|b`)."""
    wanted = [reason.strip() for reason in reasons.split("|")]
    words = listed(wanted)
    return _some(
        context, pods, lambda _, pod: waits_for(pod, *wanted), f"waiting ({words})", f"waits for any of {words}"
    )


def node_pressure(_: Context, nodes: Seen, pods: Seen | None = None) -> Judged:
    """A node is not ready or under pressure; with ``pods``, only nodes that carry one of them count."""
    every = rows(nodes.facts, "nodes")
    if not every:
        return unknown("no nodes were found", nodes)
    bad = [node for node in every if node.get("pressures") or node.get("ready") is False]
    if not bad:
        return no(f"none of {count_of(len(every), 'node')} is under pressure", nodes)
    if pods is not None and not pods.readable:
        return unknown(f"{_node_words(bad)}; which pods run there was not readable", nodes)
    mine = {str(pod.get("node")) for pod in rows(pods.facts, "pods")} if pods is not None else None
    carrying = [node for node in bad if mine is None or str(node.get("name")) in mine]
    if not carrying:
        where = [pods] if pods is not None else []
        return no(f"{_node_words(bad)}, but no pod of this service runs there", nodes, also=where)
    return yes(_node_words(carrying), nodes, quotes=quote(nodes, carrying[0].get("name")))


def _node_words(bad: list[Mapping[str, Any]]) -> str:
    return "; ".join(f"node {node.get('name')} {_state(node)}" for node in bad[:3])


def _state(node: Mapping[str, Any]) -> str:
    pressures = node.get("pressures")
    said = listed([str(one) for one in pressures]) if isinstance(pressures, list | tuple) and pressures else ""
    return "is not ready" if node.get("ready") is False and not said else f"has {said}"


def _restarts(_: Context, listed_pods: Seen) -> float | None:
    """Restarts of all pods together."""
    return sum(number_of(pod.get("restarts")) or 0.0 for pod in pods(listed_pods)) if pods(listed_pods) else None


_PODS = check("pods", "list_pods")
PREDICATES = (
    Predicate("restarted", (_PODS,), restarted),
    Predicate("unready", (_PODS,), unready),
    Predicate("all_ready", (_PODS,), all_ready),
    Predicate("oom_killed", (_PODS,), oom_killed),
    Predicate("crash_looping", (_PODS,), crash_looping),
    Predicate("image_pull_failing", (_PODS,), image_pull_failing),
    Predicate("waiting_for", (_PODS, Parameter("reasons", "text")), waiting_for),
    Predicate("node_pressure", (check("nodes", "list_nodes"), checks("pods", "list_pods")), node_pressure),
)
MEASURES = (Measure("restarts", (_PODS,), _restarts),)
