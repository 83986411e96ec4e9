"""CronJobs with their last runs, and one Job: what failed, what is late, what still runs, and whose pods to ask."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from bot.core.errors import Denied
from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.batch import CronJob, Job
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.jobstate import cron_job_facts, job_facts
from tools.read.shapes.matching import serves, template_labels
from tools.read.shapes.objects import Pod
from tools.read.shapes.wording import ago, clip, plural
from tools.read.sources.cluster import Cluster, ClusterSettings, Listed, Only

_MOST_SHOWN = 20
_MOST_KEPT = 60  # each with up to ten runs
_MOST_RUNS_SHOWN = 5
_JOBS_PODS = "batch.kubernetes.io/job-name"


class ListJobs(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(
        default="", max_length=253, description="Only CronJobs of this name or label, or of this Job; empty: all"
    )


class ReadJob(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253, description="Name of the Job")


class ReadCronJob(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    name: str = Field(min_length=1, max_length=253, description="Name of the CronJob")


def list_jobs(asked: ListJobs, settings: ClusterSettings, look: Look) -> Observation:
    """facts: cron_jobs [{name, schedule, suspended, concurrency, last_scheduled_at, last_success_at, behind, active,
    overridable {variable: values}, env, execution, runs [as in read_job] newest first}], jobs [those of no CronJob],
    total, failed, behind (how many); late and failed ones first."""
    with Cluster(settings, look.seconds) as cluster:
        found, jobs = cluster.cron_jobs(asked.namespace), cluster.jobs(asked.namespace)
        pods = _pods(cluster, asked.namespace, _JOBS_PODS) if jobs.items else []
    return summarise_jobs(asked, found, jobs, pods, look)


def read_cron_job(asked: ReadCronJob, settings: ClusterSettings, look: Look) -> Observation:
    """facts: cron_job {as in list_jobs}, or null where there is none; execution is the mark of the execution by which
    Midwatch changed it last."""
    query = f"GET cronjob {asked.name} in {asked.namespace} at {stamp(look.now)}"
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.cron_job(asked.namespace, asked.name)
        if found is None:
            what = f"CronJob {asked.name} in {asked.namespace}"
            return nothing(query, f"a {what}", f"There is no {what}.", {"cron_job": None})
        jobs = cluster.jobs(asked.namespace)
        pods = _pods(cluster, asked.namespace, _JOBS_PODS) if jobs.items else []
    facts = cron_job_facts(found, jobs.items, pods, look.now)
    return observed(query, _cron_job_lines(facts), {"cron_job": facts}, jobs.gaps)


def read_job(asked: ReadJob, settings: ClusterSettings, look: Look) -> Observation:
    """facts: job {kind, namespace, name, uid, cron_job, by_hand, execution, state (complete, failed, running,
    suspended), reason, message, created_at, started_at, ended_at, seconds, active, succeeded, failed, pods, env}, or
    null where there is none; execution is the mark of the execution by which Midwatch made it."""
    query = f"GET job {asked.name} in {asked.namespace} at {stamp(look.now)}"
    with Cluster(settings, look.seconds) as cluster:
        found = cluster.job(asked.namespace, asked.name)
        if found is None:
            what = f"Job {asked.name} in {asked.namespace}"
            return nothing(query, f"a {what}", f"There is no {what}.", {"job": None})
        pods = _pods(cluster, asked.namespace, f"{_JOBS_PODS}={asked.name}")
    facts = job_facts(found, pods, look.now)
    return observed(query, _run_lines(facts), {"job": facts})


def summarise_jobs(
    asked: ListJobs, found: Listed[CronJob], jobs: Listed[Job], pods: Sequence[Pod], look: Look
) -> Observation:
    query = f"{found.asked}; {jobs.asked}; service {asked.service or 'any'}, at {stamp(look.now)}"
    chosen = [cron_job_facts(one, jobs.items, pods, look.now) for one in _of(asked.service, found.items, jobs.items)]
    chosen.sort(key=lambda one: (not one["behind"], _last_state(one) != "failed", one["name"]))
    loose = [job_facts(job, pods, look.now) for job in jobs.items if _is_loose(job, asked.service)]
    every = [*loose, *({**one["runs"][0]} for one in chosen if one["runs"])]
    facts = {
        "cron_jobs": chosen[:_MOST_KEPT],
        "jobs": loose[:_MOST_KEPT],
        "total": len(chosen) + len(loose),
        "failed": sum(1 for run in every if run["state"] == "failed"),
        "behind": sum(1 for one in chosen if one["behind"]),
        "left_out": found.left_out or jobs.left_out,
    }
    gaps = (*found.gaps, *jobs.gaps, *_not_kept(chosen, loose))
    whose = f" of {asked.service}" if asked.service else ""
    if not chosen and not loose:
        read = f"({plural(len(found.items), 'CronJob')} and {plural(len(jobs.items), 'Job')} read)"
        where = f"{whose} in {asked.namespace}"
        return nothing(query, f"a Job{where}", f"There is no Job{where} {read}.", facts, gaps)
    lines = [
        f"{plural(len(chosen), 'CronJob')}{whose} in {asked.namespace}: {facts['behind']} behind its schedule, "
        f"{facts['failed']} failed in the last run"
    ]
    lines += [line for one in chosen[:_MOST_SHOWN] for line in _cron_job_lines(one)]
    lines += [line for one in loose[:_MOST_SHOWN] for line in _run_lines(one)]
    return observed(query, lines, facts, gaps)


def _not_kept(cron_jobs: Sequence[object], loose: Sequence[object]) -> tuple[Gap, ...]:
    most, total = max(len(cron_jobs), len(loose)), len(cron_jobs) + len(loose)
    return (Gap(f"only the {_MOST_KEPT} of {total:,} CronJobs and Jobs most in trouble are kept"),) * (
        most > _MOST_KEPT
    )


def _of(service: str, found: Sequence[CronJob], jobs: Sequence[Job]) -> list[CronJob]:
    """By its own name first, then by the name of one of its Jobs (as alerts have it), then by labels."""
    exact = [one for one in found if one.metadata.name == service]
    owners = {
        owner.uid for job in jobs if job.metadata.name == service for owner in job.metadata.owner_references or []
    }
    through = [one for one in found if one.metadata.uid in owners]
    return exact or through or [one for one in found if _serves(one, service)]


def _serves(one: CronJob, service: str) -> bool:
    return serves(one.metadata, service, template_labels(one.spec.job_template.spec.template))


def _is_loose(job: Job, service: str) -> bool:
    """A Job nobody schedules, of this service."""
    owned = any(owner.kind == "CronJob" for owner in job.metadata.owner_references or [])
    return not owned and serves(job.metadata, service, template_labels(job.spec.template))


def _pods(cluster: Cluster, namespace: str, selector: str) -> list[Pod]:
    """Which pods ran it, where that may be read: without them a Job still says how it ended."""
    try:
        return cluster.pods(namespace, Only(selector)).items
    except Denied:
        return []


def _last_state(one: Mapping[str, Any]) -> str:
    return str(one["runs"][0]["state"]) if one["runs"] else ""


def _cron_job_lines(one: Mapping[str, Any]) -> list[str]:
    age = one["last_success_age_s"]
    success = f"last success {one['last_success_at']} ({ago(age)} ago)" if age is not None else "no success known"
    state = {True: "BEHIND its schedule", False: "on schedule", None: "never due so far"}[one["behind"]]
    head = f"CronJob {one['name']} ({one['schedule']}{', suspended' if one['suspended'] else ''}): {state}, {success}"
    due = f"  last due {one['last_scheduled_at'] or 'never'}, concurrency {one['concurrency']}"
    allowed = "; ".join(f"{name} one of {', '.join(values)}" for name, values in one["overridable"].items())
    lines = [head, f"{due}; may be overridden: {clip(allowed, 300) or one['overridable_unclear'] or 'nothing'}"]
    return lines + [line for run in one["runs"][:_MOST_RUNS_SHOWN] for line in _run_lines(run)]


def _run_lines(run: Mapping[str, Any]) -> list[str]:
    took = f", {ago(run['seconds'])}" if run["seconds"] is not None else ""
    why = f": {run['reason']} {run['message']}".rstrip() if run["reason"] and run["state"] == "failed" else ""
    by = ", started by hand" if run["by_hand"] else ""
    lines = [f"  Job {run['name']}: {run['state'].upper()}{why} (from {run['started_at'] or 'never'}{took}{by})"]
    if run["pods"] and run["state"] != "complete":
        lines.append(f"    pods to ask for their logs: {', '.join(run['pods'])}")
    return lines


TOOLS = (
    ReadingTool(
        Spec(
            "read_cron_job",
            Effect.READ,
            ReadCronJob,
            "Read one CronJob: its schedule, whether it is suspended, its last runs.",
        ),
        ClusterSettings,
        read_cron_job,
    ),
    ReadingTool(
        Spec(
            "list_jobs",
            Effect.READ,
            ListJobs,
            "List a namespace's CronJobs with their last runs: failed, running, behind schedule.",
        ),
        ClusterSettings,
        list_jobs,
    ),
    ReadingTool(
        Spec("read_job", Effect.READ, ReadJob, "Read one Job: complete, failed or running, since when, and why."),
        ClusterSettings,
        read_job,
    ),
)
