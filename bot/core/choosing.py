"""A proposal's argument whose value is chosen by evidence: the allowed value that a check's curve speaks for. Pure.

Three things must hold, or there is no proposal: the value is in the runbook's own list (where it has one), its owner
lets it be used (as a look at the CronJob showed), and the check says of it, now, that it is within the bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.case import Seen
from bot.core.predicates.jobs_shape import JOBS, allowed_of, the_cron_job
from bot.core.predicates.metrics import values_by
from bot.core.predicates.shape import Context

Take = Literal["lowest", "highest"]
CHOOSERS = ("query_instant", "query_metrics")


@dataclass(frozen=True)
class Choice:
    """``check`` measures each value, told by ``label``; the ``take`` one counts, and only within ``bound``."""

    check: str
    label: str
    take: Take
    bound: float
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """``stands_on`` are the looks that speak for it."""

    value: str
    stands_on: tuple[Seen, ...]


def choose(choice: Choice, name: str, context: Context) -> Chosen | None:
    """The value for the variable ``name``; None where nothing, or nothing for certain, speaks for one."""
    one, jobs = context.seen.get(choice.check), context.of_tool(JOBS)
    cron_job = the_cron_job(jobs) if jobs else None
    if one is None or not one.readable or jobs is None or cron_job is None:
        return None
    allowed = [v for v in allowed_of(cron_job).get(name, ()) if not choice.among or v in choice.among]
    measured = _measured(values_by(context, one, choice.label), allowed)
    fit = {value: level for value, level in measured.items() if _within(choice, level)}
    if not fit:
        return None
    best = (min if choice.take == "lowest" else max)(fit, key=lambda value: fit[value])
    if list(fit.values()).count(fit[best]) > 1 or _has_now(cron_job, name, best):
        return None  # two are as good, which is nobody's evidence; or it is what it ran with already
    return Chosen(best, (one, jobs))


def _measured(levels: Mapping[str, float], allowed: list[str]) -> dict[str, float]:
    """The level of each allowed value; one that several series could mean is left out."""
    found: dict[str, list[float]] = {}
    for told, level in levels.items():
        meant = [value for value in allowed if value == told] or [v for v in allowed if _host(v) == _host(told)]
        if len(meant) == 1:
            found.setdefault(meant[0], []).append(level)
    return {value: each[0] for value, each in found.items() if len(each) == 1}


def _host(text: str) -> str:
    """A label often carries a port that a setting has not, or the other way round."""
    return text.partition(":")[0]


def _within(choice: Choice, level: float) -> bool:
    return level < choice.bound if choice.take == "lowest" else level > choice.bound


def _has_now(cron_job: Mapping[str, Any], name: str, value: str) -> bool:
    env = cron_job.get("env")
    return isinstance(env, Mapping) and env.get(name) == value
