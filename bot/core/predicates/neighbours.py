"""Whether a service that the errors name is itself in trouble: by its own curve, its own lines, its own workload.

Read and calm is false. What was not looked at, or could not be read, is unknown, and then nobody else may be blamed
for sure: see `ranking`. A failing neighbour may itself only suffer: whom its own errors name is followed, and where
that is in trouble too, it is the one to begin with.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from bot.core.case import Seen
from bot.core.measures import clip, listed
from bot.core.predicates.logs import said
from bot.core.predicates.logs_shape import LOGS, has_before, suspects, wording
from bot.core.predicates.metrics import fell, main_series, rose
from bot.core.predicates.neighbours_shape import CURVE, LINES, named, names_in, neighbours, own_logs, text_of
from bot.core.predicates.onsets import onset
from bot.core.predicates.shape import Context, Judged, Predicate, check, no, quote, unknown, yes
from bot.core.predicates.workloads_shape import WORKLOADS, kind_of, workloads
from bot.core.three_valued import Truth

LATER = timedelta(minutes=2)  # what begins this much after ours is a consequence, not a cause


def neighbour_failing(context: Context, logs: Seen) -> Judged:
    """The errors name another service of the namespace whose own errors rose, or that is unhealthy."""
    judged = [_to_the_end(context, logs, name) for name in named(context, logs)]
    for truth in (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE):
        found = next((one for one in judged if one.truth is truth), None)
        if found is not None:
            return found
    who = [one for one in context.seen.values() if one.tool == WORKLOADS]
    if neighbours(context) is None:
        return unknown("which services run beside this one was not read", logs)
    return no("the errors name no other service of the namespace", logs, also=who)


def trouble(context: Context) -> Judged | None:
    """What the named neighbours' own state says, over all of the service's own lines; None where none is named."""
    judged = [neighbour_failing(context, logs) for logs in own_logs(context) if named(context, logs)]
    return min(judged, key=lambda one: (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE).index(one.truth), default=None)


def roots(context: Context) -> list[str]:
    """The services to begin with: the last of each chain."""
    return list(dict.fromkeys(chain[-1] for chain in chains(context)))


def failing_names(context: Context) -> list[str]:
    """Where the trouble of the named neighbours seems to begin: "db", or "db (through bank)"."""
    return list(dict.fromkeys(_in_words(chain) for chain in chains(context)))


def _in_words(chain: list[str]) -> str:
    return f"{chain[-1]} (through {listed(chain[:-1])})" if len(chain) > 1 else chain[0]


def chains(context: Context) -> list[list[str]]:
    """From each named neighbour in trouble to the last one in trouble that the errors lead to."""
    found = [(logs, name) for logs in own_logs(context) for name in named(context, logs)]
    return [_follow(context, name, []) for logs, name in found if _fails(context, logs, name)]


def _follow(context: Context, name: str, before: list[str]) -> list[str]:
    here = [*before, name]
    lines = _lines_of(context, name)
    for further in _blamed(context, name) if lines else ():
        if lines and further not in here and _fails(context, lines, further):
            return _follow(context, further, here)
    return here


def _fails(context: Context, logs: Seen, name: str) -> bool:
    return judge(context, logs, name).truth is Truth.TRUE


def _lines_of(context: Context, name: str) -> Seen | None:
    one = context.seen.get(f"{LINES}{name}")
    return one if one is not None and one.readable and not one.empty and has_before(one) else None


def _blamed(context: Context, name: str) -> list[str]:
    """Whom the new errors of a neighbour name, itself apart."""
    lines = _lines_of(context, name)
    return [one for one in named(context, lines) if one != name] if lines else []


def beyond(context: Context) -> list[str]:
    """Whom the errors of the failing neighbours name, wherever the errors have led so far."""
    return [further for chain in chains(context) for name in chain for further in _blamed(context, name)]


def _to_the_end(context: Context, logs: Seen, name: str) -> Judged:
    """The state of a neighbour, with that of the one its own errors lead to."""
    first = judge(context, logs, name)
    if first.truth is not Truth.TRUE:
        return first
    told, chain = [first], _follow(context, name, [])
    for suffering, further in pairwise(chain):
        lines = _lines_of(context, suffering)
        told += [_of(suffering, judge(context, lines, further))] if lines else []
    told += [
        one for one in _lines(context, logs, chain[-1]) if one.truth is Truth.TRUE and one.says not in told[-1].says
    ]
    says = "; ".join(one.says for one in told)
    evidence = tuple(dict.fromkeys(ref for one in told for ref in one.evidence))
    steps = tuple(replace(one, says=one.says.replace("those of ", "the errors of ", 1)) for one in told)
    return Judged(first.truth, says, evidence, tuple(mark for one in told for mark in one.quotes), steps)


def _of(suffering: str, judged: Judged) -> Judged:
    return replace(judged, says=judged.says.replace("the errors name", f"those of {suffering} name", 1))


def judge(context: Context, logs: Seen, name: str) -> Judged:
    """The state of one neighbour that ``logs`` name. A curve that was asked for and could not be read stays open."""
    told = [*_workloads(context, name), *_curve(context, logs, name), *_lines(context, logs, name)]
    bad = [one for one in told if one.truth is Truth.TRUE]
    first = next(iter((*bad, *(one for one in told if one.truth is Truth.UNKNOWN), *told)), None)
    line = next((one for one in suspects(logs) if names_in(text_of(one), [name])), None)
    because = f"the errors name {name}"
    if first is None:
        return unknown(f"{because}, whose own state could not be read", logs)
    says = f"{because}, and {first.says}"
    quotes = (*quote(logs, wording(line)[:160] if line else ""), *first.quotes)
    return Judged(first.truth, says, tuple(dict.fromkeys((*logs.ids, *first.evidence))), quotes)


def _workloads(context: Context, name: str) -> list[Judged]:
    """Only what is bad counts: a healthy workload may well answer errors."""
    looks = (one for one in context.seen.values() if one.tool == WORKLOADS and one.readable)
    sick = [(one, row) for one in looks for row in workloads(one) if row.get("name") == name]
    return [
        yes(f"its {kind_of(row)} is unhealthy: {clip(str(row.get('why')), 120)}", one)
        for one, row in sick
        if row.get("healthy") is False
    ]


def _curve(context: Context, logs: Seen, name: str) -> list[Judged]:
    one = context.seen.get(f"{CURVE}{name}")
    if one is None or one.empty:
        return []
    if not one.readable:
        return [unknown(f"{one.name} could not be read", one)]
    threshold = one.facts.get("threshold")
    below = isinstance(threshold, dict) and str(threshold.get("op", "")).startswith("<")
    moved = (fell if below else rose)(context, one)
    if moved.truth is Truth.UNKNOWN and (main_series(one) or {}).get("breaching_now") is True:
        return [yes(f"{one.name} breaks the same rule", one)]
    if moved.truth is Truth.TRUE and _came_later(context, logs, one):
        return [no(f"{one.name} moved only afterwards", one)]
    return [] if moved.truth is Truth.UNKNOWN and not one.incomplete else [moved]


def _lines(context: Context, logs: Seen, name: str) -> list[Judged]:
    one = context.seen.get(f"{LINES}{name}")
    if one is None or one.empty or not one.readable or not has_before(one):
        return []
    found = suspects(one)
    if not found:
        return [no(f"{one.name} show no new error", one)]
    if _came_later(context, logs, one):
        return [no(f"{one.name} show errors only afterwards", one)]
    return [yes(f"{one.name} show {said(found[0])}", one, quotes=quote(one, wording(found[0])[:160]))]


def _came_later(context: Context, logs: Seen, neighbour: Seen) -> bool:
    ours, theirs = onset(context, logs), onset(context, neighbour)
    return ours is not None and theirs is not None and theirs > ours + LATER


PREDICATES = (Predicate("neighbour_failing", (check("logs", *LOGS),), neighbour_failing),)
