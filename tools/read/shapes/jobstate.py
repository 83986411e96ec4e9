"""What state a Job is in, and whether a CronJob is behind its schedule, from the objects alone. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.harmless import VALUE_HIDDEN, is_harmless
from bot.core.ledger import stamp
from bot.core.redact import redact
from bot.core.reruns import declared
from bot.core.tool import MARK
from tools.read.shapes.batch import CronJob, Job
from tools.read.shapes.matching import owned_by
from tools.read.shapes.objects import Condition, Pod, when
from tools.read.shapes.wording import clip

MOST_RUNS = 10
_MOST_PODS = 6
_MOST_ENV = 30
_BY_HAND = "cronjob.kubernetes.io/instantiate"
_STATES = {"Complete": "complete", "Failed": "failed"}
_UNDER_WAY = {"FailureTarget": "failed", "SuccessCriteriaMet": "complete"}


def job_facts(job: Job, pods: Sequence[Pod], now: datetime) -> dict[str, Any]:
    """``pods`` may be those of other Jobs too. ``seconds`` is how long it took, or has been running."""
    meta, status = job.metadata, job.status
    end = _end(job)
    started = when(status.start_time)
    ended = when(status.completion_time) or (when(end.last_transition_time) if end else None)
    marks = meta.annotations or {}
    return {
        "kind": "Job",
        "namespace": meta.namespace,
        "name": meta.name,
        "uid": meta.uid,
        "cron_job": _cron_job_of(job),
        "by_hand": bool(marks.get(_BY_HAND)),
        "execution": marks.get(MARK),
        "state": state_of(job),
        "reason": clip(end.reason, 100) if end else "",
        "message": clip(redact(end.message), 300) if end else "",
        "created_at": _stamp(when(meta.creation_timestamp)),
        "started_at": _stamp(started),
        "ended_at": _stamp(ended),
        "seconds": round(((ended or now) - started).total_seconds(), 3) if started else None,
        "active": status.active,
        "succeeded": status.succeeded,
        "failed": status.failed,
        "deadline_seconds": job.spec.active_deadline_seconds,
        "pods": [pod.metadata.name for pod in pods if owned_by(pod.metadata, meta.uid)][:_MOST_PODS],
        "env": env_of(job.spec.template),
    }


def state_of(job: Job) -> str:
    """complete, failed, suspended or running; one that is told to end counts as ended."""
    if (end := _end(job)) is not None:
        return {**_STATES, **_UNDER_WAY}[end.type]
    return "suspended" if job.spec.suspend else "running"


def _end(job: Job) -> Condition | None:
    held = {one.type: one for one in job.status.conditions or [] if one.status == "True"}
    return next((held[kind] for kind in (*_STATES, *_UNDER_WAY) if kind in held), None)


def _cron_job_of(job: Job) -> str:
    owners = job.metadata.owner_references or []
    return next((clip(owner.name, 253) for owner in owners if owner.kind == "CronJob"), "")


def env_of(template: Mapping[str, Any]) -> dict[str, str]:
    """The variables of the containers whose values stand in the template; only harmless ones are shown."""
    found: dict[str, str] = {}
    spec = template.get("spec")
    for container in ((spec.get("containers") if isinstance(spec, dict) else None) or [])[:10]:
        for one in (container.get("env") if isinstance(container, dict) else None) or []:
            if isinstance(one, dict) and isinstance(one.get("value"), str) and len(found) < _MOST_ENV:
                name, value = clip(one.get("name", ""), 63), clip(one["value"], 200)
                found[name] = value if is_harmless(name, value) else VALUE_HIDDEN
    return found


def cron_job_facts(one: CronJob, jobs: Sequence[Job], pods: Sequence[Pod], now: datetime) -> dict[str, Any]:
    """``jobs`` may be those of other CronJobs too; its own are told newest first."""
    meta, spec = one.metadata, one.spec
    own = sorted(
        (job for job in jobs if owned_by(job.metadata, meta.uid)),
        key=lambda job: job.metadata.creation_timestamp or "",
        reverse=True,
    )
    runs = [job_facts(job, pods, now) for job in own[:MOST_RUNS]]
    scheduled = when(one.status.last_schedule_time)
    success = _last_success(one, runs)
    allowed, unclear = _declared(one)
    facts = {
        "kind": "CronJob",
        "namespace": meta.namespace,
        "name": meta.name,
        "uid": meta.uid,
        "generation": meta.generation,
        "schedule": clip(spec.schedule, 100),
        "time_zone": clip(spec.time_zone or "", 60),
        "suspended": bool(spec.suspend),
        "concurrency": clip(spec.concurrency_policy, 20),
        "last_scheduled_at": _stamp(scheduled),
        "last_success_at": _stamp(success),
        "last_success_age_s": round((now - success).total_seconds(), 3) if success else None,
        "active": sum(1 for run in runs if run["state"] == "running"),
        "overridable": allowed,
        "overridable_unclear": unclear,
        "env": env_of(spec.job_template.spec.template),
        "execution": (meta.annotations or {}).get(MARK),
        "runs": runs,
        "runs_total": len(own),
    }
    return {**facts, "behind": _is_behind(scheduled, success, runs)}


def _last_success(one: CronJob, runs: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The controller's own word, or a newer run it has not counted yet."""
    ended = [when(run["ended_at"]) for run in runs if run["state"] == "complete"]
    return max((at for at in (when(one.status.last_successful_time), *ended) if at), default=None)


def _is_behind(scheduled: datetime | None, success: datetime | None, runs: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether the last run that was due has not succeeded, though it had as long as a run usually takes.

    None: none was ever due, so there is nothing to be behind of.
    """
    if scheduled is None:
        return None
    if success is not None and success >= scheduled:
        return False
    usual = max((run["seconds"] or 0.0 for run in runs if run["state"] == "complete"), default=None)
    going = [run["seconds"] or 0.0 for run in runs if run["state"] == "running"]
    return not going or (usual is not None and min(going) > 2 * usual)


def _declared(one: CronJob) -> tuple[dict[str, list[str]], str]:
    try:
        found = declared(one.metadata.annotations or {})
    except ValueError as error:
        return {}, clip(error, 200)
    return {name: list(values) for name, values in found.items()}, ""


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at else None
