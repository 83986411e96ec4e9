"""What kube-state-metrics would say of CronJobs and Jobs, now and over the history; read from live objects."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.playground.world.sim.census import unix
from bot.playground.world.sim.meters import Samples
from bot.playground.world.sim.state_metrics import Row, backfill_states, gauge
from bot.playground.world.sim.weather import Floats

Object = Mapping[str, Any]


def cron_job_rows(cron_job: Object) -> Iterator[Row]:
    own = _own(cron_job, "cronjob")
    status = cron_job.get("status") or {}
    yield gauge("kube_cronjob_created", own, unix(cron_job["metadata"]["creationTimestamp"]))
    yield gauge("kube_cronjob_spec_suspend", own, bool(cron_job["spec"].get("suspend")))
    yield gauge("kube_cronjob_status_active", own, len(status.get("active") or ()))
    for short, field in (("schedule", "lastScheduleTime"), ("successful", "lastSuccessfulTime")):
        if at := unix(status.get(field)):
            yield gauge(f"kube_cronjob_status_last_{short}_time", own, at)


def job_rows(job: Object) -> Iterator[Row]:
    own, status = _own(job, "job_name"), job.get("status") or {}
    for owner in job["metadata"].get("ownerReferences") or ():
        yield gauge("kube_job_owner", {**own, "owner_kind": owner["kind"], "owner_name": owner["name"]}, 1)
    for name in ("active", "succeeded", "failed"):
        yield gauge(f"kube_job_status_{name}", own, status.get(name) or 0)
    for kind in ("Complete", "Failed"):
        held = any(one["type"] == kind and one["status"] == "True" for one in status.get("conditions") or ())
        if held:
            yield gauge(f"kube_job_{kind.lower()}", {**own, "condition": "true"}, 1)


def _own(thing: Object, label: str) -> dict[str, str]:
    return {"namespace": thing["metadata"]["namespace"], label: thing["metadata"]["name"]}


def backfill_batch(
    samples: Samples, times: Floats, cron_jobs: Sequence[Object], jobs: Sequence[Object], every: Mapping[str, float]
) -> None:
    """Write the past: a Job is told of from its start, a CronJob's last due time from when it came."""
    for cron_job in cron_jobs:
        last = unix((cron_job.get("status") or {}).get("lastScheduleTime"))
        for line, value in cron_job_rows(cron_job):
            if line.name != "kube_cronjob_status_last_schedule_time":
                backfill_states(samples, times, [(line, value)])
                continue
            backfill_states(
                samples, times[times < last], [(line, value - every.get(cron_job["metadata"]["name"], 0.0))]
            )
            backfill_states(samples, times[times >= last], [(line, value)])
    for job in jobs:
        ended = unix((job.get("status") or {}).get("completionTime")) or _failed_at(job)
        backfill_states(samples, times[times >= ended], list(job_rows(job)))


def _failed_at(job: Object) -> float:
    conditions = (job.get("status") or {}).get("conditions") or ()
    return max((unix(one.get("lastTransitionTime")) for one in conditions), default=0.0)
