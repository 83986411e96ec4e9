"""Predicates about log lines, and whose lines they are.

No lines at all is unknown, not "no error": the wrong index, a wrong label or a silent service look just the same.
`new` needs lines from before: where there are none, everything would be new. Error levels only; a warning that always
occurs is nobody's cause.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core.case import Seen
from bot.core.findings import Quote
from bot.core.measures import TOGETHER, ago, clip, clock, count_of, listed, times
from bot.core.predicates.logs_shape import (
    LOGS,
    errors,
    has_before,
    hashes_of,
    leading,
    new_errors,
    pods_of,
    suspects,
    wording,
)
from bot.core.predicates.neighbours_shape import named, neighbours, speaks_of_a_call
from bot.core.predicates.onsets import onset, slack
from bot.core.predicates.pods_shape import names, pods, troubled
from bot.core.predicates.rollouts_shape import by_revision, current_rollout, other_rollouts, revision_name
from bot.core.predicates.shape import (
    COMPARED,
    EVERY,
    Context,
    Judged,
    Measure,
    Parameter,
    Predicate,
    check,
    either,
    no,
    number_of,
    quote,
    rows,
    time_of,
    unknown,
    yes,
)
from bot.core.three_valued import negate

LEAST_SILENCE = 10.0  # seconds
GAPS = 5  # usual gaps of silence that count as an end
ONLY = 0.99
AT_ONCE = 120.0  # seconds after a rollout within which its own errors show
MOSTLY = 0.8
Template = Mapping[str, Any]


def _no_lines(logs: Seen) -> Judged | None:
    if logs.empty or not (number_of(logs.facts.get("total")) or rows(logs.facts, "templates")):
        return unknown(f"{logs.name} has no lines in this window, which may also mean it was looked for wrongly", logs)
    return None


def said(template: Template) -> str:
    return f"“{clip(wording(template), 120)}” ({times(template.get('count'))})"


def _quotes(logs: Seen, templates: list[Template]) -> tuple[Quote, ...]:
    return tuple(one for template in templates[:2] for one in quote(logs, wording(template)[:160]))


def new(_: Context, logs: Seen) -> Judged:
    """Errors are logged that were not there before the incident."""
    if nothing := _no_lines(logs):
        return nothing
    found = new_errors(logs)
    if not has_before(logs):
        return unknown(f"{logs.name}: no lines from before the incident to compare with", logs)
    if found:
        return yes(f"new error in {logs.name}: {said(found[0])}", logs, quotes=_quotes(logs, found[:1]))
    return no(f"no new error in {logs.name} ({count_of(int(number_of(logs.facts.get('total')) or 0), 'line')})", logs)


def rising(_: Context, logs: Seen) -> Judged:
    """Errors that were there before are logged more often."""
    if nothing := _no_lines(logs):
        return nothing
    if not has_before(logs):
        return unknown(f"{logs.name}: no lines from before the incident to compare with", logs)
    found = [one for one in errors(logs) if one.get("rising") is True]
    if found:
        return yes(f"more often in {logs.name}: {said(found[0])}", logs, quotes=_quotes(logs, found[:1]))
    return no(f"no error became more frequent in {logs.name}", logs)


def mentions(_: Context, logs: Seen, words: str) -> Judged:
    """The errors of this incident say one of these (`a|b|c`, any case; plain words, not patterns)."""
    if nothing := _no_lines(logs):
        return nothing
    wanted = [re.escape(word.strip()) for word in words.split("|") if word.strip()]
    pattern = re.compile("|".join(wanted), re.I)
    candidates = suspects(logs) if has_before(logs) else errors(logs)
    found = [one for one in candidates if pattern.search(wording(one)) or pattern.search(str(one.get("example") or ""))]
    if found:
        return yes(f"{logs.name} say {said(found[0])}", logs, quotes=_quotes(logs, found[:1]))
    return no(f"no error in {logs.name} speaks of {listed([w.strip() for w in words.split('|')], 3)}", logs)


def _share(context: Context, logs: Seen, rollouts: Seen, least: float) -> Judged:
    found = leading(logs)
    if nothing := _no_lines(logs):
        return nothing
    if not found:
        return no(f"{logs.name} show no error of this incident", logs)
    mine, others, nobody = by_revision(pods_of(found), hashes_of(found), rollouts)
    total = mine + others
    if not total or nobody > total:
        return unknown(f"which revision's pods wrote “{clip(wording(found[0]), 80)}” cannot be told", logs, rollouts)
    which = revision_name(current_rollout(rollouts))
    says = f"pods of {which} log {said(found[0])}"
    if mine == total:
        return _alone(context, logs, rollouts, f"only {says}")
    says = f"{mine:,} of {total:,} times {says}"
    quotes = _quotes(logs, found[:1])
    return either(mine >= least * total, says, logs, rollouts, quotes=quotes, needs_all=COMPARED)


def _alone(context: Context, logs: Seen, rollouts: Seen, says: str) -> Judged:
    """After a full rollout only the new pods can log anything: that says something only beside others that do not."""
    quotes = _quotes(logs, suspects(logs)[:1])
    if another_is_well(context, logs, rollouts):
        return yes(f"{says}, while others run beside them", logs, rollouts, quotes=quotes, needs_all=EVERY)
    began, came = onset(context, logs), onset(context, rollouts)
    if began is None or came is None or not -slack(logs, rollouts) <= (began - came).total_seconds() <= AT_ONCE:
        why = "no pods of another revision ran beside, and the errors did not begin with it"
        return unknown(f"{says}, but {why}", logs, rollouts)
    if neighbours(context) is None or named(context, logs) or speaks_of_a_call(logs):
        return unknown(
            f"{says}, but they may be another service's: they speak of a call, or who runs beside was not read",
            logs,
            rollouts,
        )
    late = (began - came).total_seconds()
    since = "the moment" if abs(late) < TOGETHER else f"{ago(late)} {'after' if late > 0 else 'before'}"
    return yes(f"{says}, from {since} it came on", logs, rollouts, quotes=quotes, needs_all=EVERY)


def another_is_well(context: Context, logs: Seen, rollouts: Seen) -> bool:
    """Whether pods of another revision logged something after the errors began.

    Lines that both revisions write do not say when the others wrote them: there, the others must still be alive.
    """
    began = onset(context, logs)
    beside = any(number_of(one.get("replicas")) for one in other_rollouts(rollouts))
    for template in rows(logs.facts, "templates"):
        mine, others, _ = by_revision(pods_of([template]), hashes_of([template]), rollouts)
        last = time_of(template.get("last_seen"))
        if began and last and last > began and others and (beside or not mine):
            return True
    return False


def _pods_share(context: Context, sick: Seen, rollouts: Seen, least: float) -> Judged:
    bad = troubled(context, sick)
    if sick.empty or not pods(sick):
        return unknown(f"no pods were found under {sick.name}", sick)
    if not bad:
        return no("no pod is in trouble", sick)
    mine, others, _ = by_revision(*_counted(bad), rollouts)
    every, rest, _ = by_revision(*_counted(pods(sick)), rollouts)
    if not every + rest or not mine + others:
        return unknown("which revision the pods belong to cannot be told", sick, rollouts)
    if not rest and mine:
        return unknown("no pod of another revision runs beside, so there is nothing to compare with", sick, rollouts)
    which = revision_name(current_rollout(rollouts))
    says = f"{mine} of {len(bad)} pods in trouble are of {which}; {rest - others} of {rest} others are well"
    return either(mine >= least * (mine + others), says, sick, rollouts, needs_all=COMPARED)


def _counted(found: list[Mapping[str, Any]]) -> tuple[dict[str, int], dict[str, int]]:
    hashes: dict[str, int] = {}
    for pod in found:
        if pod.get("template_hash"):
            hashes[str(pod["template_hash"])] = hashes.get(str(pod["template_hash"]), 0) + 1
    return dict.fromkeys(names(found), 1), hashes


def only_on(context: Context, seen: Seen, rollouts: Seen) -> Judged:
    """Only pods of the current revision log the new errors (or are in trouble), while others are well, or at once."""
    judge = _pods_share if seen.tool == "list_pods" else _share
    return judge(context, seen, rollouts, ONLY)


def mostly_on(context: Context, seen: Seen, rollouts: Seen) -> Judged:
    """At least four fifths of it is on pods of the current revision, compared as `only_on` does."""
    judge = _pods_share if seen.tool == "list_pods" else _share
    return judge(context, seen, rollouts, MOSTLY)


def also_on_others(context: Context, seen: Seen, rollouts: Seen) -> Judged:
    """Pods of other revisions log the same errors (or are in trouble) too: the current revision is not what differs."""
    mostly = mostly_on(context, seen, rollouts)
    if not (troubled(context, seen) if seen.tool == "list_pods" else suspects(seen)):
        return mostly
    return replace(mostly, truth=negate(mostly.truth), quotes=())


def only_some_pods(_: Context, logs: Seen, listed_pods: Seen) -> Judged:
    """The errors come from at most half of the running pods of one revision; the others of it are without them."""
    if nothing := _no_lines(logs):
        return nothing
    found = suspects(logs)
    sick = {name for name, count in pods_of(found).items() if count}
    alive = pods(listed_pods)
    if not found:
        return no(f"{logs.name} show no error of this incident", logs)
    if not sick or not alive:
        return unknown("which pods wrote the errors cannot be told", logs, listed_pods)
    guilty = [pod for pod in alive if str(pod.get("name")) in sick]
    revisions = {str(pod.get("template_hash")) for pod in guilty}
    alike = [pod for pod in alive if str(pod.get("template_hash")) in revisions]
    says = f"{len(guilty)} of {len(alike)} running pods of the same revision log {said(found[0])}"
    few = 0 < len(guilty) <= len(alike) / 2
    who = f"{says}: {listed(names(guilty))}" if few else says
    return either(few, who, logs, listed_pods, quotes=_quotes(logs, found[:1]), needs_all=COMPARED)


def on_one_node(context: Context, seen: Seen, listed_pods: Seen) -> Judged:
    """At least two pods are in trouble (or log the errors), all on one node, while pods on other nodes are well."""
    placed = {str(pod.get("name")): str(pod.get("node") or "") for pod in pods(listed_pods)}
    bad = names(troubled(context, seen)) if seen.tool == "list_pods" else list(pods_of(suspects(seen)))
    nodes = {placed[name] for name in bad if placed.get(name)}
    if not placed:
        return unknown("no pods were found", listed_pods)
    known = [name for name in bad if name in placed]
    if len(known) < 2:
        return no(f"{count_of(len(known), 'pod')} in trouble, too few to speak of a node", seen, listed_pods)
    elsewhere = [name for name, node in placed.items() if node not in nodes and name not in bad]
    says = f"{len(known)} pods in trouble on {listed(sorted(nodes))}, {len(elsewhere)} well elsewhere"
    return either(len(nodes) == 1 and bool(elsewhere), says, seen, listed_pods, needs_all=COMPARED)


def stopped(context: Context, logs: Seen) -> Judged:
    """The errors of this incident are logged no more: several times longer silent than the usual gap between them."""
    if nothing := _no_lines(logs):
        return nothing
    found = suspects(logs)
    spans = [
        (time_of(one.get("first_seen")), time_of(one.get("last_seen")), number_of(one.get("count"))) for one in found
    ]
    if not found:
        return no(f"{logs.name} show no error of this incident", logs)
    if any(first is None or last is None for first, last, _ in spans):
        return unknown("when the errors were last logged cannot be told", logs)
    until = min(context.case.now, context.case.window.end)
    newest = max(last for _, last, _ in spans if last)
    silent = (until - newest).total_seconds()
    gap = max(
        (last - first).total_seconds() / max((count or 1) - 1, 1) for first, last, count in spans if first and last
    )
    over = silent > max(LEAST_SILENCE, GAPS * gap)
    says = f"{said(found[0])}, last at {clock(newest)}" if over else f"{said(found[0])} goes on"
    return either(over, says, logs, quotes=_quotes(logs, found[:1]), needs_all=EVERY)


def _lines(_: Context, logs: Seen) -> float | None:
    """How many lines were found in the incident's window."""
    return number_of(logs.facts.get("total"))


_LOGS = check("logs", *LOGS)
_WHO = check("logs_or_pods", *LOGS, "list_pods")
_ROLLOUTS = Parameter("rollouts.current", "rollout", frozenset({"rollout_history"}))
_PODS = check("pods", "list_pods")
PREDICATES = (
    Predicate("new", (_LOGS,), new),
    Predicate("rising", (_LOGS,), rising),
    Predicate("stopped", (_LOGS,), stopped),
    Predicate("mentions", (_LOGS, Parameter("words", "text")), mentions),
    Predicate("only_on", (_WHO, _ROLLOUTS), only_on),
    Predicate("mostly_on", (_WHO, _ROLLOUTS), mostly_on),
    Predicate("also_on_others", (_WHO, _ROLLOUTS), also_on_others),
    Predicate("only_some_pods", (_LOGS, _PODS), only_some_pods),
    Predicate("on_one_node", (_WHO, _PODS), on_one_node),
)
MEASURES = (Measure("lines", (_LOGS,), _lines),)
