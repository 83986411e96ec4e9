"""What may stand between braces: strictly filled, so that a misspelt placeholder is an error when a runbook is loaded.

Placeholders of a *check* are the case's own names. Slots of a *cause* are read from what was seen, because a cause
speaks of revisions and pods nobody knew when the page was written.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from string import Formatter

from bot.core.case import Case
from bot.core.measures import ago, clip, clock, listed
from bot.core.predicates.jobs_shape import JOBS, last_ended, newest_runs, the_cron_job
from bot.core.predicates.logs_shape import LOGS, suspects, wording
from bot.core.predicates.neighbours import failing_names, roots
from bot.core.predicates.pods_shape import names, troubled
from bot.core.predicates.rollouts_shape import Rollout, current_rollout, previous_rollout
from bot.core.predicates.shape import Context, rows, time_of
from bot.core.rollout_words import changes_in_words

PLACEHOLDERS = frozenset({"service", "namespace", "alertname", "expression", "recent_expression", "summary"})
RANGE = re.compile(r"\[(\d+)(ms|s|m|h|d)\]")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SHORTEST, LONGEST = 20, 120
NUMBERS = ("{revision}", "{previous_revision}")
Slot = Callable[[Context], str]


def fields_of(template: str) -> list[str]:
    """The names between braces; raises ValueError for braces that mean nothing."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def why_wrong(template: str, known: frozenset[str]) -> str | None:
    """What is wrong with the template's braces, or None."""
    try:
        strange = [name for name in fields_of(template) if name not in known]
    except ValueError as error:
        return f"braces cannot be read: {error}"
    if strange:
        return f"there is no placeholder {{{strange[0]}}}; there are {', '.join(sorted(known))}"
    return None


def placeholders(case: Case) -> dict[str, str]:
    """What fills a check's arguments; an empty value means the check is not asked."""
    return {**case.placeholders(), "summary": case.summary, "recent_expression": narrowed(case.expression)}


def filled(template: str, values: Mapping[str, str]) -> str | None:
    """The template with its placeholders, or None when one of them has no value."""
    if any(not values.get(name) for name in fields_of(template)):
        return None
    return template.format_map(values)


def narrowed(expression: str) -> str:
    """The same rule over the newest quarter of its ranges, to see whether it still burns or only remembers.

    Empty where that would say nothing new: no range at least twice the shortest that still holds samples.
    """
    ranges = [int(number) * SECONDS[unit] for number, unit in RANGE.findall(expression)]
    if not ranges or max(ranges) < 2 * SHORTEST:
        return ""

    def shorter(found: re.Match[str]) -> str:
        length = int(found[1]) * SECONDS[found[2]]
        return f"[{int(min(length, max(SHORTEST, min(LONGEST, length / 4))))}s]"

    return RANGE.sub(shorter, expression)


def memory_of(expression: str) -> timedelta:
    """How far back the rule's longest range looks."""
    ranges = [int(number) * SECONDS[unit] for number, unit in RANGE.findall(expression)]
    return timedelta(seconds=max(ranges, default=0))


def _rollout(context: Context, which: Callable[..., Rollout | None], key: str) -> str:
    one = context.of_tool("rollout_history")
    value = (which(one) or {}).get(key) if one else None
    return "" if value is None else str(value)


def _rolled_out_at(context: Context) -> str:
    at = time_of(_rollout(context, current_rollout, "at"))
    return clock(at) if at else ""


def _changes(context: Context) -> str:
    one = context.of_tool("rollout_history")
    current = current_rollout(one) if one else None
    return changes_in_words(rows(current or {}, "changes"), str((current or {}).get("workload") or ""))


def _pods(context: Context) -> str:
    one = context.of_tool("list_pods")
    return listed(names(troubled(context, one))) if one else ""


def _nodes(context: Context) -> str:
    one = context.of_tool("list_nodes")
    bad = [n for n in rows(one.facts, "nodes") if n.get("pressures") or n.get("ready") is False] if one else []
    return listed([str(node.get("name")) for node in bad])


def _error(context: Context) -> str:
    looks = (one for one in context.seen.values() if one.tool in LOGS and one.readable)
    return next((clip(wording(found[0]), 120) for one in looks if (found := suspects(one))), "")


def _dependency(context: Context) -> str:
    return listed(failing_names(context)) or f"Something {context.case.service} depends on"


def _begin_with(context: Context) -> str:
    return listed(roots(context)) or "the service the errors name"


def _images(context: Context) -> str:
    one = context.of_tool("rollout_history")
    images = (current_rollout(one) or {}).get("images") if one else None
    return listed([str(image) for image in images.values()]) if isinstance(images, Mapping) else ""


def _restarted_at(context: Context) -> str:
    one = context.of_tool("list_pods")
    times = [time_of(pod.get("restarted_at")) for pod in troubled(context, one)] if one else []
    known = [at for at in times if at]
    return clock(max(known)) if known else ""


def _cron_job(context: Context) -> str:
    one = context.of_tool(JOBS)
    found = the_cron_job(one) if one else None
    return str(found.get("name") or "") if found else ""


def _failed_job(context: Context) -> str:
    one = context.of_tool(JOBS)
    ended = [run for runs in newest_runs(one) if (run := last_ended(runs))] if one else []
    return next((str(run.get("name")) for run in ended if run.get("state") == "failed"), "")


def _last_success(context: Context) -> str:
    one = context.of_tool(JOBS)
    found = the_cron_job(one) if one else None
    at = time_of(found.get("last_success_at")) if found else None
    return f"{at.astimezone(UTC):%d %B %H:%M} UTC" if at else ""


SLOTS: Mapping[str, Slot] = {
    "service": lambda context: context.case.service,
    "namespace": lambda context: context.case.namespace,
    "alertname": lambda context: context.case.alertname,
    "memory": lambda context: ago(memory_of(context.case.expression).total_seconds()),
    "workload": lambda context: _rollout(context, current_rollout, "workload") or context.case.service,
    "revision": lambda context: _rollout(context, current_rollout, "revision"),
    "previous_revision": lambda context: _rollout(context, previous_rollout, "revision"),
    "rolled_out_at": _rolled_out_at,
    "changes": _changes,
    "pods": _pods,
    "nodes": _nodes,
    "error": _error,
    "dependency": _dependency,
    "begin_with": _begin_with,
    "images": _images,
    "restarted_at": _restarted_at,
    "cron_job": _cron_job,
    "failed_job": _failed_job,
    "last_success": _last_success,
}
KNOWN = frozenset(SLOTS)


def text_of(template: str, context: Context) -> str:
    """A cause's words with its slots; what could not be read is said as such, never left blank."""
    values = {name: SLOTS[name](context) or f"(unknown {name.replace('_', ' ')})" for name in fields_of(template)}
    return template.format_map(values)


def argument_of(template: str | int | bool, context: Context) -> str | int | bool | None:
    """A proposal's argument; None where a slot has no value. A revision alone becomes the number it is."""
    if not isinstance(template, str):
        return template
    value = filled(template, {name: SLOTS[name](context) for name in fields_of(template)})
    return int(value) if value and value.isdigit() and template in NUMBERS else value
