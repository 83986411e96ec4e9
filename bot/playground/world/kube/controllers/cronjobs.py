"""The CronJob controller: a Job for each time that is due, who of them still runs, and old ones tidied away.

Of several missed times only the newest is made up for. A Job somebody made by hand from a CronJob is reported, counts
as a success when it succeeds, and is never in `status.active`, as with the real controller.
"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.conditions import is_true
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import named
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import seconds, stamp

SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_BY = "cronjob-controller"
_CRON_JOB, _JOB = named("CronJob"), named("Job")


class CronJobs:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, recorder: Recorder) -> None:
        self._state, self._registry, self._deletion, self._recorder = state, registry, deletion, recorder

    def reconcile(self, ref: Ref) -> None:
        cron_job = self._state.store.get(*ref)
        if cron_job is None or cron_job["metadata"].get("deletionTimestamp"):
            return
        jobs = self._state.store.owned(cron_job["metadata"]["uid"], "Job")
        status = self._count(cron_job, jobs)
        self._start_what_is_due(ref, cron_job, status)
        self._registry.status(_CRON_JOB, cron_job, status)
        self._tidy(cron_job, jobs)

    def start_now(self, ref: Ref) -> None:
        """Let a CronJob be due at this moment; raises KeyError where there is none."""
        cron_job = self._state.store.get(*ref)
        if cron_job is None:
            raise KeyError(f"no CronJob {ref.namespace}/{ref.name}")
        status, now = dict(cron_job["status"]), self._state.clock.now()
        self._add(status, self._start(cron_job, now), now)
        self._registry.status(_CRON_JOB, cron_job, status)

    def _count(self, cron_job: Object, jobs: list[Object]) -> dict[str, Any]:
        """The status as it is now; says what ended and what nobody here started."""
        status = dict(cron_job["status"])
        by_uid = {job["metadata"]["uid"]: job for job in jobs}
        listed = [one["uid"] for one in status.get("active") or ()]
        for uid, job in by_uid.items():
            name = job["metadata"]["name"]
            if uid in listed and is_over(job):
                how = "Complete" if succeeded(job) else "Failed"
                self._recorder.about(cron_job, "SawCompletedJob", f"Saw completed job: {name}, condition: {how}", _BY)
            elif uid not in listed and not is_over(job):
                words = f"Saw a job that the controller did not create or forgot: {name}"
                self._recorder.about(cron_job, "UnexpectedJob", words, _BY, "Warning")
        active = [_reference(by_uid[uid]) for uid in listed if uid in by_uid and not is_over(by_uid[uid])]
        ended = [str(job["status"]["completionTime"]) for job in jobs if job["status"].get("completionTime")]
        last = max([*ended, str(status.get("lastSuccessfulTime") or "")])
        kept = {name: value for name, value in status.items() if name not in ("active", "lastSuccessfulTime")}
        return kept | ({"active": active} if active else {}) | ({"lastSuccessfulTime": last} if last else {})

    def _start_what_is_due(self, ref: Ref, cron_job: Object, status: dict[str, Any]) -> None:
        now = self._state.clock.now()
        since = seconds(status.get("lastScheduleTime") or cron_job["metadata"]["creationTimestamp"])
        if cron_job["spec"].get("suspend"):
            return
        due, following = times_of(cron_job["spec"], since, now)
        self._state.queue.after(ref, following)
        if due is None or due < now - cron_job["spec"].get("startingDeadlineSeconds", float("inf")):
            return
        if status.get("active") and cron_job["spec"]["concurrencyPolicy"] == "Forbid":
            words = f"Not starting job because prior execution is running and concurrency policy is Forbid: {ref.name}"
            self._recorder.about(cron_job, "JobAlreadyActive", words, _BY)
            return
        self._add(status, self._start(cron_job, due), due)

    def _add(self, status: dict[str, Any], made: Object, due: float) -> None:
        status["active"] = [*status.get("active", ()), _reference(made)]
        status["lastScheduleTime"] = stamp(due)

    def _start(self, cron_job: Object, due: float) -> Object:
        name = f"{cron_job['metadata']['name'][:52]}-{int(due) // 60}"
        job = job_of(cron_job, name, {SCHEDULED_AT: stamp(due)})
        made = self._registry.create(_JOB, cron_job["metadata"]["namespace"], job).value
        self._recorder.about(cron_job, "SuccessfulCreate", f"Created job {name}", _BY)
        return made

    def _tidy(self, cron_job: Object, jobs: list[Object]) -> None:
        """Keep as many ended Jobs as the CronJob says, the newest."""
        spec, meta = cron_job["spec"], cron_job["metadata"]
        well = [job for job in jobs if succeeded(job)]
        badly = [job for job in jobs if is_over(job) and not succeeded(job)]
        for ended, limit in ((well, spec["successfulJobsHistoryLimit"]), (badly, spec["failedJobsHistoryLimit"])):
            ended.sort(key=lambda job: str(job["status"].get("startTime")))
            for job in ended[: max(0, len(ended) - int(limit))]:
                self._deletion.delete(_JOB, meta["namespace"], job["metadata"]["name"])


def times_of(spec: Object, since: float, now: float) -> tuple[float | None, float]:
    """Return the newest time after `since` that is due, if there is one, and the next one after now."""
    zone = ZoneInfo(spec.get("timeZone") or "UTC")
    beat = croniter(spec["schedule"], datetime.fromtimestamp(now, UTC).astimezone(zone))
    following = beat.get_next(datetime).timestamp()
    last = beat.get_prev(datetime).timestamp()
    return (last if since < last <= now else None), following


def job_of(cron_job: Object, name: str, annotations: dict[str, str]) -> Object:
    """The Job a CronJob's template describes."""
    template, meta = cron_job["spec"]["jobTemplate"], cron_job["metadata"]
    told = template.get("metadata") or {}
    head = {
        "name": name,
        "namespace": meta["namespace"],
        "labels": dict(told.get("labels") or {}),
        "annotations": {**(told.get("annotations") or {}), **annotations},
        "ownerReferences": podlooks.owned_by(cron_job),
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": head, "spec": template["spec"]}


def is_over(job: Object) -> bool:
    return succeeded(job) or is_true(job["status"].get("conditions"), "Failed")


def succeeded(job: Object) -> bool:
    return is_true(job["status"].get("conditions"), "Complete")


def _reference(job: Object) -> dict[str, Any]:
    meta = job["metadata"]
    told = {name: meta[name] for name in ("name", "namespace", "uid", "resourceVersion") if name in meta}
    return {"apiVersion": job["apiVersion"], "kind": "Job", **told}
