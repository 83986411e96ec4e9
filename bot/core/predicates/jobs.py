"""Predicates about CronJobs and their Jobs. None found is unknown: the wrong name looks just like it.

Facts: `list_jobs`, late and failed ones first, the runs of each newest first.
"""

from bot.core.case import Seen
from bot.core.measures import ago, clip, count_of
from bot.core.predicates.jobs_shape import JOBS, Run, cron_jobs, last_ended, newest_runs, running
from bot.core.predicates.shape import (
    COMPARED,
    Context,
    Judged,
    Measure,
    Predicate,
    check,
    no,
    number_of,
    quote,
    unknown,
    yes,
)


def job_failed(_: Context, jobs: Seen) -> Judged:
    """The newest run that has ended failed."""
    ended = [run for runs in newest_runs(jobs) if (run := last_ended(runs))]
    if not ended:
        return unknown(f"no Job that has ended was found under {jobs.name}", jobs)
    failed = [run for run in ended if run.get("state") == "failed"]
    if not failed:
        return no(f"the newest run that has ended, {ended[0].get('name')}, succeeded", jobs)
    # a newer run may be among those that were not read
    return yes(_failure(failed[0]), jobs, quotes=quote(jobs, failed[0].get("name")), needs_all=COMPARED)


def _failure(run: Run) -> str:
    why = clip(f"{run.get('reason') or ''} {run.get('message') or ''}".strip(), 140)
    return f"Job {run.get('name')} failed" + (f": {why}" if why else "")


def behind_schedule(_: Context, jobs: Seen) -> Judged:
    """The last run that was due has not succeeded, though it had its time."""
    known = [one for one in cron_jobs(jobs) if isinstance(one.get("behind"), bool)]
    if not known:
        return unknown(f"no CronJob that was ever due was found under {jobs.name}", jobs)
    late = [one for one in known if one["behind"]]
    if not late:
        return no(f"{count_of(len(known), 'CronJob')} on schedule", jobs)
    one = late[0]
    age = number_of(one.get("last_success_age_s"))
    success = f"its last success was {ago(age)} ago" if age is not None else "no success of it is known"
    says = f"CronJob {one.get('name')} is behind its schedule ({one.get('schedule')}): {success}"
    return yes(says, jobs, quotes=quote(jobs, one.get("name")), needs_all=COMPARED)


def job_running(_: Context, jobs: Seen) -> Judged:
    """A run is under way now."""
    runs = newest_runs(jobs)
    if not runs:
        return unknown(f"no Job was found under {jobs.name}", jobs)
    going = [run for every in runs for run in running(every)]
    if not going:
        return no("no run is under way", jobs)
    seconds = number_of(going[0].get("seconds"))
    since = f" for {ago(seconds)}" if seconds is not None else ""
    return yes(f"Job {going[0].get('name')} has been running{since}", jobs)


def suspended(_: Context, jobs: Seen) -> Judged:
    """A CronJob is suspended: nothing of it is started any more."""
    known = [one for one in cron_jobs(jobs) if isinstance(one.get("suspended"), bool)]
    if not known:
        return unknown(f"no CronJob was found under {jobs.name}", jobs)
    held = [one for one in known if one["suspended"]]
    return yes(f"CronJob {held[0].get('name')} is suspended", jobs) if held else no("none is suspended", jobs)


def _failed_runs(_: Context, jobs: Seen) -> float | None:
    """How many of the runs that are kept failed."""
    runs = [run for every in newest_runs(jobs) for run in every]
    return float(sum(1 for run in runs if run.get("state") == "failed")) if runs else None


_JOBS = check("jobs", JOBS)
PREDICATES = (
    Predicate("job_failed", (_JOBS,), job_failed),
    Predicate("behind_schedule", (_JOBS,), behind_schedule),
    Predicate("job_running", (_JOBS,), job_running),
    Predicate("suspended", (_JOBS,), suspended),
)
MEASURES = (Measure("failed_runs", (_JOBS,), _failed_runs),)
