"""Reading CronJobs and Jobs: their runs, newest first, and the one CronJob a case is about. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.shape import rows

JOBS = "list_jobs"

Run = Mapping[str, Any]


def cron_jobs(one: Seen) -> list[Mapping[str, Any]]:
    return rows(one.facts, "cron_jobs")


def newest_runs(one: Seen) -> list[list[Run]]:
    """The runs of each CronJob that has any, and each Job of its own as a list of one."""
    scheduled = [runs for cron_job in cron_jobs(one) if (runs := rows(cron_job, "runs"))]
    return [*scheduled, *([job] for job in rows(one.facts, "jobs"))]


def last_ended(runs: Sequence[Run]) -> Run | None:
    return next((run for run in runs if run.get("state") in ("complete", "failed")), None)


def running(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.get("state") == "running"]


def the_cron_job(one: Seen) -> Mapping[str, Any] | None:
    """The only one there is, or the only one in trouble; None where that would be a guess."""
    every = cron_jobs(one)
    if len(every) == 1:
        return every[0]
    bad = [each for each in every if each.get("behind") is True or _failed_last(each)]
    return bad[0] if len(bad) == 1 else None


def _failed_last(one: Mapping[str, Any]) -> bool:
    last = last_ended(rows(one, "runs"))
    return last is not None and last.get("state") == "failed"


def allowed_of(cron_job: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Which variables its owner lets be overridden, with which values, as it was seen."""
    told = cron_job.get("overridable")
    lists = told.items() if isinstance(told, Mapping) else ()
    return {
        str(name): tuple(value for value in values if isinstance(value, str))
        for name, values in lists
        if isinstance(values, list | tuple)
    }
